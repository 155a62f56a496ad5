package main

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"settle/extract"
	"settle/load"
	"settle/transform/pricing"
)

// stateTables adds what the journal knows of issued documents and states to the tables that a run fills.
func (j *monthRun) stateTables(tables map[string][][]any) {
	var revisions, transitions, documents, requests [][]any
	for _, r := range j.journal.Revisions() {
		revisions = append(revisions, []any{r.Cycle, r.PartyID, r.Issued, r.Working(), r.Closed, r.PricingHash})
	}
	for _, m := range j.journal.Moves {
		for _, p := range m.Parties {
			reason := m.Reason
			if p.Reason != "" {
				reason = p.Reason
			}
			transitions = append(transitions, []any{len(transitions) + 1, m.Cycle, p.PartyID, p.Revision, m.State, m.At, m.By, orNull(reason), m.RunID})
		}
	}
	for _, i := range j.journal.Issues {
		document := func(d load.IssuedDocument, kind string, s *load.IssuedStatement, amounts ...any) {
			var party, revision, path, sum any
			if s != nil {
				party, revision = s.PartyID, s.Revision
			}
			for _, f := range i.Files { // a credit note is a sheet of its statement's workbook
				if f.DocumentNo == d.No || s != nil && f.DocumentNo == s.No {
					path, sum = f.Path, f.SHA256
				}
			}
			reason := i.Reason
			if s != nil && s.Reason != "" {
				reason = s.Reason
			}
			documents = append(documents, append([]any{d.Serial, i.Cycle, party, revision, i.Batch, kind, d.No, i.PricingHash, i.RunID, i.At, i.By, orNull(reason), path, sum}, amounts...))
		}
		for _, s := range i.Statements {
			document(s.IssuedDocument, "statement", &s, s.ExclTax, s.Tax, s.InclTax)
			if s.CreditNote != nil {
				document(*s.CreditNote, "credit_note", &s, creditOf(j.journal, i.Cycle, s)...)
			}
		}
		if i.InvoicesNo.No != "" {
			document(i.InvoicesNo, "invoices", nil, nil, nil, nil)
		}
		for _, q := range i.Requests {
			requests = append(requests, []any{q.No, i.Cycle, q.PartyID, q.Revision, q.TaxRate, q.SplitKey, i.Batch})
		}
	}
	tables["ops.revisions"], tables["ops.transitions"], tables["ops.documents"], tables["ops.issued_requests"] = revisions, transitions, documents, requests
}

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// creditOf are the amounts of the credit note that comes with a revision: those of the revision before, taken back.
func creditOf(journal *load.Journal, cycle string, s load.IssuedStatement) []any {
	for _, i := range journal.Issues {
		for _, before := range i.Statements {
			if i.Cycle == cycle && before.PartyID == s.PartyID && before.Revision == s.Revision-1 {
				return []any{negated(before.ExclTax), negated(before.Tax), negated(before.InclTax)}
			}
		}
	}
	return []any{nil, nil, nil}
}

// negated changes the sign of a decimal's text.
func negated(amount string) string {
	if len(amount) > 0 && amount[0] == '-' {
		return amount[1:]
	}
	return "-" + amount
}

// issuedBooks are the pricing workbooks by which parties of a cycle were issued, those whose month is closed, by hash.
func (j *monthRun) issuedBooks(cycle extract.Cycle) (map[string]issuedBook, error) {
	all := map[string]issuedBook{}
	for _, r := range j.journal.Revisions() {
		if r.Cycle != string(cycle) || !r.Closed {
			continue
		}
		b, read := all[r.PricingHash]
		if !read {
			book, err := j.archivedPricing(r.PricingHash)
			if err != nil {
				return nil, err
			}
			b.book = book
		}
		b.parties = append(b.parties, r.PartyID)
		all[r.PricingHash] = b
	}
	return all, nil
}

type issuedBook struct {
	book    *pricing.Book
	parties []string // whose month is closed
}

