package main

import (
	"errors"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// The test binary is settle itself when a script calls it by that name.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"settle": func() { os.Exit(Main()) }})
}

// TestScripts runs testdata/script: the real program in processes of its own, against the built-in BSS in another.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("TZ", "UTC")
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			// waitfile FILE: until a process in the background has made it.
			"waitfile": func(ts *testscript.TestScript, neg bool, args []string) {
				if neg || len(args) != 1 {
					ts.Fatalf("usage: waitfile FILE")
				}
				for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
					if _, err := os.Stat(ts.MkAbs(args[0])); err == nil {
						return
					}
					if time.Now().After(deadline) {
						ts.Fatalf("%s did not appear", args[0])
					}
				}
			},
			// term WORD: SIGTERM to the processes in the background that have WORD in their command line.
			"term": func(ts *testscript.TestScript, neg bool, args []string) {
				sent := 0
				for _, c := range ts.BackgroundCmds() {
					if slices.Contains(c.Args, args[0]) && c.Process.Signal(syscall.SIGTERM) == nil {
						sent++
					}
				}
				if sent == 0 {
					ts.Fatalf("no process of %s", args[0])
				}
			},
			// code N COMMAND...: the command ends with exit code N.
			"code": func(ts *testscript.TestScript, neg bool, args []string) {
				err := ts.Exec(args[1], args[2:]...)
				got := 0
				var exit *exec.ExitError
				if errors.As(err, &exit) {
					got = exit.ExitCode()
				} else if err != nil {
					ts.Fatalf("%v", err)
				}
				if want := args[0]; strconv.Itoa(got) != want {
					ts.Fatalf("exit code %d, want %s", got, want)
				}
			},
			// lock DIR: holds the lock of a data folder as another run would, until the script ends.
			"lock": func(ts *testscript.TestScript, neg bool, args []string) {
				ts.Check(os.MkdirAll(ts.MkAbs(args[0]), 0o700))
				f, err := os.Create(ts.MkAbs(args[0] + "/lock"))
				ts.Check(err)
				ts.Check(syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB))
				ts.Defer(func() { _ = f.Close() })
			},
		},
	})
}
