package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

func (a *app) explainCommand() *cobra.Command {
	var all bool
	c := &cobra.Command{
		Use:   "explain STATEMENT_NO LINE | FINDING_ID",
		Short: "Lead a printed figure, or a finding, back to rule, records, package and raw answer of the API",
		Long: `explain takes a line of a settlement statement and shows what stands behind it: its rounding and tax, the fee records that it sums up,
the contract, the rule and the arithmetic of the largest of them, the package files that the records came in, and the record's raw
JSON as the API sent it. Every hash on the way is checked: of the page, of the package file, of its manifest, and that the tables were
loaded from that file.

STATEMENT_NO is the number of an issued statement, or what a draft shows in its place: SHORT_CODE-YYYY-MM-RN. LINE is the line's
number on the sheet 分产品 By service, or the source row (来源行号) of the sheet 消费明细 Detail. FINDING_ID is the id of a finding; the
records, windows or slices that it is about are shown in the same way.

Exit codes: 0 done, 1 failed (a hash does not match among it), 2 misused (flags, config, no such statement, line or finding).`,
		Example: `  settle explain A01-2026-10-R0 3
  settle explain A01-2026-10-R0 0f3a9c1e2b4d5a67
  settle explain 8c1e2b4d5a670f3a`,
		Args: takes(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := a.loadConfig()
			if err != nil {
				return err
			}
			db, err := openCurrent(cmd.Context(), cfg)
			if err != nil {
				return err
			}
			defer func() { _ = db.Close() }()
			t := newTracer(a, cfg, db)
			t.all = all
			if len(args) == 2 {
				err = t.statement(cmd.Context(), args[0], args[1])
			} else {
				err = t.finding(cmd.Context(), args[0])
			}
			if err != nil && !isBrokenPipe(err) {
				return fmt.Errorf("explain: %w", err)
			}
			return nil
		},
	}
	c.Flags().BoolVar(&all, "all", false, "list every record, not only the largest")
	return c
}

// takes bounds how many arguments a command has; its error names them as the usage line does.
func takes(least, most int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if least <= len(args) && len(args) <= most {
			return nil
		}
		_, names, _ := strings.Cut(cmd.Use, " ")
		return fmt.Errorf("%d %s given; write %s %s", len(args), plural(len(args), "argument", "arguments"), cmd.CommandPath(), names)
	}
}
