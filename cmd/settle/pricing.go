package main

import (
	"errors"
	"fmt"
	"io/fs"

	"settle/transform/pricing"

	"github.com/spf13/cobra"
)

func (a *app) pricingCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "pricing",
		Short: "Write, update, check or explain the pricing workbook",
		Long:  "pricing template writes a pricing workbook with your customers filled in, or adds new ones to yours; pricing check says everything\nthat is wrong with one; pricing explain shows what a record costs and why.",
		Args:  cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return misused(fmt.Errorf("there is no command pricing %s; write pricing template FILE, pricing check FILE or pricing explain RECORD", quoted(args[0])))
			}
			return cmd.Help()
		},
	}
	c.AddCommand(a.pricingTemplate(), a.pricingCheck(), a.pricingExplain())
	return c
}

func (a *app) pricingCheck() *cobra.Command {
	return &cobra.Command{
		Use:   "check FILE",
		Short: "Say everything that is wrong with a pricing workbook, cell by cell",
		Long: `check reads the workbook as settle run does and prints every fault with its sheet, cell and remedy, all at once, and what is
odd as warnings. It needs neither config nor network. With --config FILE it also compares the workbook with the newest month that was
published: customers without a contract, and codes and units that the vendor does not know.

Exit codes: 0 no fault (warnings may be listed), 1 the file cannot be read, 2 misused (config, no such file), or faults.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			file := args[0]
			book, err := pricing.ReadFile(file)
			var faults *pricing.Faults
			switch {
			case errors.Is(err, fs.ErrNotExist):
				return misused(fmt.Errorf("pricing check %s: there is no such file; settle pricing template %s makes one", file, file))
			case errors.As(err, &faults):
				a.print("%s\n", faults.Error())
				n := len(faults.Problems) + faults.More
				return misused(fmt.Errorf("pricing check %s: %d %s; correct the cells above and check again", file, n, plural(n, "fault", "faults")))
			case err != nil:
				return fmt.Errorf("pricing check %s: %w", file, err)
			}
			if cmd.Flag("config").Changed {
				more, err := a.publishedDoubts(cmd.Context(), book)
				if err != nil {
					return fmt.Errorf("pricing check %s: %w", file, err)
				}
				book.Warnings = append(book.Warnings, more...)
			}
			for _, w := range book.Warnings {
				a.print("warning: %s\n", w)
			}
			a.print("%s: no faults, %d %s; %d parties, %d contracts, %d rules\n", file, len(book.Warnings), plural(len(book.Warnings), "warning", "warnings"),
				len(book.Parties), len(book.Contracts), len(book.Rules))
			return nil
		},
	}
}
