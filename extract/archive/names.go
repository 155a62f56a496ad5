package archive

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
)

const (
	pagesSuffix    = ".pages.zst"
	manifestSuffix = ".json"
	tempSuffix     = ".tmp"
	longestID      = 40 // of an id within a file name; the hash tells longer ones apart
)

var datasetName = regexp.MustCompile(`^[a-z0-9_]{1,64}$`)

// base is the path of m's two files without suffix. Ids are another party's text: nothing but letters, digits, "-" and
// "_" of them comes into a path, and the window's hash makes it unique, also where case does not count.
func (a *Archive) base(m Manifest) (string, error) {
	_, _, err := splitCycle(m.Cycle)
	var missing error
	if m.Window == "" || m.RunID == "" {
		missing = errors.New("a package needs a window and a run")
	}
	if !datasetName.MatchString(m.Dataset) {
		err = errors.Join(err, fmt.Errorf("dataset %q: want a table name", m.Dataset))
	}
	if err := errors.Join(err, missing); err != nil {
		return "", err
	}
	var parts []string
	for _, id := range []string{m.CustomerID, m.ResellerID, m.Part} {
		if id != "" {
			parts = append(parts, safe(id))
		}
	}
	h := sha256.Sum256([]byte(m.Window))
	parts = append(parts, hex.EncodeToString(h[:6]))
	return filepath.Join(a.root, m.Cycle, m.Dataset, strings.Join(parts, "_")+"."+safe(m.RunID)), nil
}

func safe(id string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' {
			return r
		}
		return '-'
	}, id[:min(len(id), longestID)])
}
