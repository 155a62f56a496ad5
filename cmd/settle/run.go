package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"settle/extract"
	"settle/transform/exact"

	"github.com/spf13/cobra"
)

func (a *app) runCommand() *cobra.Command {
	var cycle, mode, pricingFile string
	var customers []string
	var offline, asIf bool
	c := &cobra.Command{
		Use:   "run --cycle YYYY-MM|previous|current",
		Short: "Pull, load, price, reconcile, publish and report one month; resumes by itself",
		Long: `run does the whole month: it pulls every dataset from the billing API, loads it, prices it with the pricing workbook,
checks it, publishes the snapshot and writes the workbooks. Interrupted or failed, run it again: it goes on where it stopped.
--offline replays the packages on disk and needs no network.

--what-if prices a month that was settled again with another pricing workbook (--pricing FILE), beside the books: it prints and
writes the differences by party, customer and service, and changes nothing else.

Exit codes: 0 done, 1 failed, 2 misused (flags, config, pricing), 3 done with blocking findings or parked parties,
4 another run holds the lock, 5 the month is not final yet (--mode final too early), 130 interrupted.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := a.loadConfig()
			if err != nil {
				return err
			}
			month, err := resolveCycle(cycle, a.now())
			if err != nil {
				return misused(err)
			}
			switch {
			case asIf && pricingFile == "":
				return misused(errors.New("--what-if needs the other pricing workbook: --pricing FILE"))
			case asIf && (offline || mode != "" || len(customers) > 0):
				return misused(errors.New("--what-if prices the whole month from the newest snapshot: it takes no --offline, --mode or --customer"))
			case !asIf && pricingFile != "":
				return misused(errors.New("--pricing is for --what-if; a run takes the workbook that the config names under pricing"))
			case asIf:
				return a.runWhatIf(cmd.Context(), cfg, pricingFile, month)
			}
			if err := checkMode(cfg, month, mode, a.now()); err != nil {
				return err
			}
			ids, err := checkCustomers(customers)
			if err != nil {
				return misused(err)
			}
			progress := a.progress()
			sum, err := runMonth(cmd.Context(), cfg, RunOptions{
				Cycle: month, Mode: mode, Customers: ids, Offline: offline, Now: a.now, Progress: progress, Log: a.logger(),
			})
			progress.Done()
			if cmd.Context().Err() != nil && errors.Is(err, context.Canceled) {
				return &exitError{exitInterrupted, fmt.Errorf("run %s: interrupted; the same command goes on where it stopped", month)}
			}
			if sum.RunID != "" { // else nothing was begun
				a.printSummary(sum)
			}
			if err != nil {
				return err
			}
			return sum.outcome()
		},
	}
	f := c.Flags()
	f.StringVar(&cycle, "cycle", "", "billing cycle: `YYYY-MM`, previous or current (by the calendar of UTC+8)")
	f.StringVar(&mode, "mode", "", "`prelim|final`; without it final where the calendar allows it, else prelim")
	f.StringArrayVar(&customers, "customer", nil, "only this customer `ID`; may be repeated")
	f.BoolVar(&asIf, "what-if", false, "price the month again beside the books, with the workbook of --pricing")
	f.StringVar(&pricingFile, "pricing", "", "the other pricing workbook, `FILE`, of --what-if")
	f.BoolVar(&offline, "offline", false, "replay the packages on disk, without network")
	return c
}

func (a *app) runWhatIf(ctx context.Context, cfg *Config, pricingFile string, month extract.Cycle) error {
	progress := a.progress()
	result, err := whatIf(ctx, cfg, pricingFile, RunOptions{Cycle: month, Offline: true, Now: a.now, Progress: progress, Log: a.logger()})
	progress.Done()
	if err != nil {
		return err
	}
	a.printWhatIf(result)
	return nil
}

// resolveCycle reads a --cycle value at an instant; the current cycle is that of UTC+8.
func resolveCycle(arg string, now time.Time) (extract.Cycle, error) {
	current := extract.CycleAt(now)
	switch arg {
	case "":
		return "", fmt.Errorf("--cycle is missing; write --cycle %s, previous or current", current.Add(-1))
	case "previous":
		return current.Add(-1), nil
	case "current":
		return current, nil
	}
	c, err := extract.ParseCycle(arg)
	if err != nil {
		return "", fmt.Errorf("--cycle %s is no month; write YYYY-MM (for example %s), previous or current", quoted(arg), current.Add(-1))
	}
	if c > current {
		return "", fmt.Errorf("--cycle %s has not begun; the current cycle is %s", c, current)
	}
	return c, nil
}

// checkMode refuses a mode that does not exist, and final before the calendar allows it (exit 5).
func checkMode(cfg *Config, cycle extract.Cycle, mode string, now time.Time) error {
	switch mode {
	case "", "prelim":
	case "final":
		if at := cfg.FinalAt(cycle); now.Before(at) {
			return &exitError{exitNotFinal, fmt.Errorf("run %s: the month is not final before %s; run it then, or now with --mode prelim", cycle, stamp(at))}
		}
	default:
		return misused(fmt.Errorf("--mode %s is no mode; write prelim or final", quoted(mode)))
	}
	return nil
}

// checkCustomers refuses what cannot be a customer id before anything is fetched for it.
func checkCustomers(ids []string) ([]string, error) {
	for _, id := range ids {
		if id == "" || len(id) > 64 || strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r > '~' }) {
			return nil, fmt.Errorf("--customer %s is no customer id; copy it from the pricing workbook (sheet Contracts)", quoted(id))
		}
	}
	return ids, nil
}

// stamp prints an instant for the operator, in the vendor's time.
func stamp(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.In(exact.Beijing).Format("2006-01-02 15:04") + " UTC+8"
}
