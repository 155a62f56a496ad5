package load

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// Current is the name of the link to the newest snapshot.
const Current = "current.duckdb"

// Publish closes the warehouse and makes a snapshot of it: dir/<cycle>-<run>.duckdb, copied under a temporary name, synced
// and renamed; then current.duckdb is switched to it by rename, so that a reader always finds a whole database. Of older
// snapshots the newest keep stay, and those that are pinned by name. share opens the files to the group.
func (w *Warehouse) Publish(ctx context.Context, dir, cycle, runID string, keep int, pinned []string, share bool) (string, error) {
	if _, err := w.conn.ExecContext(ctx, "checkpoint"); err != nil {
		_ = w.Close() // the caller has given it away
		return "", fmt.Errorf("publish: checkpoint: %w", explain(err, w.path))
	}
	if err := w.Close(); err != nil {
		return "", fmt.Errorf("publish: close the warehouse: %w", err)
	}
	dirMode, mode := os.FileMode(0o700), os.FileMode(0o600)
	if share {
		dirMode, mode = 0o750, 0o640
	}
	if err := os.MkdirAll(dir, dirMode); err != nil {
		return "", fmt.Errorf("publish: %w", err)
	}
	if share {
		// Whoever may read the snapshots passes through the data folder, and sees nothing else of it.
		if err := errors.Join(os.Chmod(dir, dirMode), os.Chmod(filepath.Dir(dir), 0o710)); err != nil {
			return "", fmt.Errorf("publish: %w", err)
		}
	}
	name := SnapshotName(cycle, runID)
	path := filepath.Join(dir, name)
	if err := CopyFile(w.path, path+".tmp", mode); err != nil {
		return "", fmt.Errorf("publish %s: %w; free space on the disk and run again: the last snapshot still stands", path, err)
	}
	if err := os.Rename(path+".tmp", path); err != nil {
		return "", fmt.Errorf("publish: %w", err)
	}
	link := filepath.Join(dir, Current)
	_ = os.Remove(link + ".tmp")
	if err := os.Symlink(name, link+".tmp"); err != nil {
		return "", fmt.Errorf("publish: %w", err)
	}
	if err := os.Rename(link+".tmp", link); err != nil {
		return "", fmt.Errorf("publish: %w", err)
	}
	if err := syncDir(dir); err != nil {
		return "", fmt.Errorf("publish: %w", err)
	}
	return path, prune(dir, append(pinned, name), keep)
}

// SnapshotName is the file of the snapshot that a run published.
func SnapshotName(cycle, runID string) string { return cycle + "-" + runID + ".duckdb" }

// CopyFile copies a file and syncs the copy; one that cannot be finished is removed.
func CopyFile(from, to string, mode os.FileMode) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if err == nil {
		err = out.Sync()
	}
	if closeErr := out.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		_ = os.Remove(to)
	}
	return err
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }()
	return d.Sync()
}

// prune keeps the newest snapshots (run ids sort by age), the new one among them, and those that are named, and sweeps what a killed run left half written.
func prune(dir string, kept []string, keep int) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	var old []string
	for _, e := range entries {
		name := e.Name()
		if strings.HasSuffix(name, ".duckdb.tmp") {
			_ = os.Remove(filepath.Join(dir, name))
		}
		if snapshotName.MatchString(name) && !slices.Contains(kept, name) { // an analyst's own copy stays
			old = append(old, name)
		}
	}
	sort.Slice(old, func(i, j int) bool { return runOf(old[i]) > runOf(old[j]) })
	for i, name := range old {
		if i+1 >= keep {
			if err := os.Remove(filepath.Join(dir, name)); err != nil {
				return fmt.Errorf("publish: %w", err)
			}
		}
	}
	return nil
}

var snapshotName = regexp.MustCompile(`^\d{4}-\d\d-\d{6}-\d{8}T\d{6}Z\.duckdb$`)

// runOf cuts the cycle (YYYY-MM-) off a snapshot's name.
func runOf(name string) string {
	if len(name) > 8 {
		return name[8:]
	}
	return name
}

// ErrNoSnapshot says that nothing was published yet.
var ErrNoSnapshot = errors.New("no snapshot was published yet; run `settle run --cycle previous` first")

// Limits bound what the reader of a snapshot takes of the machine.
type Limits struct {
	MemoryMB int // of DuckDB's buffers; it spills to a temporary folder beyond
	Threads  int // 0 means one a processor
}

// ReportLimits are enough for statements of any size, which are read in small pieces: with them a statement of 1.2 million lines is written
// in less than 300 MB.
var ReportLimits = Limits{MemoryMB: 100, Threads: 1}

// OpenSnapshot opens a published database to read: nothing can be written, and SQL reaches no file and no network.
func OpenSnapshot(ctx context.Context, path string) (*sql.DB, error) {
	return OpenSnapshotWithin(ctx, path, Limits{MemoryMB: 1000})
}

// OpenSnapshotWithin is OpenSnapshot with limits of the caller's. Queries keep their order only where they say so.
func OpenSnapshotWithin(ctx context.Context, path string, limits Limits) (*sql.DB, error) {
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", path, ErrNoSnapshot)
	}
	if strings.ContainsAny(path, "?#%") {
		return nil, fmt.Errorf("snapshot %q: DuckDB cannot open a path with ?, # or %%; rename the folder", path)
	}
	// A place of its own to spill to: readers of one snapshot would share <snapshot>.tmp and its file names.
	spill := filepath.Join(os.TempDir(), fmt.Sprintf("settle-%d-%d", os.Getpid(), rand.Uint64()))
	options := url.Values{
		"access_mode": {"read_only"}, "enable_external_access": {"false"}, "lock_configuration": {"true"}, "memory_limit": {strconv.Itoa(limits.MemoryMB) + "MB"}, "temp_directory": {spill},
		"autoinstall_known_extensions": {"false"}, "autoload_known_extensions": {"false"},
	}
	if limits.Threads > 0 {
		options.Set("threads", strconv.Itoa(limits.Threads))
	}
	db, err := sql.Open("duckdb", path+"?"+options.Encode())
	if err != nil {
		return nil, fmt.Errorf("snapshot %s: %w", path, err)
	}
	if err := db.PingContext(ctx); err != nil {
		_ = db.Close()
		return nil, fmt.Errorf("snapshot %s: %w", path, err)
	}
	return db, nil
}
