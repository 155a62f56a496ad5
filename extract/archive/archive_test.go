package archive

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var started = time.Date(2025, 7, 5, 6, 0, 0, 123000000, time.UTC)

func open(t *testing.T, root string) *Archive {
	t.Helper()
	a, err := Open(root)
	if err != nil {
		t.Fatal(err)
	}
	a.Now = func() time.Time { return started.Add(time.Minute) }
	return a
}

// window is a manifest's identity for customer and run.
func window(customer, run string) Manifest {
	return Manifest{
		Dataset: "consumption_records", Cycle: "2025-06", CustomerID: customer, RunID: run, Started: started,
		Window: "consumption_records/2025-06/" + customer + "//",
	}
}

func rawPage(n int) []byte {
	return []byte(fmt.Sprintf(`{"total_count":30,"fee_records":[%s]}`, strings.Repeat(fmt.Sprintf(`{"id":"r%d"},`, n), 50)))
}

// write commits a package of three full pages.
func write(t *testing.T, a *Archive, m Manifest) Manifest {
	t.Helper()
	w, err := a.Create(m)
	if err != nil {
		t.Fatal(err)
	}
	appendPages(t, w, 3)
	m, err = w.Commit()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func appendPages(t *testing.T, w *Writer, pages int) {
	t.Helper()
	for i := range pages {
		p := Page{Offset: 10 * i, Rows: 10, Announced: int64(10 * pages), Request: "GET /x", RequestID: "q", Time: started, Tries: 1}
		if err := w.Append(p, rawPage(i)); err != nil {
			t.Fatal(err)
		}
	}
}

func list(t *testing.T, a *Archive, cycle string) ([]Manifest, []Damage) {
	t.Helper()
	found, damaged, err := a.List(cycle)
	if err != nil {
		t.Fatal(err)
	}
	return found, damaged
}

func TestRoundTrip(t *testing.T) {
	root := filepath.Join(t.TempDir(), "packages")
	a := open(t, root)
	m := write(t, a, window("c1", "run1"))
	if m.Rows != 30 || m.Announced != 30 || m.WindowID != WindowID(m.Cycle, m.Window) || !m.Finished.Equal(started.Add(time.Minute)) {
		t.Errorf("manifest: %+v", m)
	}
	a = open(t, root) // as the next process
	found, damaged := list(t, a, "2025-06")
	if diff := cmp.Diff([]Manifest{m}, found); diff != "" || damaged != nil {
		t.Fatalf("list: %s, damaged %v", diff, damaged)
	}
	n := 0
	for raw, err := range a.Pages(found[0]) {
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(raw.Body, rawPage(n)) || raw.Offset != 10*n {
			t.Errorf("page %d: offset %d, body %q", n, raw.Offset, raw.Body)
		}
		n++
	}
	if n != 3 {
		t.Errorf("%d pages", n)
	}
	if err := a.Verify(m); err != nil {
		t.Error(err)
	}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v: others can read it", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	if err := a.Remove(m); err != nil {
		t.Fatal(err)
	}
	if files := files(t, root); len(files) != 0 {
		t.Errorf("after Remove: %v", files)
	}
}

