package load

import (
	"encoding/json"
	"fmt"
	"time"
)

// How a month is issued, and restated: the journal is the truth about states, tables follow it.
//
//   - Issue numbers a party's draft, copies its rows to Parquet files beside the journal (Freeze) and records both; from then on
//     that revision stands.
//   - A run of a month that stands prices it again, as the revision after it, with the workbook by which it was issued (Compare).
//     Model 450 notes the lines that differ; Settle drops what was computed, so the frozen lines are all that is left.
//   - Model 345 books what 450 notes, less what months that stand have booked before, in the party's next month that does not.
//   - Reopening lifts the stand: the revision after the issued one is kept as the draft, 345 books nothing for it, and issuing it
//     comes with a credit note.
//   - A warehouse that is behind the journal (a command was killed) is brought up by the next command; one that is gone takes the
//     frozen rows back (RestoreIssued).

// The states that somebody brings a party's month to; what comes before (open, parked, prelim, final) is the result of runs.
const (
	StateIssued    = "issued"
	StateConfirmed = "confirmed"
	StateDisputed  = "disputed"
	StateLocked    = "locked"
	StateReopened  = "reopened" // its next revision is in work
)

// IssueRecord is one batch of documents that got their numbers and were frozen. Their rows are in Frozen, beside the journal.
type IssueRecord struct {
	Cycle       string            `json:"cycle"`
	Batch       int               `json:"batch"` // of the cycle, from 1
	RunID       string            `json:"run_id"`
	PricingHash string            `json:"pricing_hash"` // of the workbook that priced them
	At          time.Time         `json:"at"`
	By          string            `json:"by"`
	Reason      string            `json:"reason,omitempty"`
	Statements  []IssuedStatement `json:"statements,omitempty"`
	Requests    []IssuedRequest   `json:"requests,omitempty"`
	InvoicesNo  IssuedDocument    `json:"invoices"` // the workbook of invoice requests; empty where the batch has none
	Frozen      []FrozenFile      `json:"frozen"`
	Files       []DocumentFile    `json:"-"` // of a later record: nil until the workbooks are written
}

// IssuedDocument is a number and its place in the one series of all documents of the partner.
type IssuedDocument struct {
	No     string `json:"no"`
	Serial int64  `json:"serial"`
}

// IssuedStatement is a party's statement, and from revision 1 the credit note over the revision before.
type IssuedStatement struct {
	IssuedDocument
	PartyID    string          `json:"party_id"`
	Revision   int             `json:"revision"`
	CreditNote *IssuedDocument `json:"credit_note,omitempty"`
	Reason     string          `json:"reason,omitempty"` // of a later revision: why its month was reopened
	ExclTax    string          `json:"amount_excl_tax"`
	Tax        string          `json:"tax_amount"`
	InclTax    string          `json:"amount_incl_tax"`
}

// IssuedRequest is an invoice request; Draft is the number that it had before.
type IssuedRequest struct {
	No       string `json:"no"`
	Draft    string `json:"draft"`
	PartyID  string `json:"party_id"`
	Revision int    `json:"revision"`
	TaxRate  string `json:"tax_rate"`
	SplitKey string `json:"split_key,omitempty"`
}

// FrozenFile holds the issued rows of a table, as Parquet.
type FrozenFile struct {
	Table  string `json:"table"`
	Path   string `json:"path"` // below the journal folder
	SHA256 string `json:"sha256"`
}

// DocumentFile is the workbook of an issued document.
type DocumentFile struct {
	DocumentNo string `json:"document_no"`
	Path       string `json:"path"` // below the reports folder
	SHA256     string `json:"sha256"`
}

type documentsRecord struct {
	Cycle string         `json:"cycle"`
	Batch int            `json:"batch"`
	Files []DocumentFile `json:"files"`
}

// TransitionRecord is a change of state of one or more parties' months.
type TransitionRecord struct {
	Cycle   string       `json:"cycle"`
	State   string       `json:"state"`
	RunID   string       `json:"run_id"`
	At      time.Time    `json:"at"`
	By      string       `json:"by"`
	Reason  string       `json:"reason,omitempty"`
	Parties []PartyState `json:"parties"`
}

// PartyState is a party and the revision that a transition is about.
type PartyState struct {
	PartyID  string `json:"party_id"`
	Revision int    `json:"revision"`
	Reason   string `json:"reason,omitempty"` // where it differs from the record's
}

// takeState reads the records of documents and states. An issue is a transition of its parties, too.
func (j *Journal) takeState(kind string, data json.RawMessage) error {
	switch kind {
	case kindIssue:
		var r IssueRecord
		if err := json.Unmarshal(data, &r); err != nil {
			return err
		}
		j.Issues = append(j.Issues, r)
		move := TransitionRecord{Cycle: r.Cycle, State: StateIssued, RunID: r.RunID, At: r.At, By: r.By, Reason: r.Reason}
		for _, s := range r.Statements {
			move.Parties = append(move.Parties, PartyState{PartyID: s.PartyID, Revision: s.Revision})
		}
		if move.Parties != nil {
			j.Moves = append(j.Moves, move)
		}
	case kindDocuments:
		var r documentsRecord
		if err := json.Unmarshal(data, &r); err != nil {
			return err
		}
		for i := range j.Issues {
			if j.Issues[i].Cycle == r.Cycle && j.Issues[i].Batch == r.Batch {
				j.Issues[i].Files = r.Files
			}
		}
	case kindTransition:
		var r TransitionRecord
		if err := json.Unmarshal(data, &r); err != nil {
			return err
		}
		j.Moves = append(j.Moves, r)
	}
	return nil
}

