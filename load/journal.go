package load

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Journal is data/journal: what no pull can bring back. Its file is append-only, one JSON record a line, each line
// carrying the hash of the line before, so that a changed or missing record is found. One writer holds data/lock;
// anybody may read.
type Journal struct {
	Runs      []RunRecord
	Pricing   []PricingRecord
	Drafts    []DraftRecord
	FirstSeen map[string]time.Time     // finding id → when it was first reported
	Found     map[string]FindingRecord // finding id → what it was when it was found, while the newest settling of its cycle finds it
	Closed    map[string]ClosedFinding // finding id → when it was not found any more, until it comes back
	Resolved  []ResolutionRecord
	Issues    []IssueRecord
	Moves     []TransitionRecord
	Imports   []ImportRecord

	dir  string
	seq  int64
	prev string
	sums []string // of the lines
	size int64    // of the whole lines
}

// RunRecord is one run of the job.
type RunRecord struct {
	RunID     string    `json:"run_id"`
	Cycle     string    `json:"cycle"`
	Mode      string    `json:"mode"` // prelim | final; of a command that changes states, its name
	Offline   bool      `json:"offline,omitempty"`
	Version   string    `json:"version,omitempty"`
	Customers []string  `json:"customers,omitempty"` // the run was for these alone
	Source    string    `json:"source,omitempty"`    // hash of endpoint, access key and language
	Started   time.Time `json:"started"`
	Finished  time.Time `json:"finished"`
	// Outcome is "" while the run goes on or was killed; done, findings, failed or interrupted.
	Outcome string `json:"outcome"`
	Error   string `json:"error,omitempty"`
}

// PricingRecord is a pricing workbook as a run used it; the file is archived beside the journal by its hash.
type PricingRecord struct {
	Hash     string    `json:"hash"`
	FileName string    `json:"file_name"`
	Cycle    string    `json:"cycle"`
	RunID    string    `json:"run_id"`
	At       time.Time `json:"at"`
}

// DraftRecord fixes what the workbooks of a cycle print of run and time: the first run that had this state of the data.
type DraftRecord struct {
	Cycle    string    `json:"cycle"`
	StateKey string    `json:"state_key"`
	RunID    string    `json:"run_id"`
	MadeAt   time.Time `json:"made_at"`
}

// ResolutionRecord is a finding that somebody accepted.
type ResolutionRecord struct {
	FindingID string    `json:"finding_id"`
	Cycle     string    `json:"cycle"`
	Reason    string    `json:"reason"`
	By        string    `json:"by"`
	At        time.Time `json:"at"`
	// Says is the digest of what the finding said when it was accepted: when it says something else it is open again. nil in records of older
	// journals, which hold whatever the finding says.
	Says *string `json:"says,omitempty"`
}

// FindingRecord is what the journal keeps of a finding, so that it can be told once it is gone.
type FindingRecord struct {
	ID         string `json:"id"`
	CheckID    string `json:"check_id"`
	Severity   string `json:"severity"`
	Cycle      string `json:"cycle"`
	PartyID    string `json:"party_id,omitempty"`
	CustomerID string `json:"customer_id,omitempty"`
	Subject    string `json:"subject"`
	Difference string `json:"difference,omitempty"` // decimal text
}

// ClosedFinding is a finding that a run did not find any more.
type ClosedFinding struct {
	FindingRecord
	RunID string
	At    time.Time
}

type seenRecord struct {
	IDs      []string        `json:"ids,omitempty"` // of journals before findings were kept
	Findings []FindingRecord `json:"findings,omitempty"`
	At       time.Time       `json:"at"`
}

type closedRecord struct {
	IDs   []string  `json:"ids"`
	RunID string    `json:"run_id"`
	At    time.Time `json:"at"`
}

// line is one line of the file.
type line struct {
	Seq  int64           `json:"seq"`
	Kind string          `json:"kind"`
	Prev string          `json:"prev"`
	Data json.RawMessage `json:"data"`
}

// The kinds of records.
const (
	kindRunStarted  = "run_started"
	kindRunFinished = "run_finished"
	kindPricing     = "pricing"
	kindDraft       = "draft"
	kindSeen        = "findings_seen"
	kindClosed      = "findings_closed"
	kindResolution  = "resolution"
	kindIssue       = "issue"
	kindDocuments   = "documents"
	kindTransition  = "transition"
	kindImport      = "import"
)

const journalFile = "journal.ndjson"

