package load

import (
	"context"
	"fmt"

	sqlfiles "settle/sql"
)

// The numbers between which the models of the documents stand: what comes before them prices and must be checked first, what
// comes after them is no document.
const (
	firstDocument = "500"
	pastDocuments = "900"
	pastModels    = "~"
)

// Settle builds and checks the cycle in ops.params: the models up to priced lines, the checks whose blocking findings park a
// party, the documents of the others, and the checks of those. Of a party whose month is issued the lines that come out are
// compared with the issued ones (settlement.restatements) and dropped. built hears of each model that is done; nil is nobody.
func Settle(ctx context.Context, tx Execer, built func(Built)) error {
	if err := Compare(ctx, tx, built); err != nil {
		return err
	}
	for _, query := range []string{
		`delete from settlement.lines as t where cycle = (select cycle from ops.params)
and exists (select 1 from ops.revisions as v where v.cycle = t.cycle and v.party_id = t.party_id and v.closed and t.revision > v.issued_revision)`,
		`delete from settlement.unpriced as t where cycle = (select cycle from ops.params)
and exists (select 1 from ops.revisions as v where v.cycle = t.cycle and v.party_id = t.party_id and v.closed)`,
	} {
		if _, err := tx.ExecContext(ctx, query); err != nil {
			return fmt.Errorf("settle: lines of issued months: %w", err)
		}
	}
	if err := Check(ctx, tx, sqlfiles.PhaseLines); err != nil {
		return err
	}
	return Documents(ctx, tx, built)
}

// Compare prices the cycle in ops.params and notes in settlement.restatements what became of the parties whose month was issued
// with this pricing workbook. The lines that it leaves are not to be read before Settle has run.
func Compare(ctx context.Context, tx Execer, built func(Built)) error {
	if err := EnsureTables(ctx, tx); err != nil {
		return err
	}
	return runModels(ctx, tx, "", firstDocument, built)
}

// Documents makes the documents of the cycle in ops.params from its lines, and checks them. A document that fails its check
// is withdrawn: its party is parked like any other, in this run, and the findings that say why stay. So the same data and
// resolutions give the same tables, however often they are settled.
func Documents(ctx context.Context, tx Execer, built func(Built)) error {
	// What an earlier run found about its documents says nothing about those to come.
	checks, err := checksOf(sqlfiles.PhaseDocuments)
	if err != nil {
		return fmt.Errorf("settle: %w", err)
	}
	if err := forget(ctx, tx, checks); err != nil {
		return err
	}
	if err := runModels(ctx, tx, firstDocument, pastModels, built); err != nil {
		return err
	}
	if err := Check(ctx, tx, sqlfiles.PhaseDocuments); err != nil {
		return err
	}
	withdraw, err := anyBlocks(ctx, tx, checks)
	if err != nil {
		return fmt.Errorf("settle: %w", err)
	}
	if withdraw {
		if err := runModels(ctx, tx, firstDocument, pastDocuments, built); err != nil {
			return err
		}
	}
	return Comment(ctx, tx)
}

func runModels(ctx context.Context, tx Execer, from, to string, built func(Built)) error {
	all, err := Build(ctx, tx, from, to)
	for _, b := range all {
		if built != nil {
			built(b)
		}
	}
	return err
}

// anyBlocks says whether one of the checks found what parks a party.
func anyBlocks(ctx context.Context, tx Execer, checks []sqlfiles.File) (bool, error) {
	var blocking int64
	err := tx.QueryRowContext(ctx, `select count(*) from recon.findings as f inner join ops.params as p on p.cycle = f.cycle
where f.severity = 'B' and not f.explained and f.resolution is null and f.check_id in (`+numbersOf(checks)+`)
  and (f.party_id is not null or f.customer_id is not null)`).Scan(&blocking)
	return blocking > 0, err
}