// Issue records a batch; from here on its documents never change.
func (j *Journal) Issue(r IssueRecord) error { return j.append(kindIssue, r) }

// RecordFiles records the workbooks of a batch.
func (j *Journal) RecordFiles(cycle string, batch int, files []DocumentFile) error {
	return j.append(kindDocuments, documentsRecord{cycle, batch, files})
}

// Move records a change of state.
func (j *Journal) Move(r TransitionRecord) error { return j.append(kindTransition, r) }

// NextBatch is the number of a cycle's next issue.
func (j *Journal) NextBatch(cycle string) int {
	n := 1
	for _, r := range j.Issues {
		if r.Cycle == cycle {
			n++
		}
	}
	return n
}

// NextSerial is the place of the next document in the partner's one series, which has no gaps.
func (j *Journal) NextSerial() int64 {
	n := int64(1)
	for _, r := range j.Issues {
		if r.InvoicesNo.No != "" {
			n++
		}
		for _, s := range r.Statements {
			n++
			if s.CreditNote != nil {
				n++
			}
		}
	}
	return n
}

// Revision is how a party's month stands in the journal.
type Revision struct {
	Cycle, PartyID string
	Issued         int // newest issued revision; -1 where there is none
	Closed         bool
	State          string // of the last transition
	Since          time.Time
	By, Reason     string
	PricingHash    string // of the workbook that priced the issued revision
}

// Working is the revision that runs compute.
func (r Revision) Working() int { return r.Issued + 1 }

// Revisions are the months of parties that were ever issued, by cycle and party.
func (j *Journal) Revisions() []Revision {
	at := map[[2]string]int{}
	var all []Revision
	for _, m := range j.Moves {
		for _, p := range m.Parties {
			key := [2]string{m.Cycle, p.PartyID}
			i, known := at[key]
			if !known {
				i = len(all)
				at[key] = i
				all = append(all, Revision{Cycle: m.Cycle, PartyID: p.PartyID, Issued: -1})
			}
			r := &all[i]
			r.State, r.Since, r.By, r.Reason = m.State, m.At, m.By, m.Reason
			if p.Reason != "" {
				r.Reason = p.Reason
			}
			if m.State == StateIssued {
				r.Issued = p.Revision
			}
			r.Closed = m.State != StateReopened
		}
	}
	for _, issue := range j.Issues {
		for _, s := range issue.Statements {
			if r := &all[at[[2]string{issue.Cycle, s.PartyID}]]; r.Issued == s.Revision {
				r.PricingHash = issue.PricingHash
			}
		}
	}
	return all
}

// RevisionsOf are the parties that were ever issued in a cycle, by party.
func (j *Journal) RevisionsOf(cycle string) map[string]Revision {
	of := map[string]Revision{}
	for _, r := range j.Revisions() {
		if r.Cycle == cycle {
			of[r.PartyID] = r
		}
	}
	return of
}

// LastSettled is the latest run that settled a cycle, from the network or from packages.
func (j *Journal) LastSettled(cycle string) (RunRecord, bool) {
	for i := len(j.Runs) - 1; i >= 0; i-- {
		if r := j.Runs[i]; r.Cycle == cycle && (r.Mode == "prelim" || r.Mode == "final") && (r.Outcome == "done" || r.Outcome == "findings") {
			return r, true
		}
	}
	return j.LastRun(cycle)
}

// StatementNo is the number of a party's statement.
func StatementNo(shortCode, cycle, currency string, revision int) string {
	return documentNo("ST", shortCode, cycle, currency, revision)
}

// CreditNoteNo is the number of the credit note that takes back the revision before this one.
func CreditNoteNo(shortCode, cycle, currency string, revision int) string {
	return documentNo("CN", shortCode, cycle, currency, revision)
}

func documentNo(kind, shortCode, cycle, currency string, revision int) string {
	return fmt.Sprintf("%s-%s-%s-%s-R%d", kind, shortCode, compact(cycle), currency, revision)
}

// RequestNo is the number of the nth invoice request of a party's revision.
func RequestNo(shortCode, cycle string, revision, n int) string {
	return fmt.Sprintf("IR-%s-%s-R%d-%d", shortCode, compact(cycle), revision, n)
}

// InvoicesNo is the number of a batch of invoice requests.
func InvoicesNo(cycle string, batch int) string {
	return fmt.Sprintf("IV-%s-B%d", compact(cycle), batch)
}

// compact is a cycle in a document number: 202610.
func compact(cycle string) string {
	if len(cycle) == len("2006-01") {
		return cycle[:4] + cycle[5:]
	}
	return cycle
}
