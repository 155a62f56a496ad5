package main

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"settle/extract"
	"settle/load"
	"settle/reports"
)

// publish makes the snapshot that everybody reads.
func (j *monthRun) publish(ctx context.Context) error {
	j.progress.Stage("publish", 1)
	defer j.progress.Done()
	return j.timed("publish", nil, func() error {
		w := j.warehouse
		j.warehouse = nil // Publish closes it
		path, err := w.Publish(ctx, filepath.Join(j.cfg.Data, "published"), string(j.o.Cycle), j.run.RunID, keepSnapshots, j.pinned(), j.cfg.ShareWithGroup)
		j.sum.Snapshot = path
		return err
	})
}

// keepSnapshots is how many published databases stay, beside those that are pinned.
const keepSnapshots = 5

// pinned are the snapshots in which the months were issued, the newest of each: from them the issued documents can be made again.
func (j *monthRun) pinned() (names []string) {
	newest := map[string]string{}
	for _, i := range j.journal.Issues {
		newest[i.Cycle] = load.SnapshotName(i.Cycle, i.RunID)
	}
	for _, name := range newest {
		names = append(names, name)
	}
	return names
}

// report writes the workbooks from the snapshot: the cycle's, and those of later cycles, which were settled again too.
func (j *monthRun) report(ctx context.Context) error {
	return j.timed("workbooks", func() int64 { return int64(len(j.sum.Files)) }, func() error {
		if err := writeReports(ctx, j.cfg, j.sum.Snapshot, j.o.Cycle, reportScope{customers: j.o.Customers}, j.progress, j.log, j.sum); err != nil {
			return err
		}
		for _, c := range j.journal.Cycles() {
			if c > string(j.o.Cycle) && j.journal.Settled(c) {
				later := &Summary{Cycle: c, Findings: map[string]int{}}
				if err := writeReports(ctx, j.cfg, j.sum.Snapshot, extract.Cycle(c), reportScope{}, j.progress, j.log, later); err != nil {
					return err
				}
			}
		}
		return j.writeIssued(ctx)
	})
}

// reportMonth makes a cycle's workbooks again from the newest snapshot.
func reportMonth(ctx context.Context, cfg *Config, cycle extract.Cycle, scope reportScope) (*Summary, error) {
	began := time.Now()
	sum := &Summary{Cycle: string(cycle), Findings: map[string]int{}}
	path := filepath.Join(cfg.Data, "published", load.Current)
	err := writeReports(ctx, cfg, path, cycle, scope, silent{}, nil, sum)
	sum.Snapshot, sum.Took = path, time.Since(began)
	return sum, err
}

// What a killed command leaves below the data folder begins with these; the next that holds the lock sweeps it.
const (
	tempWorkbooks = "tmp-workbooks-"
	tempWhatIf    = "tmp-what-if-"
)

// sweepTemporary removes what killed commands left: a what-if and a report hold no lock, so only what is a day old goes.
func sweepTemporary(dataDir string, now time.Time) {
	entries, err := os.ReadDir(dataDir)
	if err != nil {
		return // the run will say so
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil && e.IsDir() && now.Sub(info.ModTime()) > 24*time.Hour && (strings.HasPrefix(e.Name(), tempWorkbooks) || strings.HasPrefix(e.Name(), tempWhatIf)) {
			_ = os.RemoveAll(filepath.Join(dataDir, e.Name()))
		}
	}
}

// reportScope says which statements are written: those of these customers, nil means all; and whether each gets its internal twin.
type reportScope struct {
	customers []string
	internal  bool
}

func writeReports(ctx context.Context, cfg *Config, snapshot string, cycle extract.Cycle, scope reportScope, progress Progress, log *slog.Logger, sum *Summary) error {
	if err := withSnapshot(ctx, snapshot, func(db *sql.DB) error { return sumUp(ctx, db, string(cycle), sum) }); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(cfg.Data, tempWorkbooks)
	if err != nil {
		return fmt.Errorf("workbooks: %w; make %s writable", err, cfg.Data)
	}
	defer func() { _ = os.RemoveAll(tmp) }()
	progress.Stage("workbooks", int64(sum.Parties)+4) // requests, partner summary, reconciliation, internal twins
	defer progress.Done()
	o := reportOptions(cfg, string(cycle), snapshot, log)
	journal, err := load.ReadJournal(cfg.Data)
	if err != nil {
		return err
	}
	o.Issued = issuedFiles(journal)
	o.CustomerIDs, o.Internal, o.TmpDir = scope.customers, scope.internal, tmp
	var result reports.Result
	if err := withSnapshot(ctx, snapshot, func(db *sql.DB) (err error) {
		written := 0
		o.Progress = func(done, _ int) { progress.Add(int64(done - written)); written = done }
		if _, err := reports.WriteCertificate(ctx, db, o); err != nil {
			return err
		}
		result, err = reports.Write(ctx, db, o)
		return err
	}); err != nil {
		return err
	}
	for _, f := range result.Files {
		sum.Files = append(sum.Files, filepath.Join(cfg.Reports, f.Path))
	}
	return nil
}

