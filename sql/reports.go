package sqlfiles

import "embed"

// Reports holds the texts reports/NAME.sql that feed the sheets of the workbooks: one file a question, opened by a comment
// that says what a row is. Parameters are numbered; the first is always the cycle, the next two a range of party ids.
//
//go:embed reports/*.sql
var Reports embed.FS
