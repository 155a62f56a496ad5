package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"settle/load"
)

// longestReason bounds what the journal keeps of a reason, in characters.
const longestReason = 2000

// accepted is a finding with the reason for which it is accepted.
type accepted struct {
	*findingRow
	why string
}

// resolveFindings accepts the findings of some ids for one reason. Every id is looked at before anything is written.
func (a *app) resolveFindings(ctx context.Context, cfg *Config, db *sql.DB, ids []string, reason string) error {
	if err := checkReason(reason); err != nil {
		return misused(fmt.Errorf("findings resolve: %w", err))
	}
	var all []accepted
	var wrong []error
	for i, id := range ids {
		if slices.Contains(ids[:i], id) {
			continue
		}
		f, err := oneFinding(ctx, db, id)
		switch {
		case err != nil:
			wrong = append(wrong, err)
		case f.status == "closed":
			wrong = append(wrong, fmt.Errorf("finding %s is closed: run %s did not find it any more; there is nothing to accept", f.id, f.closedBy))
		default:
			all = append(all, accepted{f, reason})
		}
	}
	if wrong != nil {
		return misused(errors.Join(wrong...))
	}
	return a.accept(cfg, all, 0)
}

// checkReason says what is wrong with a reason.
func checkReason(reason string) error {
	switch n := len([]rune(strings.TrimSpace(reason))); {
	case n == 0:
		return errors.New(`a reason is needed; write --reason "why this difference is accepted"`)
	case n > longestReason:
		return fmt.Errorf("the reason has %d characters; write at most %d and refer to a file for the rest", n, longestReason)
	}
	return nil
}

// accept writes resolutions to the journal. Those that the journal has already are passed over, so that what was interrupted is
// simply done again; unchanged counts them, and what the caller passed over before.
func (a *app) accept(cfg *Config, all []accepted, unchanged int) error {
	lock, err := load.TakeLock(cfg.Data)
	if err != nil {
		return err
	}
	defer func() { _ = lock.Release() }()
	journal, err := load.ReadJournal(cfg.Data)
	if err != nil {
		return err
	}
	cycles := map[string]bool{}
	written := 0
	for _, x := range all {
		r := load.ResolutionRecord{FindingID: x.id, Cycle: x.cycle, Reason: strings.TrimSpace(x.why), By: userName(), At: runStamp(a.now()), Says: &x.says}
		if inJournal(journal, r) {
			unchanged++
			continue
		}
		if err := journal.Resolve(r); err != nil {
			return fmt.Errorf("%d of %d findings are accepted: %w", written, len(all), err)
		}
		written++
		cycles[x.cycle] = true
		a.print("accepted: %s\n", clean(cut(x.subject, 100)))
	}
	if unchanged > 0 {
		a.print("%d %s unchanged\n", unchanged, plural(unchanged, "resolution is", "resolutions are"))
	}
	for _, c := range sortedKeys(cycles) {
		a.print("It takes effect with the next run: settle run --cycle %s --offline\n", c)
	}
	return nil
}

// inJournal says whether the journal has a resolution already: the last of its finding, with the same words, of a finding that said the same.
func inJournal(j *load.Journal, r load.ResolutionRecord) bool {
	for i := len(j.Resolved) - 1; i >= 0; i-- {
		if k := j.Resolved[i]; k.FindingID == r.FindingID {
			return k.Reason == r.Reason && k.Says != nil && *k.Says == *r.Says
		}
	}
	return false
}

func sortedKeys(set map[string]bool) (all []string) {
	for k := range set {
		all = append(all, k)
	}
	slices.Sort(all)
	return all
}
