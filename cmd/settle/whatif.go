package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"

	"settle/extract"
	"settle/load"
	"settle/reports"

	"github.com/shopspring/decimal"
)

// WhatIf is a month priced by another workbook, beside the books.
type WhatIf struct {
	Cycle   extract.Cycle
	Parties []WhatIfParty
	File    string // the workbook with the differences by party, customer and service
}

// WhatIfParty is a party's statement on both sides, with tax; empty where it has none.
type WhatIfParty struct {
	ID, Name, InBooks, WhatIf, Difference string
	Unpriced                              int64
	Parked                                string // why, in the what-if
}

// whatIf prices a month again by another workbook, on a copy of the newest snapshot that is gone afterwards: neither the
// warehouse nor the journal nor any document is touched, and no lock is needed. A month that is issued is priced as if it
// were not.
func whatIf(ctx context.Context, cfg *Config, pricingFile string, o RunOptions) (_ *WhatIf, err error) {
	book, _, err := readPricing(pricingFile)
	if err != nil {
		return nil, err
	}
	j := newMonthRun(cfg, o)
	if j.journal, err = load.ReadJournal(cfg.Data); err != nil {
		return nil, err
	}
	last, ok := j.journal.LastSettled(string(o.Cycle))
	if !ok || !j.journal.Settled(string(o.Cycle)) {
		return nil, misused(fmt.Errorf("what-if %s: the month was never settled; settle run --cycle %s comes first", o.Cycle, o.Cycle))
	}
	if err := enoughSpace(cfg); err != nil {
		return nil, err
	}
	tmp, err := os.MkdirTemp(cfg.Data, tempWhatIf)
	if err != nil {
		return nil, fmt.Errorf("what-if: %w; make %s writable", err, cfg.Data)
	}
	defer func() { _ = os.RemoveAll(tmp) }()
	if err := copySnapshot(filepath.Join(cfg.Data, "published", load.Current), filepath.Join(tmp, "what-if.duckdb")); err != nil {
		return nil, err
	}
	w, why, err := load.Open(ctx, filepath.Join(tmp, "what-if.duckdb"), warehouseTables(), load.Options{Threads: cfg.threads}, j.log)
	if err != nil {
		return nil, err
	}
	j.warehouse = w
	defer j.close()
	if why != "" {
		return nil, fmt.Errorf("what-if %s: the published snapshot is not of this version (%s); settle run --cycle %s --offline publishes a new one", o.Cycle, why, o.Cycle)
	}
	j.run, j.mode = last, last.Mode
	tx, err := w.Begin(ctx)
	if err != nil {
		return nil, err
	}
	defer tx.Rollback() // nothing of it stays, and the copy goes
	for _, query := range []string{
		`create temp table what_if_margins as select * from settlement.margins where cycle = $1`,
		`create temp table what_if_statements as select s.* from settlement.statements as s
			left join settlement.current_revisions as c on c.cycle = s.cycle and c.party_id = s.party_id where s.cycle = $1 and s.revision = coalesce(c.revision, 0)`,
		`create temp table what_if_parties as select party_id, name from settlement.parties where cycle = $1`,
	} {
		if _, err := tx.ExecContext(ctx, query, string(o.Cycle)); err != nil {
			return nil, fmt.Errorf("what-if %s: %w", o.Cycle, err)
		}
	}
	j.journal.Moves = slices.DeleteFunc(slices.Clone(j.journal.Moves), func(m load.TransitionRecord) bool { return m.Cycle == string(o.Cycle) })
	j.journal.Issues = slices.DeleteFunc(slices.Clone(j.journal.Issues), func(i load.IssueRecord) bool { return i.Cycle == string(o.Cycle) })
	if err := j.prepare(ctx, tx, o.Cycle, book, j.run); err != nil {
		return nil, err
	}
	j.progress.Stage("what-if "+string(o.Cycle), 0)
	defer j.progress.Done()
	if err := load.Settle(ctx, tx, j.built); err != nil {
		return nil, err
	}
	if _, err := tx.ExecContext(ctx, `insert into what_if_parties select y.party_id, y.name from settlement.parties as y where y.cycle = ?
		and y.party_id not in (select party_id from what_if_parties)`, string(o.Cycle)); err != nil {
		return nil, fmt.Errorf("what-if %s: %w", o.Cycle, err)
	}
	result := &WhatIf{Cycle: o.Cycle}
	if err := result.read(ctx, tx); err != nil {
		return nil, fmt.Errorf("what-if %s: %w", o.Cycle, err)
	}
	options := reportOptions(cfg, string(o.Cycle), "", slog.New(slog.DiscardHandler))
	options.TmpDir = tmp
	f, err := reports.WriteWhatIf(ctx, tx, options, reports.WhatIf{Pricing: filepath.Base(pricingFile), Hash: book.Hash, RunID: last.RunID, MadeAt: runStamp(last.Started)})
	result.File = filepath.Join(cfg.Reports, f.Path)
	return result, err
}