// withIssued is a book in which the parties whose month is closed, and their contracts, are as they were when it was issued: a
// later edit of the workbook concerns other months. What an invoice needs of the buyer is taken from the newer book: a request
// that was unfit for want of it goes out with the next issue.
func withIssued(book *pricing.Book, issued map[string]issuedBook) *pricing.Book {
	if len(issued) == 0 {
		return book
	}
	merged := *book
	closed := map[string]bool{}
	for _, i := range issued {
		for _, id := range i.parties {
			closed[id] = true
		}
	}
	newest := map[string]pricing.Party{}
	for _, p := range book.Parties {
		newest[p.ID] = p
	}
	merged.Parties = slices.DeleteFunc(slices.Clone(book.Parties), func(p pricing.Party) bool { return closed[p.ID] })
	merged.Contracts = slices.DeleteFunc(slices.Clone(book.Contracts), func(c pricing.Contract) bool { return closed[c.PartyID] })
	for _, hash := range slices.Sorted(maps.Keys(issued)) {
		i := issued[hash]
		mine := func(id string) bool { return slices.Contains(i.parties, id) }
		for _, p := range i.book.Parties {
			if mine(p.ID) {
				if n, ok := newest[p.ID]; ok {
					p.InvoiceKind, p.BuyerTitle, p.TaxID, p.AddressPhone, p.BankAccount, p.Email = n.InvoiceKind, n.BuyerTitle, n.TaxID, n.AddressPhone, n.BankAccount, n.Email
				}
				merged.Parties = append(merged.Parties, p)
			}
		}
		for _, c := range i.book.Contracts {
			if mine(c.PartyID) {
				merged.Contracts = append(merged.Contracts, c)
			}
		}
	}
	return &merged
}

// withFormer adds to a book the parties that it has no more and whose earlier months have changed since they were issued: the
// difference is settled with them, too.
func (j *monthRun) withFormer(ctx context.Context, tx *load.Tx, cycle extract.Cycle, book *pricing.Book) (*pricing.Book, error) {
	rows, err := tx.QueryContext(ctx, `select distinct party_id from settlement.restatements where cycle < $1
		union select distinct party_id from settlement.lines where kind = 'prior_period' and cycle < $1 order by 1`, string(cycle))
	if err != nil {
		return nil, fmt.Errorf("changes of issued months before %s: %w", cycle, err)
	}
	defer func() { _ = rows.Close() }()
	var former []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("changes of issued months before %s: %w", cycle, err)
		}
		if !slices.ContainsFunc(book.Parties, func(p pricing.Party) bool { return p.ID == id }) {
			former = append(former, id)
		}
	}
	if err := rows.Err(); err != nil || former == nil {
		return book, err
	}
	added := *book
	added.Parties = slices.Clone(book.Parties)
	revisions := j.journal.Revisions()
	for _, id := range former {
		for _, r := range slices.Backward(revisions) { // the newest month that it was issued in
			if r.PartyID != id || r.Cycle >= string(cycle) {
				continue
			}
			old, err := j.archivedPricing(r.PricingHash)
			if err != nil {
				return nil, err
			}
			if i := slices.IndexFunc(old.Parties, func(p pricing.Party) bool { return p.ID == id }); i >= 0 {
				added.Parties = append(added.Parties, old.Parties[i])
				break
			}
		}
	}
	return &added, nil
}

// compareIssued prices the cycle by each workbook by which parties were issued, so that their newest figures meet the issued
// ones on the same terms. Those of the run's own workbook meet when the cycle is settled.
func (j *monthRun) compareIssued(ctx context.Context, tx *load.Tx, cycle extract.Cycle, book *pricing.Book, issued map[string]issuedBook, run load.RunRecord) error {
	if _, err := tx.ExecContext(ctx, "delete from settlement.restatements where cycle = ?", string(cycle)); err != nil {
		return fmt.Errorf("restatements of %s: %w", cycle, err)
	}
	again := false
	for _, hash := range slices.Sorted(maps.Keys(issued)) {
		if hash == book.Hash {
			continue
		}
		again = true
		if err := j.prepare(ctx, tx, cycle, issued[hash].book, run); err != nil {
			return err
		}
		if err := j.timed("compare issued "+string(cycle), nil, func() error { return load.Compare(ctx, tx, j.built) }); err != nil {
			return err
		}
	}
	if !again {
		return nil
	}
	return j.prepare(ctx, tx, cycle, withIssued(book, issued), run)
}

// built notes a model that is done.
func (j *monthRun) built(b load.Built) {
	j.progress.Add(1)
	j.log.Info("model", "run", j.run.RunID, "model", b.Object, "rows", b.Rows, "took", b.Took)
}

// restoreIssued brings the frozen rows of a cycle's issued documents into a warehouse that does not have them.
func (j *monthRun) restoreIssued(ctx context.Context, tx *load.Tx, cycle extract.Cycle) error {
	for _, i := range j.journal.Issues {
		if i.Cycle != string(cycle) {
			continue
		}
		var there int64
		if err := tx.QueryRowContext(ctx, "select count(*) from ops.restored where cycle = ? and batch = ?", i.Cycle, i.Batch).Scan(&there); err != nil {
			return fmt.Errorf("issued documents of %s: %w", cycle, err)
		}
		if there > 0 {
			continue
		}
		if err := tx.RestoreIssued(ctx, j.journal, i); err != nil {
			return err
		}
	}
	return nil
}
