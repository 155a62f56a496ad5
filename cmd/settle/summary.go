package main

import (
	"cmp"
	"fmt"
	"path/filepath"
	"strings"
)

// printSummary is the short table with which a run ends: what was fetched, settled, found, written, and what to open next.
func (a *app) printSummary(s *Summary) {
	if a.quiet || s == nil {
		return
	}
	out := a.stdout
	fmt.Fprintf(out, "\n%s %s, run %s, %s\n\n", s.Cycle, cmp.Or(s.Mode, "report"), cmp.Or(s.RunID, "-"), took(s.Took))
	if len(s.Datasets) > 0 {
		t := table{head: []string{"fetched", "windows", "missing", "rows", "requests"}, right: []int{1, 2, 3, 4}}
		for _, d := range s.Datasets {
			t.add(d.Name, thousands(d.Windows), thousands(d.Missing), thousands(d.Rows), thousands(d.Requests))
		}
		t.print(out, "")
		fmt.Fprintln(out)
	}
	if len(s.Stages) > 0 {
		t := table{head: []string{"stage", "rows", "took", "rows/s"}, right: []int{1, 2, 3}}
		for _, g := range s.Stages {
			rate := "-"
			if ms := g.Took.Milliseconds(); ms > 0 && g.Rows > 0 {
				rate = thousands(g.Rows * 1000 / ms)
			}
			t.add(g.Name, thousands(g.Rows), took(g.Took), rate)
		}
		t.print(out, "")
		fmt.Fprintln(out)
	}
	t := table{}
	parked := ""
	if s.Parked > 0 {
		parked = fmt.Sprintf(", %d parked (no statement until their blocking findings are cleared)", s.Parked)
	}
	t.add("settled", fmt.Sprintf("%d %s%s", s.Parties, plural(s.Parties, "party", "parties"), parked))
	for _, sum := range []struct{ name, value string }{
		{"list", s.Totals.Official}, {"payable", s.Totals.Payable},
		{"excl. tax", s.Totals.ExclTax}, {"tax", s.Totals.Tax}, {"incl. tax", s.Totals.InclTax},
	} {
		if sum.value != "" {
			t.add("", sum.name+" "+group(sum.value))
		}
	}
	t.add("found", fmt.Sprintf("%d blocking, %d %s, %d for information", s.Findings["B"], s.Findings["W"], plural(s.Findings["W"], "warning", "warnings"), s.Findings["I"]))
	t.add("written", fmt.Sprintf("%d %s", len(s.Files), plural(len(s.Files), "file", "files")))
	if s.Snapshot != "" {
		t.add("", s.Snapshot)
	}
	for i, next := range openNext(s.Files) {
		label := ""
		if i == 0 {
			label = "open next"
		}
		t.add(label, next)
	}
	t.print(out, "")
}

// openNext picks what to look at first: what does not tie, the invoice workbook, then the first statement.
func openNext(files []string) []string {
	var reconciliation, invoices, statements string
	for _, f := range files {
		switch name := filepath.Base(f); {
		case strings.HasPrefix(name, "reconciliation-"):
			reconciliation = cmp.Or(reconciliation, f)
		case strings.HasPrefix(name, "invoices-"):
			invoices = cmp.Or(invoices, f)
		case filepath.Base(filepath.Dir(f)) == "statements":
			statements = cmp.Or(statements, f)
		}
	}
	var next []string
	for _, f := range []string{reconciliation, invoices, statements} {
		if f != "" {
			next = append(next, f)
		}
	}
	return next
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// outcome is the error that carries the exit code of a run that came to its end.
func (s *Summary) outcome() error {
	missing := s.missing()
	if s.Findings["B"] == 0 && s.Parked == 0 && missing == 0 {
		return nil
	}
	var reasons []string
	if missing > 0 {
		reasons = append(reasons, fmt.Sprintf("%d %s missing (run again: it resumes)", missing, plural(int(missing), "window", "windows")))
	}
	if n := s.Findings["B"]; n > 0 {
		reasons = append(reasons, fmt.Sprintf("%d blocking %s", n, plural(n, "finding", "findings")))
	}
	if s.Parked > 0 {
		reasons = append(reasons, fmt.Sprintf("%d parked %s", s.Parked, plural(s.Parked, "party", "parties")))
	}
	return &exitError{exitFindings, fmt.Errorf("%s: done, with %s; settle status --cycle %s says which", s.Cycle, strings.Join(reasons, ", "), s.Cycle)}
}