// ReadJournal reads the journal of a data folder; where there is none it is empty. A last line that a killed run left half
// written is passed over; a broken chain is an error.
func ReadJournal(dataDir string) (*Journal, error) {
	j := &Journal{dir: filepath.Join(dataDir, "journal"), FirstSeen: map[string]time.Time{}, Found: map[string]FindingRecord{}, Closed: map[string]ClosedFinding{}}
	path := filepath.Join(j.dir, journalFile)
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return j, nil
	}
	if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	defer func() { _ = f.Close() }()
	for r := bufio.NewReader(f); ; {
		text, err := r.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return j, nil
		}
		if err != nil {
			return nil, fmt.Errorf("journal: %w", err)
		}
		if err := j.take(bytes.TrimSuffix(text, []byte("\n"))); err != nil {
			return nil, fmt.Errorf("journal %s, line %d: %w; restore the file from your backup: it must never be edited", path, j.seq+1, err)
		}
		j.size += int64(len(text))
	}
}

func (j *Journal) take(text []byte) error {
	var l line
	if err := json.Unmarshal(text, &l); err != nil {
		return err
	}
	if l.Seq != j.seq+1 || l.Prev != j.prev {
		return errors.New("the chain of hashes is broken")
	}
	sum := sha256.Sum256(text)
	j.seq, j.prev = l.Seq, hex.EncodeToString(sum[:])
	j.sums = append(j.sums, j.prev)
	switch l.Kind {
	case kindRunStarted:
		var r RunRecord
		if err := json.Unmarshal(l.Data, &r); err != nil {
			return err
		}
		j.Runs = append(j.Runs, r)
	case kindRunFinished:
		var r RunRecord
		if err := json.Unmarshal(l.Data, &r); err != nil {
			return err
		}
		for i := range j.Runs {
			if j.Runs[i].RunID == r.RunID {
				j.Runs[i] = r
			}
		}
	case kindPricing:
		var r PricingRecord
		if err := json.Unmarshal(l.Data, &r); err != nil {
			return err
		}
		j.Pricing = append(j.Pricing, r)
	case kindDraft:
		var r DraftRecord
		if err := json.Unmarshal(l.Data, &r); err != nil {
			return err
		}
		j.Drafts = append(j.Drafts, r)
	case kindSeen:
		var r seenRecord
		if err := json.Unmarshal(l.Data, &r); err != nil {
			return err
		}
		for _, f := range r.Findings {
			r.IDs = append(r.IDs, f.ID)
			j.Found[f.ID] = f
			delete(j.Closed, f.ID)
		}
		for _, id := range r.IDs {
			if _, known := j.FirstSeen[id]; !known {
				j.FirstSeen[id] = r.At
			}
		}
	case kindClosed:
		var r closedRecord
		if err := json.Unmarshal(l.Data, &r); err != nil {
			return err
		}
		for _, id := range r.IDs {
			j.Closed[id] = ClosedFinding{j.Found[id], r.RunID, r.At}
			delete(j.Found, id)
		}
	case kindResolution:
		var r ResolutionRecord
		if err := json.Unmarshal(l.Data, &r); err != nil {
			return err
		}
		j.Resolved = append(j.Resolved, r)
	case kindImport:
		return j.takeImport(l.Data)
	case kindIssue, kindDocuments, kindTransition:
		return j.takeState(l.Kind, l.Data)
	default:
		return fmt.Errorf("record kind %q is of a newer settle; use that version", l.Kind)
	}
	return nil
}

