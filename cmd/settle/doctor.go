package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"settle/extract/bss"
	"settle/load"
	"settle/transform/pricing"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"
)

func (a *app) doctorCommand() *cobra.Command {
	var most int
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Check config, credentials, signature, clock, agencies, pricing, disk and lock",
		Long: `doctor checks everything a run needs and says what to do about what is wrong. It asks the API a handful of cheap questions
and changes nothing.

Exit codes: 0 nothing failed (warnings may be listed), 1 something failed, 130 interrupted.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			d := &doctor{app: a}
			cfg, err := a.loadConfig()
			if err != nil {
				d.fail("config", err.Error())
			} else {
				d.ok("config", a.config)
				d.local(cmd.Context(), cfg)
				d.remote(cmd.Context(), cfg, most)
			}
			if err := cmd.Context().Err(); err != nil {
				return err
			}
			d.print()
			if d.failed > 0 {
				return &exitError{exitFailed, fmt.Errorf("doctor: %d %s failed; the remedies stand above", d.failed, plural(d.failed, "check", "checks"))}
			}
			return nil
		},
	}
	c.Flags().IntVar(&most, "customers", 20, "try the agency of at most `N` customers; 0 means all")
	return c
}

// doctor gathers the results of its checks.
type doctor struct {
	app    *app
	rows   [][3]string // result, check, what
	failed int
}

func (d *doctor) ok(check, what string)   { d.rows = append(d.rows, [3]string{"ok", check, what}) }
func (d *doctor) warn(check, what string) { d.rows = append(d.rows, [3]string{"warn", check, what}) }
func (d *doctor) fail(check, what string) {
	d.rows = append(d.rows, [3]string{"FAIL", check, what})
	d.failed++
}

func (d *doctor) print() {
	if d.app.quiet && d.failed == 0 {
		return
	}
	t := table{}
	for _, r := range d.rows {
		for i, line := range strings.Split(r[2], "\n") {
			if i == 0 {
				t.add(r[0], r[1], line)
			} else {
				t.add("", "", line)
			}
		}
	}
	t.print(d.app.stdout, "")
}

// local checks this machine.
func (d *doctor) local(ctx context.Context, cfg *Config) {
	d.folder("data", "data:", cfg.Data)
	d.folder("reports", "reports:", cfg.Reports)
	d.disk(cfg.Data)
	if held, err := lockHeld(cfg.Data); err != nil {
		d.fail("lock", err.Error())
	} else if held {
		d.warn("lock", "a run is going on; settle status says which")
	} else {
		d.ok("lock", "free")
	}
	if j, err := load.ReadJournal(cfg.Data); err != nil {
		d.fail("journal", err.Error())
	} else {
		d.ok("journal", fmt.Sprintf("%d %s", len(j.Runs), plural(len(j.Runs), "run", "runs")))
	}
	d.snapshot(ctx, cfg)
	d.issued(cfg)
	d.pricing(cfg.Pricing)
	for _, job := range cfg.Schedule.Jobs {
		schedule, _, _ := parseCron(job.Cron, cfg.Location())
		d.ok("schedule", fmt.Sprintf("%s wakes up next at %s", job.Name, schedule.Next(d.app.now()).In(cfg.Location()).Format("2006-01-02 15:04 MST")))
	}
}

// issued checks that what was issued is as the journal says: the workbooks, and the rows that a new warehouse takes back.
func (d *doctor) issued(cfg *Config) {
	journal, err := load.ReadJournal(cfg.Data)
	if err != nil || len(journal.Issues) == 0 {
		return // the journal's own fault is said by a run; nothing was issued
	}
	wrong, files := wrongFiles(cfg, journal, "")
	if len(wrong) > 0 {
		d.fail("issued", fmt.Sprintf("%d of %d files are missing or were changed after they were issued; put them back from a backup: %s", len(wrong), files, strings.Join(wrong[:min(3, len(wrong))], ", ")))
		return
	}
	d.ok("issued", fmt.Sprintf("%d files are as they were issued", files))
}

// wrongFiles are the files of issued documents, and their frozen rows, that are not what the journal says; of one cycle, or of all.
func wrongFiles(cfg *Config, journal *load.Journal, cycle string) (wrong []string, files int) {
	look := func(path, sum string) {
		files++
		if got, err := load.HashFile(path); err != nil || got != sum {
			wrong = append(wrong, path)
		}
	}
	for _, i := range journal.Issues {
		if cycle != "" && i.Cycle != cycle {
			continue
		}
		for _, f := range i.Frozen {
			look(filepath.Join(cfg.Data, "journal", filepath.FromSlash(f.Path)), f.SHA256)
		}
		for _, f := range i.Files {
			look(filepath.Join(cfg.Reports, filepath.FromSlash(f.Path)), f.SHA256)
		}
	}
	return wrong, files
}

// folder checks that files can be written below path, where it does not exist yet in the folder that would hold it.
func (d *doctor) folder(check, key, path string) {
	there := existing(path)
	f, err := os.CreateTemp(there, ".settle-doctor-*")
	if err != nil {
		d.fail(check, fmt.Sprintf("%s is not writable (%v); give this user the right to write there, or set another %s in the config", there, err, key))
		return
	}
	_ = f.Close()
	_ = os.Remove(f.Name())
	if there != path {
		d.ok(check, path+" will be made at the first run")
		return
	}
	if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o007 != 0 {
		d.warn(check, fmt.Sprintf("%s has mode %04o, everybody can look into it; chmod 700 %s", path, info.Mode().Perm(), path))
		return
	}
	d.ok(check, path)
}

// existing is path or the nearest folder above it that exists.
func existing(path string) string {
	for {
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			return path
		}
		up := filepath.Dir(path)
		if up == path {
			return path
		}
		path = up
	}
}

const (
	diskFail = 2 << 30  // a small month with its snapshots
	diskWarn = 10 << 30 // a million records, warehouse twice its live size, snapshots and workbooks
)

func (d *doctor) disk(path string) {
	free, err := freeBytes(existing(path))
	text := fmt.Sprintf("%.1f GB free for %s", float64(free)/(1<<30), path)
	switch {
	case err != nil:
		d.fail("disk", err.Error())
	case free < diskFail:
		d.fail("disk", text+"; free some, or put data: on another disk: a run needs 2 GB at least")
	case free < diskWarn:
		d.warn("disk", text+"; a month of a million records needs about 10 GB")
	default:
		d.ok("disk", text)
	}
}

// freeBytes is what an ordinary user may still write on the disk of path.
func freeBytes(path string) (uint64, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(path, &s); err != nil {
		return 0, fmt.Errorf("disk of %s: %w", path, err)
	}
	return s.Bavail * uint64(s.Bsize), nil
}

func (d *doctor) snapshot(ctx context.Context, cfg *Config) {
	db, err := load.OpenSnapshot(ctx, filepath.Join(cfg.Data, "published", load.Current))
	switch {
	case errors.Is(err, load.ErrNoSnapshot):
		d.ok("snapshot", "none yet; the first run publishes one")
	case err != nil:
		d.fail("snapshot", err.Error()+"; settle run --offline builds it again from the packages")
	default:
		_ = db.Close()
		d.ok("snapshot", "readable")
	}
}

func (d *doctor) pricing(path string) {
	const check = "pricing"
	book, err := pricing.ReadFile(path)
	var faults *pricing.Faults
	switch {
	case errors.Is(err, os.ErrNotExist):
		d.fail(check, fmt.Sprintf("%s does not exist; settle pricing template %s makes one", path, path))
		return
	case errors.As(err, &faults):
		n := len(faults.Problems) + faults.More
		d.fail(check, fmt.Sprintf("%s has %d %s; settle pricing check %s lists them", path, n, plural(n, "fault", "faults"), path))
		return
	case err != nil:
		d.fail(check, err.Error())
		return
	}
	what := fmt.Sprintf("%s: %d parties, %d contracts, %d rules", path, len(book.Parties), len(book.Contracts), len(book.Rules))
	if n := len(book.Warnings); n > 0 {
		d.warn(check, fmt.Sprintf("%s, %d %s; settle pricing check %s lists them", what, n, plural(n, "warning", "warnings"), path))
		return
	}
	d.ok(check, what)
}

// A clock is refused by the service from 15 minutes on; a clock that drifts is worth a word before.
const (
	skewFail = 15 * time.Minute
	skewWarn = 2 * time.Minute
)

// remote checks what the API says: each step needs the one before it.
func (d *doctor) remote(ctx context.Context, cfg *Config, most int) {
	credentials, err := cfg.BSSCredentials()
	if err != nil {
		d.fail("credentials", err.Error())
		return
	}
	temporary := ""
	if credentials.SecurityToken != "" {
		temporary = ", temporary keys: they end in the middle of a long run"
	}
	d.ok("credentials", "from "+cfg.Partner.Credentials+temporary)
	client, err := cfg.NewClient(d.app.logger(), d.app.now, nil)
	if err != nil {
		d.fail("endpoint", err.Error())
		return
	}
	skew, err := client.Skew(ctx) // an answer that refuses the key still tells the time
	if err == nil || skew != 0 {
		d.clock(skew)
	}
	if err != nil {
		d.fail("signature", err.Error())
		return
	}
	d.ok("signature", "accepted by "+cfg.Partner.Endpoint)
	d.agencies(ctx, cfg, client, most)
}

func (d *doctor) clock(skew time.Duration) {
	off := skew.Abs().Round(time.Second)
	switch text := fmt.Sprintf("this machine's clock differs by %v from the service's", off); {
	case off >= skewFail:
		d.fail("clock", text+"; set it (NTP): 15 minutes are refused")
	case off >= skewWarn:
		d.warn("clock", text+"; set it (NTP): 15 minutes are refused")
	default:
		d.ok("clock", text)
	}
}

func (d *doctor) agencies(ctx context.Context, cfg *Config, client *bss.Client, most int) {
	listed, err := listCustomers(ctx, client, cfg.Partner.IndirectPartners)
	if err != nil {
		d.fail("customers", err.Error())
		return
	}
	var settled []attached
	for _, c := range listed {
		if c.AssociationType == resale || cfg.Settlement.IncludeReferral {
			settled = append(settled, c)
		}
	}
	d.ok("customers", fmt.Sprintf("%d listed, %d of them settled", len(listed), len(settled)))
	if cfg.Partner.PlatformID == "" {
		d.warn("agency", "partner.platform_id is empty: no resource packages and no 95th-percentile usage can be pulled; copy xaccountType from Partner Center")
		return
	}
	if most > 0 && len(settled) > most {
		settled = settled[:most]
	}
	var mu sync.Mutex
	var without, broken []string
	var g errgroup.Group
	g.SetLimit(4)
	for _, c := range settled {
		g.Go(func() error {
			_, err := client.AsCustomer(ctx, c.ID)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case errors.Is(err, bss.ErrNoAgency):
				without = append(without, c.ID)
			case err != nil:
				broken = append(broken, err.Error())
			}
			return nil
		})
	}
	_ = g.Wait()
	if len(broken) > 0 {
		d.fail("agency", broken[0])
	}
	if len(without) > 0 {
		d.warn("agency", fmt.Sprintf("%d of %d customers tried have none for %s: %s; ask them to grant it, else their packages and bandwidth stay empty (a warning, not a failure)",
			len(without), len(settled), cfg.Partner.PlatformID, some(without, 5)))
	}
	if len(broken)+len(without) == 0 {
		d.ok("agency", fmt.Sprintf("%d customers tried, all granted", len(settled)))
	}
}

// some joins the first few texts.
func some(texts []string, most int) string {
	if len(texts) <= most {
		return strings.Join(texts, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(texts[:most], ", "), len(texts)-most)
}
