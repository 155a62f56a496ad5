package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"settle/extract"
	"settle/load"

	"github.com/spf13/cobra"
)

// stateCommands are the commands that bring parties' months to a state.
func (a *app) stateCommands() []*cobra.Command {
	named := "\n\nEach party is named by its short code or party id: --party, or --from with a file of one party a line (CSV: a second field is\nthe reason for that party). All of them change, or none; every fault is said."
	exits := func(some string) string {
		return "\n\nExit codes: 0 done, 1 failed, 2 misused (flags, config, a party that cannot change)," + some + " 4 another run holds the lock, 130 interrupted."
	}
	return []*cobra.Command{
		a.stateCommand(load.StateIssued, "Number and freeze the final statements and invoice requests of a month",
			`issue gives every party whose month is final its statement number, and its invoice requests theirs, freezes their lines and
documents, and writes them to reports/<cycle>/issued. From there on they never change: what the vendor changes later is booked in
the party's next month, or, after settle reopen, in a new revision with a credit note. Invoice requests that were not fit when
their statement was issued go out with the next issue. --party and --from restrict it; without them it issues every party that
can be, and says which cannot.`+exits(" 3 done, and some parties are parked or not final,"), false, false),
		a.stateCommand(load.StateConfirmed, "Record that parties confirmed their statements", `confirm records that a party agreed with its issued statement, or that a dispute is settled.`+named+exits(""), true, false),
		a.stateCommand(load.StateDisputed, "Record that parties dispute their statements", `dispute records that a party does not agree with its issued statement; its invoice requests are held back until it is confirmed, or
reopened. A reason is needed.`+named+exits(""), true, true),
		a.stateCommand(load.StateLocked, "Lock the months of parties that confirmed them", `lock ends the month of parties that confirmed it; without --party and --from that of every party that did. Only settle reopen
opens it again.`+named+exits(" 3 done, and some parties have not confirmed,"), false, false),
		a.stateCommand(load.StateReopened, "Open issued months for a new revision with a credit note", `reopen opens a party's issued month again: it is priced anew with the month's pricing workbook and what the vendor says now, as
the next revision. Run the month, then issue it: the new statement comes with a credit note over the one before, and issued invoices
are taken back by red-letter requests. The issued documents stay as they are. A reason is needed.`+named+exits(""), true, true),
	}
}

func (a *app) stateCommand(state, short, long string, mustName, mustReason bool) *cobra.Command {
	var cycle, from, reason string
	var parties []string
	name := commandOf[state]
	c := &cobra.Command{
		Use: name + " --cycle YYYY-MM", Short: short, Long: long, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := a.loadConfig()
			if err != nil {
				return err
			}
			o := stateChange{State: state, Reason: strings.TrimSpace(reason), Now: a.now}
			if o.Cycle, err = resolveCycle(cycle, a.now()); err != nil {
				return misused(err)
			}
			if o.Parties, err = namedParties(parties, from); err != nil {
				return misused(fmt.Errorf("%s: %w", name, err))
			}
			if mustName && o.Parties == nil {
				return misused(fmt.Errorf("%s %s: name the parties: --party CODE (may be repeated) or --from FILE", name, o.Cycle))
			}
			if mustReason && o.Reason == "" {
				for _, p := range o.Parties {
					if p.Reason == "" {
						return misused(fmt.Errorf("%s %s: a reason is needed; write --reason TEXT, or a second field for %s in the file", name, o.Cycle, quoted(cut(p.Name, 40))))
					}
				}
			}
			if len(o.Reason) > mostReason {
				return misused(fmt.Errorf("%s %s: the reason has %d bytes; keep it below %d", name, o.Cycle, len(o.Reason), mostReason))
			}
			progress := a.progress()
			done, err := changeState(cmd.Context(), cfg, o, a.logger(), progress)
			progress.Done()
			if err != nil {
				return err
			}
			return a.printStateChange(o, done)
		},
	}
	f := c.Flags()
	f.StringVar(&cycle, "cycle", "", "billing cycle: `YYYY-MM`, previous or current")
	f.StringArrayVar(&parties, "party", nil, "short code or id of a `PARTY`; may be repeated")
	f.StringVar(&from, "from", "", "`FILE` with one party a line, for many at once; - is standard input")
	f.StringVar(&reason, "reason", "", "why; `TEXT` for the journal and the auditor")
	return c
}

