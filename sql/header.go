package sqlfiles

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// header is the comment lines that a file opens with: the words, and the "key: value" lines among them.
type header struct {
	words  []string
	values map[string]string
}

// keys of the header lines; "column name" is a key too. Any other line belongs to the words.
var keys = map[string]bool{"build": true, "frozen": true, "title": true, "severity": true, "phase": true, "needs": true, "owner": true, "code": true, "action": true}

// splitHeader parts a text into its header and its SELECT.
func splitHeader(text string) (header, string, error) {
	h := header{values: map[string]string{}}
	for {
		line, rest, more := strings.Cut(text, "\n")
		words, ok := strings.CutPrefix(strings.TrimRight(line, "\r"), "--")
		if !ok {
			break
		}
		text = rest
		words = strings.TrimSpace(words)
		key, value, ok := strings.Cut(words, ": ")
		if ok && (keys[key] || isColumnKey(key)) {
			if _, again := h.values[key]; again {
				return header{}, "", fmt.Errorf("header: %q is said twice", key)
			}
			h.values[key] = strings.TrimSpace(value)
		} else if words != "" {
			h.words = append(h.words, words)
		}
		if !more {
			break
		}
	}
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return header{}, "", errors.New("no SELECT after the header")
	case strings.HasSuffix(text, ";"):
		return header{}, "", errors.New("the SELECT ends with a semicolon; the runner puts it inside another statement")
	}
	return h, text, nil
}

func isColumnKey(key string) bool {
	name, ok := strings.CutPrefix(key, "column ")
	return ok && isName(name)
}

// isName says whether s can stand in SQL as it is; names from headers go into statements.
func isName(s string) bool {
	if s == "" || s[0] >= '0' && s[0] <= '9' {
		return false
	}
	for _, c := range []byte(s) {
		if c != '_' && (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// splitName parts "310_settlement.lines.sql" into its number and the rest.
func splitName(name string) (number, rest string, err error) {
	base, ok := strings.CutSuffix(name, ".sql")
	if !ok {
		return "", "", errors.New("the file name does not end in .sql")
	}
	number, rest, ok = strings.Cut(base, "_")
	if !ok || number == "" || strings.Trim(number, "0123456789") != "" {
		return "", "", errors.New("the file name does not begin with digits and an underscore")
	}
	return number, rest, nil
}

// parseModel reads "NNN_schema.name.sql". Its header opens with the object's name and a colon; "build: into s.t" names the
// table that the rows go to.
func parseModel(name, text string) (File, error) {
	number, rest, err := splitName(name)
	if err != nil {
		return File{}, err
	}
	h, query, err := splitHeader(text)
	if err != nil {
		return File{}, err
	}
	first, comment, ok := strings.Cut(strings.Join(h.words, " "), ": ")
	if !ok || first != rest || comment == "" {
		return File{}, fmt.Errorf("header: must open with %q and what a row is", rest+":")
	}
	f := File{Number: number, Comment: comment, SQL: query, Columns: map[string]string{}}
	object := rest
	f.Build, object, err = parseBuild(h.values["build"], object)
	if err != nil {
		return File{}, err
	}
	switch f.Frozen = h.values["frozen"]; {
	case f.Frozen == "":
	case f.Build != BuildCycle:
		return File{}, errors.New("header: frozen: only a table with build: cycle keeps rows")
	case f.Frozen != FrozenRevision && f.Frozen != FrozenRequest && f.Frozen != FrozenPricing:
		return File{}, fmt.Errorf("header: frozen: %q is none of revision, request, pricing", f.Frozen)
	}
	f.Schema, f.Name, ok = strings.Cut(object, ".")
	if !ok || !isName(f.Schema) || !isName(f.Name) {
		return File{}, fmt.Errorf("%q is not schema.name", object)
	}
	for key, value := range h.values {
		if column, ok := strings.CutPrefix(key, "column "); ok {
			f.Columns[column] = value
		}
	}
	return f, nil
}

func parseBuild(value, object string) (build, target string, err error) {
	switch value {
	case BuildCycle, BuildWhole, BuildView:
		return value, object, nil
	}
	if target, ok := strings.CutPrefix(value, BuildInto+" "); ok {
		return BuildInto, target, nil
	}
	return "", "", fmt.Errorf("header: build: %q is none of cycle, whole, view, into schema.name", value)
}

// parseCheck reads "NN_name.sql".
func parseCheck(name, text string) (File, error) {
	number, rest, err := splitName(name)
	if err != nil {
		return File{}, err
	}
	if len(number) != 2 || !isName(rest) {
		return File{}, errors.New("the file name is not two digits, an underscore and a name")
	}
	h, query, err := splitHeader(text)
	if err != nil {
		return File{}, err
	}
	f := File{Number: number, Name: rest, Comment: strings.Join(h.words, " "), SQL: query,
		Title: h.values["title"], Severity: h.values["severity"], Phase: h.values["phase"],
		Owner: h.values["owner"], Code: h.values["code"], Action: h.values["action"]}
	if f.Title == "" {
		return File{}, errors.New("header: no title")
	}
	if f.Severity != "B" && f.Severity != "W" && f.Severity != "I" {
		return File{}, fmt.Errorf("header: severity: %q is none of B, W, I", f.Severity)
	}
	if f.Phase != PhaseLines && f.Phase != PhaseDocuments && f.Phase != PhaseWorkbooks {
		return File{}, fmt.Errorf("header: phase: %q is none of lines, documents, workbooks", f.Phase)
	}
	if !slices.Contains(Owners, f.Owner) {
		return File{}, fmt.Errorf("header: owner: %q is none of %s", f.Owner, strings.Join(Owners, ", "))
	}
	if !slices.Contains(ReasonCodes, f.Code) {
		return File{}, fmt.Errorf("header: code: %q is none of %s", f.Code, strings.Join(ReasonCodes, ", "))
	}
	if f.Action == "" {
		return File{}, errors.New("header: no action: say what the owner does about a finding")
	}
	for _, need := range strings.Split(h.values["needs"], ",") {
		need = strings.TrimPrefix(strings.TrimSpace(need), "source.")
		if need == "" {
			continue
		}
		if !isName(need) {
			return File{}, fmt.Errorf("header: needs: %q is not a dataset", need)
		}
		f.Needs = append(f.Needs, need)
	}
	return f, nil
}
