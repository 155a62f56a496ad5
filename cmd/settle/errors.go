package main

import (
	"context"
	"errors"
	"strings"

	"settle/load"
	"settle/transform/pricing"
)

// Exit codes; every command's help lists its own.
const (
	exitDone        = 0
	exitFailed      = 1
	exitMisused     = 2 // flags, config, pricing
	exitFindings    = 3 // done, with blocking findings or parked parties
	exitLocked      = 4 // another run holds the lock
	exitNotFinal    = 5 // --mode final before the calendar allows it
	exitInterrupted = 130
)

// exitError is an error that knows its exit code.
type exitError struct {
	code int
	err  error // nil: everything that was to be said is printed already
}

func (e *exitError) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

func misused(err error) error { return &exitError{exitMisused, err} }

// exitCode is the code of an error that a command returned; interrupted says that a signal ended it.
func exitCode(err error, interrupted bool) int {
	var known *exitError
	var faults *pricing.Faults
	switch {
	case err == nil:
		return exitDone
	case interrupted && errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.As(err, &known):
		return known.code
	case errors.As(err, &faults):
		return exitMisused
	case errors.Is(err, load.ErrLocked):
		return exitLocked
	}
	return exitFailed
}

// message is what main prints of an error, each line of it with the program's name before it.
func message(err error) string {
	lines := strings.Split(strings.TrimRight(err.Error(), "\n"), "\n")
	for i, line := range lines {
		lines[i] = clean(line) // texts from outside must not steer the terminal
	}
	return "settle: " + strings.Join(lines, "\nsettle: ") + "\n"
}
