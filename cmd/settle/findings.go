package main

import (
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"settle/extract"
	"settle/load"
)

func (a *app) findingsCommand() *cobra.Command {
	var cycle, reason string
	c := &cobra.Command{
		Use:   "findings [--cycle YYYY-MM] [list | show ID | resolve ID --reason TEXT]",
		Short: "List and explain what the checks found; accept a finding with a recorded reason",
		Long: `findings lists the differences that the checks found in a month, newest snapshot, blocking ones first. show prints one whole,
with the raw text where there is one. resolve accepts one: the reason, the time and the user go into the journal, and from the
next run on (--offline included) the finding does not park its party any more.

Exit codes: 0 done, 1 failed, 2 misused (flags, config, an id that does not exist).`,
		Args: cobra.MaximumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := a.loadConfig()
			if err != nil {
				return err
			}
			db, err := load.OpenSnapshot(cmd.Context(), filepath.Join(cfg.Data, "published", load.Current))
			if err != nil {
				return err
			}
			defer func() { _ = db.Close() }()
			switch {
			case len(args) == 0, args[0] == "list" && len(args) == 1:
				month := extract.Cycle("")
				if cycle != "" {
					if month, err = resolveCycle(cycle, a.now()); err != nil {
						return misused(err)
					}
				}
				return a.listFindings(cmd, db, month)
			case args[0] == "show" && len(args) == 2:
				return a.showFinding(cmd, db, args[1])
			case args[0] == "resolve" && len(args) == 2:
				return a.resolveFinding(cmd, cfg, db, args[1], reason)
			}
			return misused(fmt.Errorf("findings %s: write list, show ID, or resolve ID --reason TEXT", cut(strings.Join(args, " "), 60)))
		},
	}
	c.Flags().StringVar(&cycle, "cycle", "", "only this billing cycle: `YYYY-MM`, previous or current")
	c.Flags().StringVar(&reason, "reason", "", "why the finding is accepted; `TEXT` for the journal and the auditor")
	return c
}

func (a *app) listFindings(cmd *cobra.Command, db *sql.DB, cycle extract.Cycle) error {
	rows, err := db.QueryContext(cmd.Context(), `
		select finding_id, cycle, severity, check_id, coalesce(party_id, customer_id, '-'), subject, coalesce(actual, ''),
			case when resolution is not null then 'resolved' when explained then 'explained' else 'open' end
		from recon.findings where $1 = '' or cycle = $1
		order by cycle desc, explained or resolution is not null, severity, check_id, 5, subject`, string(cycle))
	if err != nil {
		return fmt.Errorf("findings: %w", err)
	}
	defer func() { _ = rows.Close() }()
	t := table{head: []string{"id", "cycle", "", "check", "of", "what", "found", "state"}}
	for rows.Next() {
		var f [8]string
		if err := rows.Scan(&f[0], &f[1], &f[2], &f[3], &f[4], &f[5], &f[6], &f[7]); err != nil {
			return fmt.Errorf("findings: %w", err)
		}
		f[5], f[6] = cut(f[5], 70), cut(f[6], 60)
		t.add(f[:]...)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("findings: %w", err)
	}
	t.print(a.stdout, "")
	return nil
}

func (a *app) showFinding(cmd *cobra.Command, db *sql.DB, id string) error {
	names := []string{
		"finding_id", "check", "severity", "cycle", "party_id", "customer_id", "subject", "expected", "actual", "difference", "tolerance", "explained",
		"what to do", "detail", "resolution", "first seen (UTC)", "found by run",
	}
	values := make([]sql.NullString, len(names))
	into := make([]any, len(names))
	for i := range values {
		into[i] = &values[i]
	}
	err := db.QueryRowContext(cmd.Context(), `
		select f.finding_id, f.check_id || ' ' || c.title, f.severity, f.cycle, f.party_id, f.customer_id, f.subject, f.expected, f.actual,
			cast(f.difference as varchar), cast(f.tolerance as varchar), cast(f.explained as varchar), f.reason, f.detail, f.resolution, cast(f.first_seen as varchar), f.run_id
		from recon.findings as f inner join recon.checks as c on c.cycle = f.cycle and c.check_id = f.check_id
		where f.finding_id = ? limit 1`, id).Scan(into...)
	if err != nil {
		return noFinding(id, err)
	}
	t := table{}
	for i, name := range names {
		if values[i].Valid {
			t.add(name, values[i].String)
		}
	}
	t.print(a.stdout, "")
	return nil
}

func (a *app) resolveFinding(cmd *cobra.Command, cfg *Config, db *sql.DB, id, reason string) error {
	if strings.TrimSpace(reason) == "" {
		return misused(errors.New(`findings resolve: a reason is needed; write --reason "why this difference is accepted"`))
	}
	var cycle, subject string
	if err := db.QueryRowContext(cmd.Context(), "select cycle, subject from recon.findings where finding_id = ? limit 1", id).Scan(&cycle, &subject); err != nil {
		return noFinding(id, err)
	}
	lock, err := load.TakeLock(cfg.Data)
	if err != nil {
		return err
	}
	defer func() { _ = lock.Release() }()
	journal, err := load.ReadJournal(cfg.Data)
	if err != nil {
		return err
	}
	if err := journal.Resolve(load.ResolutionRecord{FindingID: id, Cycle: cycle, Reason: reason, By: userName(), At: runStamp(a.now())}); err != nil {
		return err
	}
	a.print("accepted: %s\nIt takes effect with the next run: settle run --cycle %s --offline\n", clean(subject), cycle)
	return nil
}

func noFinding(id string, err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return misused(fmt.Errorf("finding %s: there is none of that id; settle findings lists them", quoted(cut(id, 40))))
	}
	return fmt.Errorf("finding %s: %w", quoted(cut(id, 40)), err)
}