// append writes one record and syncs it. A torn last line of a killed run is cut off first.
func (j *Journal) append(kind string, data any) error {
	raw, err := json.Marshal(data)
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	text, err := json.Marshal(line{j.seq + 1, kind, j.prev, raw})
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	if err := os.MkdirAll(j.dir, 0o700); err != nil {
		return fmt.Errorf("journal: %w; make the folder writable", err)
	}
	f, err := os.OpenFile(filepath.Join(j.dir, journalFile), os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("journal: %w; make the folder writable", err)
	}
	err = f.Truncate(j.size)
	if err == nil {
		_, err = f.WriteAt(append(text, '\n'), j.size)
	}
	if err == nil {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err == nil && j.seq == 0 {
		err = syncDir(j.dir)
	}
	if err != nil {
		return fmt.Errorf("journal: %w; free space on its disk and run again", err)
	}
	j.size += int64(len(text)) + 1
	return j.take(text)
}

// Head is the number of the last record and the hash of its line.
func (j *Journal) Head() (seq int64, sum string) { return j.seq, j.prev }

// Has says whether the journal holds the record that was its head once: one that was cut back or restored from an older copy does not.
func (j *Journal) Has(seq int64, sum string) bool {
	return seq == 0 || seq <= int64(len(j.sums)) && j.sums[seq-1] == sum
}

// Unfinished is the latest run, if it was killed or interrupted while it worked on the same cycle from the network: the run
// that this one carries on.
func (j *Journal) Unfinished(cycle string, offline bool) (RunRecord, bool) {
	for i := len(j.Runs) - 1; i >= 0; i-- {
		if r := j.Runs[i]; r.Cycle == cycle && r.Offline == offline {
			return r, r.Outcome == "" || r.Outcome == "interrupted" || r.Outcome == "failed"
		}
	}
	return RunRecord{}, false
}

// LastRun is the latest run of a cycle from the network.
func (j *Journal) LastRun(cycle string) (RunRecord, bool) {
	for i := len(j.Runs) - 1; i >= 0; i-- {
		if j.Runs[i].Cycle == cycle && !j.Runs[i].Offline {
			return j.Runs[i], true
		}
	}
	return RunRecord{}, false
}

// Settled says whether any run came as far as settling a cycle.
func (j *Journal) Settled(cycle string) bool {
	return slices.ContainsFunc(j.Drafts, func(d DraftRecord) bool { return d.Cycle == cycle })
}

// Cycles are the cycles that any run worked on, oldest first.
func (j *Journal) Cycles() (all []string) {
	for _, r := range j.Runs {
		if i, found := slices.BinarySearch(all, r.Cycle); !found {
			all = slices.Insert(all, i, r.Cycle)
		}
	}
	return all
}

// Start records that a run begins and gives it its id: a number that grows, then the time. r.Started is the clock's.
func (j *Journal) Start(r RunRecord) (RunRecord, error) {
	r.RunID = fmt.Sprintf("%06d-%s", len(j.Runs)+1, r.Started.UTC().Format("20060102T150405Z"))
	return r, j.append(kindRunStarted, r)
}

// Finish records how a run ended.
func (j *Journal) Finish(r RunRecord) error { return j.append(kindRunFinished, r) }

// ArchivePricing keeps a pricing workbook by its hash; which cycles it priced is for PricedBy to say.
func (j *Journal) ArchivePricing(hash string, content []byte) error {
	path := j.PricingPath(hash)
	if there, err := os.ReadFile(path); err != nil || !bytes.Equal(there, content) {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return fmt.Errorf("journal: %w", err)
		}
		if err := writeFile(path, content); err != nil {
			return fmt.Errorf("journal: archive the pricing workbook: %w", err)
		}
	}
	return nil
}

// PricedBy records that a cycle is being settled with an archived workbook; the one that settled it last is not recorded again.
func (j *Journal) PricedBy(r PricingRecord) error {
	if last, ok := j.PricingOf(r.Cycle); ok && last.Hash == r.Hash {
		return nil
	}
	return j.append(kindPricing, r)
}

// PricingOf is the workbook that a cycle was last settled with, as far as the journal knows.
func (j *Journal) PricingOf(cycle string) (PricingRecord, bool) {
	for i := len(j.Pricing) - 1; i >= 0; i-- {
		if j.Pricing[i].Cycle == cycle {
			return j.Pricing[i], true
		}
	}
	return PricingRecord{}, false
}

// PricingPath is where a workbook is archived.
func (j *Journal) PricingPath(hash string) string {
	return filepath.Join(j.dir, "pricing", filepath.Base(hash)+".xlsx")
}

// Draft returns what the workbooks of a cycle in a state print of run and time, recording it the first time.
func (j *Journal) Draft(r DraftRecord) (DraftRecord, error) {
	for i := len(j.Drafts) - 1; i >= 0; i-- {
		if j.Drafts[i].Cycle == r.Cycle {
			if j.Drafts[i].StateKey == r.StateKey {
				return j.Drafts[i], nil
			}
			break
		}
	}
	return r, j.append(kindDraft, r)
}

// Seen records what a run found in a cycle: findings that no earlier run reported, or that come back, and those that are closed because
// this run looked for them and did not find them any more; looked says of a finding that is not there whether it did, nil always.
func (j *Journal) Seen(cycle string, found []FindingRecord, looked func(FindingRecord) bool, runID string, at time.Time) error {
	var fresh []FindingRecord
	now := map[string]bool{}
	for _, f := range found {
		now[f.ID] = true
		if known, ok := j.Found[f.ID]; !ok || known != f {
			fresh = append(fresh, f)
		}
	}
	var gone []string
	for id, f := range j.Found {
		if f.Cycle == cycle && !now[id] && (looked == nil || looked(f)) {
			gone = append(gone, id)
		}
	}
	if fresh != nil {
		if err := j.append(kindSeen, seenRecord{Findings: fresh, At: at}); err != nil {
			return err
		}
	}
	if gone == nil {
		return nil
	}
	slices.Sort(gone)
	return j.append(kindClosed, closedRecord{gone, runID, at})
}

// Resolve records that a finding is accepted; the next run sees it.
func (j *Journal) Resolve(r ResolutionRecord) error { return j.append(kindResolution, r) }

func writeFile(path string, content []byte) error {
	tmp := path + ".tmp"
	f, err := os.OpenFile(tmp, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(tmp, path)
	}
	if err == nil {
		err = syncDir(filepath.Dir(path))
	}
	return err
}