// withSnapshot opens a snapshot with little memory, and with more where that is not enough: what is written is the same.
func withSnapshot(ctx context.Context, path string, use func(*sql.DB) error) (err error) {
	for _, limits := range []load.Limits{load.ReportLimits, {MemoryMB: 3 * load.ReportLimits.MemoryMB, Threads: 1}, {MemoryMB: 2000}} {
		var db *sql.DB
		if db, err = load.OpenSnapshotWithin(ctx, path, limits); err != nil {
			return err
		}
		err = use(db)
		if closeErr := db.Close(); err == nil {
			err = closeErr
		}
		if !load.IsOutOfMemory(err) {
			break
		}
	}
	return err
}

// issuedFiles are the workbooks of issued documents, by path below the reports folder, with their SHA-256.
func issuedFiles(journal *load.Journal) map[string]string {
	all := map[string]string{}
	for _, i := range journal.Issues {
		for _, f := range i.Files {
			all[f.Path] = f.SHA256
		}
	}
	return all
}

// reportOptions are what every workbook of a cycle is written with. Statements are read in little memory; what sums over the whole
// month opens the snapshot with more of it.
func reportOptions(cfg *Config, cycle, snapshot string, log *slog.Logger) reports.Options {
	return reports.Options{
		Wide: func(ctx context.Context) (*sql.DB, error) { return load.OpenSnapshot(ctx, snapshot) },
		Dir:  cfg.Reports, Cycle: cycle, Workers: cfg.Extract.Workers, TmpDir: cfg.Data, Shared: cfg.ShareWithGroup, Version: versionText(), Log: log,
		Seller: reports.Seller{Title: cfg.Seller.Title, TaxID: cfg.Seller.TaxID, AddressPhone: cfg.Seller.AddressPhone, BankAccount: cfg.Seller.BankAccount, PartnerName: cfg.Partner.Name},
	}
}

// stateKey names the state of the data that a cycle's workbooks show: the content of every package up to the cycle, the
// pricing workbook, what the config prints, and the program. The same state prints the same run and time.
func (j *monthRun) stateKey(ctx context.Context, cycle extract.Cycle, pricingHash string) (string, error) {
	h := sha256.New()
	for _, c := range j.journal.Cycles() {
		if c < string(cycle) && j.journal.Settled(c) {
			earlier, _, err := j.settledBy(ctx, extract.Cycle(c))
			if err != nil {
				return "", err
			}
			_, _ = fmt.Fprintln(h, c, earlier) // a refund takes the rule of an earlier month's line
		}
	}
	for _, r := range j.journal.Resolved {
		if r.Cycle <= string(cycle) {
			_, _ = fmt.Fprintf(h, "%q\n", []string{r.FindingID, r.Reason})
		}
	}
	for _, m := range j.journal.Moves { // which months are issued decides where a change is booked
		for _, p := range m.Parties {
			if closes := m.State == load.StateIssued || m.State == load.StateReopened; closes && m.Cycle <= string(cycle) {
				_, _ = fmt.Fprintf(h, "%q\n", []string{m.Cycle, m.State, p.PartyID})
			}
		}
	}
	_, _ = fmt.Fprintln(h, versionText(), pricingHash, j.cfg.Seller, j.cfg.Partner.Name, j.cfg.Settlement, j.cfg.Close, j.cfg.Bandwidth, j.mode)
	rows, err := j.warehouse.QueryContext(ctx, "select dataset, cycle, customer_id, reseller_id, part, content from ops.windows where cycle <= ?", string(cycle))
	if err != nil {
		return "", fmt.Errorf("state of the data: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var windows []string
	for rows.Next() {
		var f [6]string
		if err := rows.Scan(&f[0], &f[1], &f[2], &f[3], &f[4], &f[5]); err != nil {
			return "", fmt.Errorf("state of the data: %w", err)
		}
		if isSnapshot(f[0]) {
			f[4] = "" // the run: another run that finds the same is no other state
		}
		windows = append(windows, fmt.Sprintf("%q", f))
	}
	slices.Sort(windows)
	for _, w := range slices.Compact(windows) {
		_, _ = fmt.Fprintln(h, w)
	}
	return hex.EncodeToString(h.Sum(nil)), rows.Err()
}
