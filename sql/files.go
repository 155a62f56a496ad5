// Package sqlfiles holds every SQL text of settle: in comes nothing, out come the models and checks in the order in which
// they run, each with what its header comment says about it. A model or check is a plain SELECT in the subset that DuckDB and Trino
// share; who runs it adds the create, insert or comment around it.
package sqlfiles

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// The embedded texts; the functions below parse them.
var (
	//go:embed models/*.sql
	models embed.FS
	//go:embed checks/*.sql
	checks embed.FS
	//go:embed prelude/duckdb.sql
	prelude string
	//go:embed recon.sql
	recon string
	//go:embed columns.txt
	columns string
	//go:embed tables.txt
	tables string
)

// The ways of building a model.
const (
	BuildCycle = "cycle" // delete the cycle's rows, insert those of the SELECT; rows of other cycles stay
	BuildInto  = "into"  // insert into a table that an earlier model of the run has built
	BuildWhole = "whole" // create or replace the table
	BuildView  = "view"  // create or replace the view
)

// What rebuilding a cycle keeps of a table, beside other cycles' rows.
const (
	FrozenRevision = "revision" // rows of issued revisions
	FrozenRequest  = "request"  // rows of issued invoice requests
	FrozenPricing  = "pricing"  // rows that were made with another pricing workbook
)

// The phases of the checks.
const (
	PhaseLines     = "lines"     // after pricing, before the documents: a blocking finding parks its party
	PhaseDocuments = "documents" // on the statements and invoice requests
	PhaseWorkbooks = "workbooks" // on the files, when they are written: the SELECT gives what they must add up to
)

// Owners are the roles that work on findings.
var Owners = []string{"finance", "operations", "pricing", "account manager", "vendor contact"}

// ReasonCodes are the kinds of causes that a finding can have.
var ReasonCodes = []string{
	"truncation", "late_cycle", "association_change", "referral", "mode_10", "funding_change", "formula", "not_final", "price_rule", "unit", "package_delay",
	"metering_gap", "vendor_error", "missing_data", "changed_month", "refund_prior_period", "usage_change", "new_value", "software_defect", "unexplained",
}

// File is one SQL text with what its header says.
type File struct {
	Number string // what the file name begins with; files run in this order
	Schema string // of the object a model makes; empty for a check
	Name   string // of the object, or of the check

	Comment string            // what a row is and where it comes from
	Build   string            // models: one of the Build constants
	Frozen  string            // models: one of the Frozen constants, or empty: rebuilding keeps nothing of the cycle
	Columns map[string]string // what a column means, where the shared dictionary does not say it

	Title    string   // checks: what is asked, in a few words
	Severity string   // checks: B blocks, W warns, I informs; a row may say otherwise
	Phase    string   // checks: one of the Phase constants
	Owner    string   // checks: one of Owners, who works on its findings; a row may say otherwise
	Code     string   // checks: one of ReasonCodes; a row may say otherwise
	Action   string   // checks: what the owner does, with {cycle} and {finding} for the finding's; a row may say otherwise
	Needs    []string // checks: datasets without which the check cannot run

	SQL string // the SELECT, without header
}

// Object is the qualified name of what a model makes.
func (f File) Object() string { return f.Schema + "." + f.Name }

// Prelude is the macros that the texts call, for DuckDB.
func Prelude() string { return prelude }

// Recon is the DDL of the tables that checks fill.
func Recon() string { return recon }

// Models returns the models in the order in which they are built.
func Models() ([]File, error) { return read(models, "models", parseModel) }

// Checks returns the checks in the order of their numbers.
func Checks() ([]File, error) { return read(checks, "checks", parseCheck) }

// Columns returns what a column means wherever it occurs, by its name.
func Columns() (map[string]string, error) {
	lines, err := explanations("columns.txt", columns)
	if err != nil {
		return nil, err
	}
	meaning := map[string]string{}
	for _, l := range lines {
		meaning[l.name] = l.text
	}
	return meaning, nil
}

// Tables returns the tables that no model makes, with what they and their columns mean.
func Tables() ([]File, error) {
	lines, err := explanations("tables.txt", tables)
	if err != nil {
		return nil, err
	}
	var all []File
	for _, l := range lines {
		schema, name, _ := strings.Cut(l.name, ".")
		name, column, isColumn := strings.Cut(name, ".")
		if !isColumn {
			all = append(all, File{Schema: schema, Name: name, Comment: l.text, Columns: map[string]string{}})
			continue
		}
		if n := len(all) - 1; n >= 0 && all[n].Schema == schema && all[n].Name == name {
			all[n].Columns[column] = l.text
			continue
		}
		return nil, fmt.Errorf("tables.txt: %s stands without its table before it", l.name)
	}
	return all, nil
}

type explanation struct{ name, text string }

// explanations reads lines "name: text"; empty ones and those that begin with # say nothing.
func explanations(file, content string) (all []explanation, err error) {
	known := map[string]bool{}
	for i, line := range strings.Split(content, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, text, ok := strings.Cut(line, ": ")
		if !ok {
			return nil, fmt.Errorf("%s: line %d: want \"name: text\", got %q", file, i+1, line)
		}
		if known[name] {
			return nil, fmt.Errorf("%s: line %d: %s is explained twice", file, i+1, name)
		}
		known[name] = true
		all = append(all, explanation{name, text})
	}
	return all, nil
}

// read parses the files of a folder; fs.ReadDir gives them in name order.
func read(fsys fs.FS, dir string, parse func(name, text string) (File, error)) ([]File, error) {
	entries, err := fs.ReadDir(fsys, dir)
	if err != nil {
		return nil, err
	}
	var (
		files []File
		errs  []error
	)
	for _, e := range entries {
		text, err := fs.ReadFile(fsys, dir+"/"+e.Name())
		if err != nil {
			return nil, err
		}
		f, err := parse(e.Name(), string(text))
		if err != nil {
			errs = append(errs, fmt.Errorf("%s/%s: %w", dir, e.Name(), err))
			continue
		}
		files = append(files, f)
	}
	return files, errors.Join(errs...)
}
