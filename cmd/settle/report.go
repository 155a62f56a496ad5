package main

import (
	"github.com/spf13/cobra"
)

func (a *app) reportCommand() *cobra.Command {
	var cycle string
	var customers []string
	var internal bool
	c := &cobra.Command{
		Use:   "report --cycle YYYY-MM",
		Short: "Write a month's workbooks again from the published snapshot",
		Long: `report writes the workbooks of a month from data/published/current.duckdb; nothing is fetched or computed again, and the
same snapshot gives the same bytes. Each workbook is read back and held against the database before it takes the place of the old one
(check 36). Internal twins of statements, with cost and findings, are written where there is something to work on; --internal writes all.

Exit codes: 0 done, 1 failed, 2 misused (flags, config), 3 done with parked parties, 130 interrupted.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := a.loadConfig()
			if err != nil {
				return err
			}
			month, err := resolveCycle(cycle, a.now())
			if err != nil {
				return misused(err)
			}
			ids, err := checkCustomers(customers)
			if err != nil {
				return misused(err)
			}
			sum, err := reportMonth(cmd.Context(), cfg, month, reportScope{customers: ids, internal: internal})
			a.printSummary(sum)
			if err != nil {
				return err
			}
			return sum.outcome()
		},
	}
	c.Flags().StringVar(&cycle, "cycle", "", "billing cycle: `YYYY-MM`, previous or current")
	c.Flags().StringArrayVar(&customers, "customer", nil, "only the parties of this customer `ID`; may be repeated")
	c.Flags().BoolVar(&internal, "internal", false, "an internal twin, with cost and findings, for every statement")
	return c
}