func files(t *testing.T, root string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			out = append(out, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestContentDependsOnPagesOnly(t *testing.T) {
	a := open(t, t.TempDir())
	one, two := write(t, a, window("c1", "run1")), write(t, a, window("c2", "run2"))
	if one.Content != two.Content || one.Self == two.Self {
		t.Errorf("content %s and %s, self %s and %s", one.Content, two.Content, one.Self, two.Self)
	}
}

func TestRestartDropsPages(t *testing.T) {
	a := open(t, t.TempDir())
	w, err := a.Create(window("c1", "run1"))
	if err != nil {
		t.Fatal(err)
	}
	appendPages(t, w, 5)
	if err := w.Restart(); err != nil {
		t.Fatal(err)
	}
	appendPages(t, w, 2)
	m, err := w.Commit()
	if err != nil {
		t.Fatal(err)
	}
	if m.Restarts != 1 || m.Rows != 20 || len(m.Pages) != 2 {
		t.Errorf("manifest: %+v", m)
	}
	if err := a.Verify(m); err != nil {
		t.Error(err)
	}
}

func TestSkippedWindow(t *testing.T) {
	a := open(t, t.TempDir())
	m := window("c1", "run1")
	m.Skipped = "no agency: 403"
	w, err := a.Create(m)
	if err != nil {
		t.Fatal(err)
	}
	if m, err = w.Commit(); err != nil {
		t.Fatal(err)
	}
	if m.Announced != -1 || m.Rows != 0 {
		t.Errorf("manifest: %+v", m)
	}
	found, damaged := list(t, a, "")
	if len(found) != 1 || found[0].Skipped != m.Skipped || damaged != nil {
		t.Errorf("found %v, damaged %v", found, damaged)
	}
	if err := a.Verify(m); err != nil {
		t.Error(err)
	}
}

func TestIncompleteWindowIsRefused(t *testing.T) {
	for name, test := range map[string]struct {
		pages []Page
		want  string // empty: complete
	}{
		"total larger":       {[]Page{{Rows: 10, Announced: 11}}, "10 records came, 11 are announced"},
		"total changed":      {[]Page{{Rows: 10, Announced: 20}, {Offset: 10, Rows: 10, Announced: 21}}, "announces 21"},
		"gap":                {[]Page{{Rows: 10, Announced: 30}, {Offset: 20, Rows: 10, Announced: 30}}, "begins at record 20"},
		"begins late":        {[]Page{{Offset: 10, Rows: 10, Announced: 20}}, "begins at record 10"},
		"several calls":      {[]Page{{Rows: 2, Announced: 2}, {Rows: 3, Announced: 3}}, ""},
		"nothing announced":  {[]Page{{Rows: 2, Announced: -1}, {Rows: 3, Announced: -1}}, ""},
		"second call breaks": {[]Page{{Rows: 2, Announced: 2}, {Rows: 3, Announced: 4}}, "3 records came, 4 are announced"},
	} {
		t.Run(name, func(t *testing.T) {
			a := open(t, t.TempDir())
			w, err := a.Create(window("c1", "run1"))
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range test.pages {
				if err := w.Append(p, []byte("{}")); err != nil {
					t.Fatal(err)
				}
			}
			m, err := w.Commit()
			found, damaged := list(t, a, "")
			if test.want == "" {
				if err != nil || len(found) != 1 || m.Rows != 5 {
					t.Errorf("rows %d, found %v, error %v", m.Rows, found, err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
			if found != nil || damaged != nil || len(files(t, a.root)) != 0 {
				t.Errorf("found %v, damaged %v, files %v", found, damaged, files(t, a.root))
			}
		})
	}
}

// A run can die between any two steps of Commit; what lies on the disk then is each state below.
func TestKilledWriter(t *testing.T) {
	root := t.TempDir()
	a := open(t, root)
	kept := write(t, a, window("kept", "run1"))

	begun, err := a.Create(window("begun", "run1"))
	if err != nil {
		t.Fatal(err)
	}
	appendPages(t, begun, 2) // killed while fetching: never closed

	lost := write(t, a, window("lost", "run1"))
	lostBase, err := a.base(lost)
	if err != nil {
		t.Fatal(err)
	}
	// Killed between the two renames.
	if err := os.Rename(lostBase+manifestSuffix, lostBase+manifestSuffix+tempSuffix); err != nil {
		t.Fatal(err)
	}
	foreign := filepath.Join(root, "2025-06", "notes.tmp")
	if err := os.WriteFile(foreign, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}

	a = open(t, root)
	found, damaged := list(t, a, "")
	if diff := cmp.Diff([]Manifest{kept}, found); diff != "" || damaged != nil {
		t.Errorf("list: %s, damaged %v", diff, damaged)
	}
	for _, f := range files(t, root) {
		if strings.HasSuffix(f, tempSuffix) && f != foreign {
			t.Errorf("%s was left", f)
		}
	}
	if _, err := os.Stat(foreign); err != nil {
		t.Errorf("a foreign file was swept: %v", err)
	}
	write(t, a, window("lost", "run1")) // the same run resumes
	write(t, a, window("begun", "run2"))
	if found, damaged = list(t, a, "2025-06"); len(found) != 3 || damaged != nil {
		t.Errorf("found %d, damaged %v", len(found), damaged)
	}
}

func TestAbortLeavesNothing(t *testing.T) {
	a := open(t, t.TempDir())
	w, err := a.Create(window("c1", "run1"))
	if err != nil {
		t.Fatal(err)
	}
	appendPages(t, w, 1)
	w.Abort()
	if _, err := w.Commit(); err == nil {
		t.Error("commit after abort succeeded")
	}
	if err := w.Append(Page{}, nil); err == nil {
		t.Error("append after abort succeeded")
	}
	if left := files(t, a.root); left != nil {
		t.Errorf("left: %v", left)
	}
}

func TestAnyFlippedByteIsFound(t *testing.T) {
	a := open(t, t.TempDir())
	m := write(t, a, window("c1", "run1"))
	base, err := a.base(m)
	if err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{pagesSuffix, manifestSuffix} {
		path := base + suffix
		good, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for i := range good {
			bad := bytes.Clone(good)
			bad[i] ^= 1 << (i % 8)
			if err := os.WriteFile(path, bad, 0o600); err != nil {
				t.Fatal(err)
			}
			found, damaged := list(t, a, "2025-06")
			var damage *DamageError
			switch {
			case suffix == manifestSuffix && (len(found) != 0 || len(damaged) != 1 || damaged[0].Path != path):
				t.Fatalf("manifest byte %d: found %v, damaged %v", i, found, damaged)
			case suffix == pagesSuffix && !errors.As(a.Verify(m), &damage):
				t.Fatalf("pages byte %d: verify says %v", i, a.Verify(m))
			}
		}
		for _, cut := range []int{0, 1, len(good) / 2, len(good) - 1} {
			if err := os.WriteFile(path, good[:cut], 0o600); err != nil {
				t.Fatal(err)
			}
			if found, damaged := list(t, a, ""); len(found) != 0 || len(damaged) != 1 {
				t.Errorf("%s cut to %d: found %v, damaged %v", suffix, cut, found, damaged)
			}
		}
		if err := os.WriteFile(path, good, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(base + pagesSuffix); err != nil {
		t.Fatal(err)
	}
	_, damaged := list(t, a, "")
	if len(damaged) != 1 || damaged[0].Window != m.Window || !strings.Contains(damaged[0].Err.Error(), "missing") {
		t.Errorf("pages file gone: %v", damaged)
	}
	var damage *DamageError
	if err := a.Verify(m); !errors.As(err, &damage) {
		t.Errorf("verify: %v", err)
	}
	if err := a.Discard(damaged[0]); err != nil {
		t.Fatal(err)
	}
	if _, damaged = list(t, a, ""); damaged != nil || len(files(t, a.root)) != 0 {
		t.Errorf("after Discard: %v, files %v", damaged, files(t, a.root))
	}
	for _, path := range []string{"/etc/passwd.json", a.root + "/../x.json", base + pagesSuffix, ""} {
		if err := a.Discard(Damage{Path: path}); err == nil {
			t.Errorf("discarded %q", path)
		}
	}
}

// Pages that were damaged after they were listed reach nobody: what is yielded is what was fetched.
func TestPagesStopAtDamage(t *testing.T) {
	a := open(t, t.TempDir())
	m := write(t, a, window("c1", "run1"))
	base, err := a.base(m)
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(base + pagesSuffix)
	if err != nil {
		t.Fatal(err)
	}
	file[m.Pages[1].Start+m.Pages[1].Length/2] ^= 0x10
	if err := os.WriteFile(base+pagesSuffix, file, 0o600); err != nil {
		t.Fatal(err)
	}
	good := 0
	var damage *DamageError
	for _, err := range a.Pages(m) {
		if err == nil {
			good++
		} else if !errors.As(err, &damage) {
			t.Fatal(err)
		}
	}
	if good != 1 || damage == nil || damage.Page != 1 {
		t.Errorf("%d good pages, damage %v", good, damage)
	}
}

func TestMovedManifestIsDamage(t *testing.T) {
	a := open(t, t.TempDir())
	base, err := a.base(write(t, a, window("c1", "run1")))
	if err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{pagesSuffix, manifestSuffix} {
		if err := os.Rename(base+suffix, base+"x"+suffix); err != nil {
			t.Fatal(err)
		}
	}
	found, damaged := list(t, a, "")
	if len(found) != 0 || len(damaged) != 1 {
		t.Errorf("found %v, damaged %v", found, damaged)
	}
}

func TestHostileNames(t *testing.T) {
	root := t.TempDir()
	a := open(t, filepath.Join(root, "packages"))
	seen := map[string]string{}
	for i, id := range []string{
		"../../etc/passwd", "..", ".", "a/b", "a\\b", "a\x00b", "a\nb", "con", "A", "a", "客户", strings.Repeat("x", 200),
		strings.Repeat("x", 199) + "y", "", "=cmd|' /C calc'!A0", "a.tmp", "*", "-rf",
	} {
		m := window(id, "../run")
		m.ResellerID, m.Part = id, id
		m.Window += id
		m = write(t, a, m)
		base, err := a.base(m)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(base + pagesSuffix)
		if filepath.Dir(base) != filepath.Join(a.root, "2025-06", "consumption_records") || len(name) > 220 || strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") != "" {
			t.Errorf("%q becomes %s", id, base)
		}
		if other, taken := seen[strings.ToLower(name)]; taken {
			t.Errorf("%q and %q share a file", id, other)
		}
		seen[strings.ToLower(name)] = id
		if found, _ := list(t, a, ""); len(found) != i+1 {
			t.Errorf("%q: %d packages, want %d", id, len(found), i+1)
		}
	}
	if entries, err := os.ReadDir(root); err != nil || len(entries) != 1 {
		t.Errorf("outside the archive: %v %v", entries, err)
	}
}

func TestBadIdentityIsRefused(t *testing.T) {
	a := open(t, t.TempDir())
	for name, spoil := range map[string]func(*Manifest){
		"cycle":        func(m *Manifest) { m.Cycle = "../../x" },
		"month":        func(m *Manifest) { m.Cycle = "2025-13" },
		"signed month": func(m *Manifest) { m.Cycle = "2025-+1" },
		"dataset":      func(m *Manifest) { m.Dataset = "../x" },
		"no window":    func(m *Manifest) { m.Window = "" },
		"no run":       func(m *Manifest) { m.RunID = "" },
	} {
		m := window("c1", "run1")
		spoil(&m)
		if _, err := a.Create(m); err == nil {
			t.Errorf("%s: created", name)
		}
	}
	if _, _, err := a.List("../.."); err == nil {
		t.Error("listed a cycle that is none")
	}
	if left := files(t, a.root); left != nil {
		t.Errorf("left: %v", left)
	}
}

func TestManyWriters(t *testing.T) {
	a := open(t, t.TempDir())
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			m := window(fmt.Sprint("c", i), "run1")
			w, err := a.Create(m)
			if err != nil {
				t.Error(err)
				return
			}
			defer w.Abort()
			for n := range 3 {
				if err := w.Append(Page{Offset: 10 * n, Rows: 10, Announced: 30}, rawPage(100*i+n)); err != nil {
					t.Error(err)
				}
			}
			if m, err = w.Commit(); err != nil {
				t.Error(err)
			}
			if err := a.Verify(m); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	found, damaged := list(t, a, "2025-06")
	if len(found) != 40 || damaged != nil {
		t.Errorf("%d found, damaged %v", len(found), damaged)
	}
	for i := range len(found) - 1 {
		if found[i].Window >= found[i+1].Window {
			t.Errorf("%s is listed before %s", found[i].Window, found[i+1].Window)
		}
	}
}

func TestTwoWritersOfOneWindow(t *testing.T) {
	a := open(t, t.TempDir())
	w, err := a.Create(window("c1", "run1"))
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	if _, err := a.Create(window("c1", "run1")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("second writer: %v", err)
	}
}

func TestDiskFullNamesPathAndRemedy(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("no /dev/full here: ", err)
	}
	a := open(t, t.TempDir())
	w, err := a.Create(window("c1", "run1"))
	if err != nil {
		t.Fatal(err)
	}
	w.file.Close()
	w.file = full
	err = w.Append(Page{Rows: 1, Announced: 1}, []byte("{}"))
	if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "free space") || !strings.Contains(err.Error(), "/dev/full") {
		t.Errorf("append: %v", err)
	}
	if _, again := w.Commit(); again == nil {
		t.Error("a package with a lost page was committed")
	}
	w.Abort()
	if left := files(t, a.root); left != nil {
		t.Errorf("left: %v", left)
	}
}

func TestExplain(t *testing.T) {
	for _, test := range []struct {
		err  error
		want string
	}{
		{&fs.PathError{Op: "open", Path: "/data/x", Err: syscall.EROFS}, "read-only"},
		{&fs.PathError{Op: "open", Path: "/data/x", Err: syscall.EDQUOT}, "free space"},
		{&fs.PathError{Op: "open", Path: "/data/x", Err: syscall.EACCES}, "right to write"},
	} {
		got := explain("open archive", test.err).Error()
		if !strings.Contains(got, test.want) || !strings.Contains(got, "/data/x") || !strings.HasPrefix(got, "open archive: ") {
			t.Errorf("%v: %s", test.err, got)
		}
	}
}

func TestOpenWhereAFileIs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "packages")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("open: %v", err)
	}
}

func TestWindowID(t *testing.T) {
	a, b := WindowID("2025-06", "x/2025-06/c1//"), WindowID("2025-07", "x/2025-07/c1//")
	if a != WindowID("2025-06", "x/2025-06/c1//") || a>>52 != 25*12+6 || b>>52 != 25*12+7 || a == WindowID("2025-06", "x/2025-06/c2//") {
		t.Errorf("ids %x %x", a, b)
	}
	// Stored in tables and manifests: it must never change from version to version.
	if got := WindowID("2025-06", "consumption_records/2025-06/c1//"); got != wantID {
		t.Errorf("id %d, want %d", got, wantID)
	}
	if WindowID("2169-12", "x") < 0 || WindowID("9999-01", "x") < 0 || WindowID("", "x") < 0 {
		t.Error("a negative id")
	}
}

// sha256("consumption_records/2025-06/c1//") begins with these 52 bits; 0x132 is month 306 since 2000.
const wantID = 0x132_947c0aa4fca2b
