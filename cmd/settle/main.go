// Command settle closes the month of a Huawei Cloud partner who resells cloud services: it pulls what every customer
// consumed, prices and reconciles it, and writes statements, invoice requests and one DuckDB file for analysts.
//
// In come a config, a pricing workbook and a key pair; out come data/published/current.duckdb and the workbooks under
// reports. pipeline.go has the steps in data order; each command has a file of its own.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"
)

func main() { os.Exit(Main()) }

// Main runs the command line and returns its exit code; the tests' binary starts here too.
func Main() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// The first signal asks the job to stop; a second one ends the process at once.
	context.AfterFunc(ctx, stop)
	return run(ctx, os.Args[1:], os.Stdout, os.Stderr)
}

// app is what the commands share: the streams, the global flags and the clock.
type app struct {
	stdout, stderr io.Writer
	config         string
	logFormat      string
	quiet          bool
	now            func() time.Time
	started        bool // flags and arguments were understood
}

// run executes one command line and returns its exit code. Errors are printed once, here.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	a := &app{stdout: stdout, stderr: stderr, now: time.Now}
	root := a.root()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err != nil && !a.started {
		err = misused(fmt.Errorf("%w; settle --help lists commands and flags", err))
	}
	if code := exitCode(err, ctx.Err() != nil); code != exitDone {
		if text := err.Error(); text != "" {
			io.WriteString(stderr, message(err))
		}
		return code
	}
	return exitDone
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "settle",
		Short: "Close the month of a Huawei Cloud partner: pull, price, reconcile, settle",
		Long: `settle pulls what every customer consumed from the billing API, prices it with your pricing workbook, reconciles every
source against every other, and writes one statement workbook per party, one invoice workbook and one DuckDB file.

Try it without config or network:  settle demo
Exit codes: 0 done, 1 failed, 2 misused (flags, config, pricing), 3 done with blocking findings or parked parties,
4 another run holds the lock, 5 the month is not final yet, 130 interrupted.`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		PersistentPreRunE: func(*cobra.Command, []string) error {
			if a.logFormat != "" && a.logFormat != "text" && a.logFormat != "json" {
				return fmt.Errorf("--log %q is no format; write text or json", a.logFormat)
			}
			a.started = true
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return misused(fmt.Errorf("there is no command %q; settle --help lists them", cut(args[0], 40)))
			}
			return cmd.Help()
		},
	}
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.CompletionOptions.HiddenDefaultCmd = true
	f := root.PersistentFlags()
	f.StringVar(&a.config, "config", "settle.yaml", "config `FILE`")
	f.StringVar(&a.logFormat, "log", "", "log every step to standard error as `text|json`; without it only warnings")
	f.BoolVar(&a.quiet, "quiet", false, "print errors only")
	for _, command := range a.commands() {
		root.AddCommand(command)
	}
	return root
}

// commands is the table of commands, in the order of a month's work.
func (a *app) commands() []*cobra.Command {
	all := []*cobra.Command{a.demoCommand(), a.runCommand(), a.reportCommand(), a.statusCommand()}
	all = append(all, a.stateCommands()...)
	return append(all, a.findingsCommand(), a.explainCommand(), a.importCommand(), a.pricingCommand(), a.doctorCommand(), a.queryCommand(), a.scheduleCommand(), a.emulateCommand(), a.versionCommand())
}

func (a *app) loadConfig() (*Config, error) { return LoadConfig(a.config, nil) }

// logger writes warnings only, unless --log asks for every step: on a terminal the progress bars say enough.
func (a *app) logger() *slog.Logger {
	level := slog.LevelWarn
	if a.logFormat != "" {
		level = slog.LevelInfo
	}
	if a.quiet {
		level = slog.LevelError
	}
	return a.loggerAt(level)
}

func (a *app) loggerAt(level slog.Level) *slog.Logger {
	options := &slog.HandlerOptions{Level: level}
	if a.logFormat == "json" {
		return slog.New(slog.NewJSONHandler(a.stderr, options))
	}
	return slog.New(slog.NewTextHandler(a.stderr, options))
}

// print writes for the operator; --quiet silences it.
func (a *app) print(format string, args ...any) {
	if !a.quiet {
		fmt.Fprintf(a.stdout, format, args...)
	}
}

func (a *app) progress() Progress {
	switch f, ok := a.stderr.(*os.File); {
	case a.quiet:
		return silent{}
	case ok && isatty.IsTerminal(f.Fd()) && a.logFormat == "":
		return newBars(a.stderr)
	}
	return newLines(a.stderr, a.now)
}

// isBrokenPipe tells that the reader of our output went away ("settle query ... | head"), which is no failure of ours.
func isBrokenPipe(err error) bool { return errors.Is(err, syscall.EPIPE) }