func copySnapshot(from, to string) error {
	if _, err := os.Stat(from); errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%s: %w", from, load.ErrNoSnapshot)
	}
	if err := load.CopyFile(from, to, 0o600); err != nil {
		return fmt.Errorf("what-if: copy of the snapshot: %w; free space on the disk", err)
	}
	return nil
}

func (w *WhatIf) read(ctx context.Context, db reader) error {
	rows, err := db.QueryContext(ctx, `
		select coalesce(s.party_id, b.party_id, k.party_id), coalesce(y.name, ''), coalesce(cast(b.amount_incl_tax as varchar), ''), coalesce(cast(s.amount_incl_tax as varchar), ''),
			cast(coalesce(s.amount_incl_tax, 0) - coalesce(b.amount_incl_tax, 0) as varchar),
			(select count(*) from settlement.unpriced as u where u.cycle = $1 and u.party_id = coalesce(s.party_id, b.party_id, k.party_id)), coalesce(k.reason, '')
		from (select * from settlement.statements where cycle = $1) as s
		full outer join what_if_statements as b on b.party_id = s.party_id
		full outer join (select * from settlement.parked where cycle = $1) as k on k.party_id = coalesce(s.party_id, b.party_id)
		left join what_if_parties as y on y.party_id = coalesce(s.party_id, b.party_id, k.party_id)
		order by abs(coalesce(s.amount_incl_tax, 0) - coalesce(b.amount_incl_tax, 0)) desc, 1`, string(w.Cycle))
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var p WhatIfParty
		if err := rows.Scan(&p.ID, &p.Name, &p.InBooks, &p.WhatIf, &p.Difference, &p.Unpriced, &p.Parked); err != nil {
			return err
		}
		w.Parties = append(w.Parties, p)
	}
	return rows.Err()
}

func (a *app) printWhatIf(w *WhatIf) {
	t := table{head: []string{"party", "books incl. tax", "what-if incl. tax", "difference", ""}, right: []int{1, 2, 3}}
	var books, other, difference decimal.Decimal
	for _, p := range w.Parties {
		books, other, difference = addText(books, p.InBooks), addText(other, p.WhatIf), addText(difference, p.Difference)
		if len(t.rows) < statusLines {
			why := p.Parked
			if p.Unpriced > 0 {
				why = fmt.Sprintf("%s records have no price; %s", thousands(p.Unpriced), why)
			}
			t.add(cut(p.Name, 40), group(p.InBooks), group(p.WhatIf), group(p.Difference), cut(why, 100))
		}
	}
	t.add("all", group(books.StringFixed(2)), group(other.StringFixed(2)), group(difference.StringFixed(2)), fmt.Sprintf("%d parties", len(w.Parties)))
	t.print(a.stdout, "")
	a.print("\nnothing was booked; every customer and service: %s\n", w.File)
}

// addText adds a decimal's text; a party without a statement has none.
func addText(sum decimal.Decimal, text string) decimal.Decimal {
	if text == "" {
		return sum
	}
	return sum.Add(decimal.RequireFromString(text)) // the database's own DECIMAL
}