// namedParties gathers the parties of --party and --from; nil where neither is given.
func namedParties(flags []string, from string) (all []namedParty, err error) {
	for _, f := range flags {
		if strings.TrimSpace(f) == "" {
			return nil, errors.New("--party is empty; write a short code or a party id")
		}
		all = append(all, namedParty{Name: strings.TrimSpace(f)})
	}
	if from == "" {
		return all, nil
	}
	var in io.Reader = os.Stdin
	if from != "-" {
		f, err := os.Open(from)
		if err != nil {
			return nil, fmt.Errorf("--from: %w", err)
		}
		defer func() { _ = f.Close() }()
		in = f
	}
	content, err := io.ReadAll(io.LimitReader(in, mostNamed+1))
	if err == nil && len(content) > mostNamed {
		err = fmt.Errorf("the file has more than %d MB", mostNamed>>20)
	}
	var listed []namedParty
	if err == nil {
		listed, err = readParties(bytes.NewReader(content))
	}
	if err != nil {
		return nil, fmt.Errorf("--from %s: %w; write one party a line: its short code or id, and after a comma the reason where there is one", from, err)
	}
	if listed == nil {
		return nil, fmt.Errorf("--from %s: the file names no party", from)
	}
	return append(all, listed...), nil
}

const (
	mostNamed  = 16 << 20 // bytes of a file of parties
	mostReason = 2000     // bytes of a reason
)

// readParties reads "party[,reason]" lines; a header line that says party, party_id or short_code is passed over, as are empty
// lines and those that begin with #.
func readParties(in io.Reader) (all []namedParty, err error) {
	r := csv.NewReader(in)
	r.FieldsPerRecord, r.TrimLeadingSpace, r.Comment = -1, true, '#'
	for first := true; ; first = false {
		fields, err := r.Read()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		p := namedParty{Name: strings.TrimSpace(strings.TrimPrefix(fields[0], "\ufeff"))}
		if len(fields) > 1 {
			p.Reason = strings.TrimSpace(fields[1])
		}
		if len(p.Reason) > mostReason {
			return nil, fmt.Errorf("the reason of %s has %d bytes; keep it below %d", quoted(cut(p.Name, 40)), len(p.Reason), mostReason)
		}
		switch header := strings.ToLower(p.Name); {
		case first && (header == "party" || header == "party_id" || header == "short_code"), p.Name == "":
		default:
			all = append(all, p)
		}
	}
}

func (a *app) printStateChange(o stateChange, done *stateChanged) error {
	switch {
	case done.Completed:
		a.print("%s %s: nothing to change; what an earlier command left undone was completed\n", commandOf[o.State], o.Cycle)
	case o.State == load.StateIssued && done.Issue != nil:
		a.printIssue(o.Cycle, done)
	case len(done.Parties) == 0:
		a.print("%s %s: nothing to do: no party is %s\n", commandOf[o.State], o.Cycle, strings.Join(enteredFrom[o.State], " or "))
	default:
		a.print("%s: %d %s %s\n", o.Cycle, len(done.Parties), plural(len(done.Parties), "party", "parties"), o.State)
		for _, b := range done.Booked {
			a.print("  %s\n", b)
		}
		if o.State == load.StateReopened {
			a.print("Next: settle run --cycle %s, look at the draft, then settle issue --cycle %s\n", o.Cycle, o.Cycle)
		}
	}
	if len(done.Waiting) == 0 {
		return nil
	}
	a.print("not %s:\n", o.State)
	for _, w := range done.Waiting {
		a.print("  %s\n", w)
	}
	return &exitError{code: exitFindings}
}

func (a *app) printIssue(cycle extract.Cycle, done *stateChanged) {
	i := done.Issue
	a.print("%s: issued batch %d: %d %s, %d invoice %s\n", cycle, i.Batch, len(i.Statements), plural(len(i.Statements), "statement", "statements"), len(i.Requests), plural(len(i.Requests), "request", "requests"))
	t := table{head: []string{"statement", "incl. tax", "credit note"}}
	for _, s := range i.Statements {
		credit := ""
		if s.CreditNote != nil {
			credit = s.CreditNote.No
		}
		t.add(s.No, s.InclTax, credit)
	}
	if len(i.Statements) > 0 {
		t.print(a.stdout, "  ")
	}
	if done.Summary != nil && len(done.Summary.Files) > 0 {
		a.print("  files: %s\n", filepath.Dir(filepath.Dir(done.Summary.Files[len(done.Summary.Files)-1])))
	}
}
