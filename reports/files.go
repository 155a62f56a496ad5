package reports

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// folder is reports/<cycle>. A file in it appears whole: written under a temporary name, synced, renamed. Only its owner may read, or the group too.
type folder struct {
	root, cycle string
	shared      bool // readable by the group
	want        []wanted
	seen        *readBack
}

// expecting is the folder for a workbook that must say this.
func (d folder) expecting(want []wanted) folder {
	d.want = want
	return d
}

func (d folder) modes() (dir, file fs.FileMode) {
	if d.shared {
		return 0o750, 0o640
	}
	return 0o700, 0o600
}

const (
	tempPrefix = ".settle-tmp-" // and the process; what a dead one leaves is swept by the next
)

func (d folder) path(rel string) string { return filepath.Join(d.root, d.cycle, rel) }

// prepare makes the folders and removes what a killed run left. A month of which nothing was issued has no folder for it.
func (d folder) prepare(m *month) error {
	folders := []string{"", draftFolder, draftFolder + "/statements"}
	if m.batch > 0 {
		folders = append(folders, issuedFolder, issuedFolder+"/statements")
	}
	for _, rel := range folders {
		if err := d.prepareFolder(rel); err != nil {
			return err
		}
	}
	return nil
}

// prepareFolder makes a folder of the cycle and removes what a killed run left in it.
func (d folder) prepareFolder(rel string) error {
	mode, _ := d.modes()
	if err := os.MkdirAll(d.path(rel), mode); err != nil {
		return err
	}
	if err := os.Chmod(d.path(rel), mode); err != nil {
		return err
	}
	entries, err := os.ReadDir(d.path(rel))
	if err != nil {
		return err
	}
	for _, e := range entries {
		if abandoned(e.Name()) && e.Type().IsRegular() {
			if err := os.Remove(filepath.Join(d.path(rel), e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// abandoned says whether a name is of a temporary file whose process is gone: another command may be writing at the same time.
func abandoned(name string) bool {
	rest, ok := strings.CutPrefix(name, tempPrefix)
	if !ok {
		return false
	}
	process, _, _ := strings.Cut(rest, "-")
	pid, err := strconv.Atoi(process)
	return err != nil || pid != os.Getpid() && errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
}

const (
	draftFolder  = "draft"
	issuedFolder = "issued"
)

// place is the folder that a month's documents go to.
func (m *month) place() string {
	if m.batch > 0 {
		return issuedFolder
	}
	return draftFolder
}

// writeStatement writes a draft, or an issued statement, whose hash the journal may know already: then it must come out the same.
func (d folder) writeStatement(m *month, name, sha256 string, fill func(io.Writer) error) (File, error) {
	rel := filepath.Join(m.place(), "statements", name)
	if m.batch == 0 || sha256 == "" {
		return d.write(rel, fill)
	}
	have, size, err := hashFile(d.path(rel))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		f, err := d.write(rel, fill)
		if err == nil && f.SHA256 != sha256 {
			err = fmt.Errorf("%s is not the file that was issued; put that one back from a backup", d.path(rel))
			return File{}, errors.Join(err, os.Remove(d.path(rel)))
		}
		return f, err
	case err != nil:
		return File{}, err
	case have != sha256:
		return File{}, fmt.Errorf("%s was changed after it was issued; put the issued one back from a backup", d.path(rel))
	}
	return File{Path: filepath.ToSlash(filepath.Join(d.cycle, rel)), SHA256: have, Bytes: size}, nil
}

// write makes one file of what fill writes. What stands in the issued folder is never overwritten: there the same bytes are fine, and
// others are an error.
func (d folder) write(rel string, fill func(io.Writer) error) (f File, err error) {
	target := d.path(rel)
	tmp, err := os.CreateTemp(filepath.Dir(target), fmt.Sprintf("%s%d-*", tempPrefix, os.Getpid())) // mode 0600
	if err != nil {
		return File{}, err
	}
	defer func() {
		if err != nil {
			tmp.Close() // closed already where the rename failed
			err = errors.Join(err, os.Remove(tmp.Name()))
		}
	}()
	hash := sha256.New()
	count := &counter{}
	buffered := bufio.NewWriterSize(io.MultiWriter(tmp, hash, count), 1<<16)
	if err := fill(buffered); err != nil {
		return File{}, err
	}
	if err := buffered.Flush(); err != nil {
		return File{}, err
	}
	if _, mode := d.modes(); d.shared {
		if err := tmp.Chmod(mode); err != nil {
			return File{}, err
		}
	}
	if err := tmp.Sync(); err != nil {
		return File{}, err
	}
	if err := tmp.Close(); err != nil {
		return File{}, err
	}
	if d.want != nil {
		compared, err := verify(tmp.Name(), filepath.ToSlash(rel), d.want)
		if err != nil {
			return File{}, err
		}
		d.seen.done(filepath.ToSlash(rel), compared)
	}
	f = File{
		Path:   filepath.ToSlash(filepath.Join(d.cycle, rel)),
		SHA256: hex.EncodeToString(hash.Sum(nil)),
		Bytes:  count.n,
	}
	if strings.HasPrefix(rel, issuedFolder+string(filepath.Separator)) {
		have, _, err := hashFile(target)
		switch {
		case err == nil && have == f.SHA256:
			return f, os.Remove(tmp.Name())
		case err == nil:
			return File{}, fmt.Errorf("%s was issued with other contents; an issued file is never overwritten: issue a new revision, or move the file away", target)
		case !errors.Is(err, fs.ErrNotExist):
			return File{}, err
		}
	}
	return f, os.Rename(tmp.Name(), target)
}

type counter struct{ n int64 }

func (c *counter) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	return len(p), nil
}

// sweep removes the drafts of parties that no longer have a statement, and of revisions that are not the newest.
func (d folder) sweep(wanted map[string]bool) error {
	dir := d.path("draft/statements")
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !e.Type().IsRegular() || wanted[e.Name()] || !strings.Contains(e.Name(), "-"+d.cycle+"-R") || filepath.Ext(e.Name()) != ".xlsx" {
			continue
		}
		if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

type manifest struct {
	Cycle   string         `json:"cycle"`
	RunID   string         `json:"run_id"`
	MadeAt  string         `json:"made_at"`
	Version string         `json:"version"`
	Check36 manifestCheck  `json:"check_36"`
	Files   []manifestFile `json:"files"`
}

// manifestCheck is how the workbooks came out when they were read back: check 36.
type manifestCheck struct {
	Status     string   `json:"status"` // pass, or fail where a file of this run differs and was not replaced
	Mismatches []string `json:"mismatches,omitempty"`
}

type manifestFile struct {
	Path   string `json:"path"` // relative to the manifest
	SHA256 string `json:"sha256"`
	Bytes  int64  `json:"bytes"`
	Totals int    `json:"totals_compared,omitempty"` // figures of it that were read back and equal the database's
}

// manifest writes manifest.json over every workbook of the cycle: those just made, those that were issued, with the hash that the
// journal has, and those that stand there from before (other parties' drafts), which are hashed as they are.
func (d folder) manifest(m *month, o Options, made []File) error {
	known := map[string]File{}
	for _, f := range made {
		known[f.Path] = f
	}
	doc := manifest{Cycle: d.cycle, RunID: m.draft.runID, MadeAt: m.draft.madeAt.Format(time.RFC3339), Version: o.Version, Check36: manifestCheck{Status: "pass"}, Files: []manifestFile{}}
	before := d.compared()
	if d.seen != nil {
		for _, m := range d.seen.failed {
			doc.Check36.Status, doc.Check36.Mismatches = "fail", append(doc.Check36.Mismatches, m.Error())
		}
	}
	err := filepath.WalkDir(d.path(""), func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() || filepath.Ext(path) != ".xlsx" {
			return err
		}
		rel, err := filepath.Rel(d.path(""), path)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		f, ok := known[d.cycle+"/"+rel]
		if sum := o.Issued[d.cycle+"/"+rel]; sum != "" && !ok { // what was issued, whatever stands there now
			info, err := e.Info()
			if err != nil {
				return err
			}
			f, ok = File{SHA256: sum, Bytes: info.Size()}, true
		}
		if !ok {
			if f.SHA256, f.Bytes, err = hashFile(path); err != nil {
				return err
			}
		}
		totals := before[manifestFile{Path: rel, SHA256: f.SHA256}]
		if d.seen != nil && d.seen.totals[rel] > 0 {
			totals = d.seen.totals[rel]
		}
		doc.Files = append(doc.Files, manifestFile{rel, f.SHA256, f.Bytes, totals})
		return nil
	})
	if err != nil {
		return err
	}
	slices.SortFunc(doc.Files, func(a, b manifestFile) int { return strings.Compare(a.Path, b.Path) })
	_, err = d.write("manifest.json", func(w io.Writer) error {
		text, err := json.MarshalIndent(doc, "", "  ")
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(w, "%s\n", text)
		return err
	})
	return err
}

// compared is what the manifest of before says of how many figures of a file were read back, by its path and hash: what is not written again
// is not read again.
func (d folder) compared() map[manifestFile]int {
	all := map[manifestFile]int{}
	text, err := os.ReadFile(d.path("manifest.json"))
	if err != nil {
		return all
	}
	var doc manifest
	if json.Unmarshal(text, &doc) != nil {
		return all // it is written anew
	}
	for _, f := range doc.Files {
		all[manifestFile{Path: f.Path, SHA256: f.SHA256}] = f.Totals
	}
	return all
}

// keepEdited puts a workbook aside that somebody has changed since it was written, as <name>-edited-N.xlsx: what was written into it is
// not lost. aside is empty where it is as manifest.json has it, or is not there.
func (d folder) keepEdited(name string) (aside string, err error) {
	sum, _, err := hashFile(d.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	known, edited := false, true
	for f := range d.compared() {
		if f.Path == name {
			known, edited = true, f.SHA256 != sum
		}
	}
	if !known || !edited { // one that no manifest knows was left by a killed command
		return "", nil
	}
	stem := strings.TrimSuffix(name, filepath.Ext(name))
	for n := 1; ; n++ {
		aside = d.path(fmt.Sprintf("%s-edited-%d%s", stem, n, filepath.Ext(name)))
		if _, err := os.Lstat(aside); errors.Is(err, fs.ErrNotExist) {
			return aside, os.Rename(d.path(name), aside)
		} else if err != nil {
			return "", err
		}
	}
}

func hashFile(path string) (sum string, size int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	hash := sha256.New()
	if size, err = io.Copy(hash, f); err != nil {
		return "", 0, err
	}
	return hex.EncodeToString(hash.Sum(nil)), size, nil
}
