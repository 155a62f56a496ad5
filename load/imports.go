package load

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// ImportRecord is a file that the operator imported for a cycle: what it was, and how its columns were read. The file itself is archived
// beside the journal by its hash, its rows are a package of the run.
type ImportRecord struct {
	Dataset  string            `json:"dataset"`
	Cycle    string            `json:"cycle"`
	FileName string            `json:"file_name"` // without folder
	Hash     string            `json:"hash"`      // SHA-256 of the file
	Content  string            `json:"content"`   // of the package: what the rows say
	Columns  map[string]string `json:"columns"`   // our name of a column → its header in the file
	Rows     int               `json:"rows"`
	Amount   string            `json:"amount"` // sum of the rows, a decimal text
	RunID    string            `json:"run_id"`
	By       string            `json:"by"`
	At       time.Time         `json:"at"`
}

func (j *Journal) takeImport(data []byte) error {
	var r ImportRecord
	if err := json.Unmarshal(data, &r); err != nil {
		return err
	}
	j.Imports = append(j.Imports, r)
	return nil
}

// ImportsDir is the folder of the imported files.
func (j *Journal) ImportsDir() string { return filepath.Join(j.dir, "imports") }

// ArchiveImport keeps an imported file by its hash; extension is its own, with the dot.
func (j *Journal) ArchiveImport(hash, extension string, content []byte) error {
	path := filepath.Join(j.ImportsDir(), filepath.Base(hash)+filepath.Base(extension))
	if there, err := os.ReadFile(path); err == nil && bytes.Equal(there, content) {
		return nil
	}
	if err := os.MkdirAll(j.ImportsDir(), 0o700); err != nil {
		return fmt.Errorf("journal: %w; make the folder writable", err)
	}
	if err := writeFile(path, content); err != nil {
		return fmt.Errorf("journal: archive the imported file: %w; free space on its disk and import again", err)
	}
	return nil
}

// Imported records an import.
func (j *Journal) Imported(r ImportRecord) error { return j.append(kindImport, r) }

// LastImport is the newest import of a dataset for a cycle.
func (j *Journal) LastImport(dataset, cycle string) (ImportRecord, bool) {
	for i := len(j.Imports) - 1; i >= 0; i-- {
		if r := j.Imports[i]; r.Dataset == dataset && r.Cycle == cycle {
			return r, true
		}
	}
	return ImportRecord{}, false
}
