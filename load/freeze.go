package load

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// frozenTables are the tables whose rows an issue freezes: those of the models with frozen: revision or request. rows are the rows
// to keep, with their numbers; replaced says which rows of the warehouse they stand in for. issuing is the statements of the batch,
// issuing_requests its invoice requests.
var frozenTables = []struct{ table, rows, replaced string }{
	{"settlement.lines", `select t.* from settlement.lines as t
inner join issuing as i on t.cycle = i.cycle and t.party_id = i.party_id and t.revision = i.revision order by t.party_id, t.line_id`, ofParties},
	{"settlement.statement_lines", `select t.* from settlement.statement_lines as t
inner join issuing as i on t.cycle = i.cycle and t.party_id = i.party_id and t.revision = i.revision order by t.party_id, t.line_no`, ofParties},
	{"settlement.statements", `select t.* replace (i.statement_no as statement_no, 'issued' as status) from settlement.statements as t
inner join issuing as i on t.cycle = i.cycle and t.party_id = i.party_id and t.revision = i.revision order by t.party_id`, ofParties},
	{"settlement.invoice_requests", `select t.* replace (i.request_no as request_no, 'requested' as status) from settlement.invoice_requests as t
inner join issuing_requests as i on t.cycle = i.cycle and t.party_id = i.party_id and t.revision = i.revision and t.request_no = i.draft_no order by i.request_no`, ofRequests},
	{"settlement.invoice_lines", `select t.* replace (i.request_no as request_no) from settlement.invoice_lines as t
inner join issuing_requests as i on t.cycle = i.cycle and t.party_id = i.party_id and t.revision = i.revision and t.request_no = i.draft_no order by i.request_no, t.line_no`, ofRequests},
}

const (
	ofParties  = ` as t where exists (select 1 from issuing as i where t.cycle = i.cycle and t.party_id = i.party_id and t.revision = i.revision)`
	ofRequests = ` as t where exists (select 1 from issuing_requests as i where t.cycle = i.cycle and t.party_id = i.party_id and t.revision = i.revision
  and (t.request_no = i.draft_no or t.request_no = i.request_no))`
)

// Freeze writes the rows of a batch, with their numbers, to Parquet files beside the journal: from packages, journal and these
// files alone comes the same warehouse. Files of a batch that was never recorded are put aside. The rows in the warehouse stay
// as they are until RestoreIssued.
func (tx *Tx) Freeze(ctx context.Context, journal *Journal, r IssueRecord) ([]FrozenFile, error) {
	wrap := func(err error) ([]FrozenFile, error) {
		return nil, fmt.Errorf("freeze batch %d of %s: %w; make %s writable and its disk large enough", r.Batch, r.Cycle, err, journal.dir)
	}
	if err := tx.issuing(ctx, r); err != nil {
		return wrap(err)
	}
	below := filepath.Join("issued", fmt.Sprintf("%s-B%d", r.Cycle, r.Batch))
	dir := filepath.Join(journal.dir, below)
	// What stands there was never recorded, or the journal is older than it: it is put aside, never deleted.
	if _, err := os.Stat(dir); err == nil {
		if err := os.Rename(dir, fmt.Sprintf("%s.aside-%d", dir, r.At.Unix())); err != nil {
			return wrap(err)
		}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return wrap(err)
	}
	var all []FrozenFile
	for _, t := range frozenTables {
		f := FrozenFile{Table: t.table, Path: filepath.ToSlash(filepath.Join(below, strings.TrimPrefix(t.table, "settlement.")+".parquet"))}
		path := filepath.Join(journal.dir, f.Path)
		if _, err := tx.ExecContext(ctx, "copy ("+t.rows+") to "+quote(path)+" (format parquet, compression zstd)"); err != nil {
			return wrap(err)
		}
		if err := syncOwned(path); err != nil {
			return wrap(err)
		}
		var err error
		if f.SHA256, err = HashFile(path); err != nil {
			return wrap(err)
		}
		all = append(all, f)
	}
	for _, d := range []string{dir, filepath.Dir(dir), journal.dir} {
		if err := syncDir(d); err != nil {
			return wrap(err)
		}
	}
	return all, nil
}

// RestoreIssued puts the frozen rows of a batch into the warehouse, in place of what it has of them.
func (tx *Tx) RestoreIssued(ctx context.Context, journal *Journal, r IssueRecord) error {
	if err := tx.issuing(ctx, r); err != nil {
		return fmt.Errorf("batch %d of %s: %w", r.Batch, r.Cycle, err)
	}
	files := map[string]FrozenFile{}
	for _, f := range r.Frozen {
		files[f.Table] = f
	}
	for _, t := range frozenTables {
		f, ok := files[t.table]
		path := filepath.Join(journal.dir, filepath.FromSlash(f.Path))
		if !ok || !filepath.IsLocal(f.Path) {
			return fmt.Errorf("batch %d of %s: the journal names no file of %s; it was issued by another version of settle: use that one", r.Batch, r.Cycle, t.table)
		}
		sum, err := HashFile(path)
		if err == nil && sum != f.SHA256 {
			err = fmt.Errorf("its content is not what was issued")
		}
		if err != nil {
			return fmt.Errorf("issued rows %s: %w; restore the file from your backup", path, err)
		}
		for _, query := range []string{"delete from " + t.table + t.replaced, "insert into " + t.table + " by name select * from read_parquet(" + quote(path) + ")"} {
			if _, err := tx.ExecContext(ctx, query); err != nil {
				return fmt.Errorf("issued rows %s: %w; they were issued by another version of settle: use that one, or report it", path, err)
			}
		}
	}
	if _, err := tx.ExecContext(ctx, fmt.Sprintf("insert into ops.restored values (%s, %d)", quote(r.Cycle), r.Batch)); err != nil {
		return fmt.Errorf("batch %d of %s: %w", r.Batch, r.Cycle, err)
	}
	return nil
}

// issuing fills the two small tables that say what a batch is about.
func (tx *Tx) issuing(ctx context.Context, r IssueRecord) error {
	for _, query := range []string{
		"create or replace temp table issuing (cycle varchar, party_id varchar, revision integer, statement_no varchar)",
		"create or replace temp table issuing_requests (cycle varchar, party_id varchar, revision integer, draft_no varchar, request_no varchar)",
	} {
		if _, err := tx.ExecContext(ctx, query); err != nil {
			return err
		}
	}
	insert := func(table string, rows []string) error {
		if len(rows) == 0 {
			return nil
		}
		_, err := tx.ExecContext(ctx, "insert into "+table+" values "+strings.Join(rows, ", "))
		return err
	}
	var statements, requests []string
	for _, s := range r.Statements {
		statements = append(statements, fmt.Sprintf("(%s, %s, %d, %s)", quote(r.Cycle), quote(s.PartyID), s.Revision, quote(s.No)))
	}
	for _, q := range r.Requests {
		requests = append(requests, fmt.Sprintf("(%s, %s, %d, %s, %s)", quote(r.Cycle), quote(q.PartyID), q.Revision, quote(q.Draft), quote(q.No)))
	}
	if err := insert("issuing", statements); err != nil {
		return err
	}
	return insert("issuing_requests", requests)
}

// syncOwned makes a file that the database wrote the owner's own and brings it to the disk.
func syncOwned(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	err = f.Chmod(0o600)
	if err == nil {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return err
}

// HashFile is the SHA-256 of a file, in hexadecimal digits.
func HashFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
