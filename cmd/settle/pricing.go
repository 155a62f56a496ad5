package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"settle/transform/pricing"

	"github.com/spf13/cobra"
)

func (a *app) pricingCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "pricing",
		Short: "Write or check the pricing workbook",
		Long:  "pricing template writes a pricing workbook with your customers filled in; pricing check says everything that is wrong with one.",
		Args:  cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return misused(fmt.Errorf("there is no command pricing %s; write pricing template FILE or pricing check FILE", quoted(args[0])))
			}
			return cmd.Help()
		},
	}
	c.AddCommand(a.pricingTemplate(), a.pricingCheck())
	return c
}

func (a *app) pricingTemplate() *cobra.Command {
	var byReseller bool
	c := &cobra.Command{
		Use:   "template FILE",
		Short: "Write a pricing workbook with the resale customers that the API lists",
		Long: `template asks the API for the resale customers attached now and writes a workbook with one party and one contract for each, a
price plan that passes the payable amount through, and a sheet that explains every column. With --by-reseller the customers of a
tier-2 reseller are billed to the reseller, as one party. A file that exists is never overwritten.

Exit codes: 0 done, 1 failed, 2 misused (flags, config, FILE exists), 130 interrupted.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			file := args[0]
			if _, err := os.Lstat(file); err == nil {
				return misused(fmt.Errorf("pricing template %s: the file exists and is never overwritten; name another file", file))
			}
			cfg, err := a.loadConfig()
			if err != nil {
				return err
			}
			client, err := cfg.NewClient(a.logger(), a.now, nil)
			if err != nil {
				return err
			}
			listed, err := listCustomers(cmd.Context(), client, cfg.Partner.IndirectPartners)
			if err != nil {
				return fmt.Errorf("pricing template: %w", err)
			}
			var rows []pricing.TemplateCustomer
			for _, c := range listed {
				if c.AssociationType == resale || cfg.Settlement.IncludeReferral {
					rows = append(rows, pricing.TemplateCustomer{ID: c.ID, Name: cmp.Or(c.Name, c.AccountName), ResellerID: c.ResellerID,
						Reseller: byReseller && c.ResellerID != "", ResellerName: c.ResellerName})
				}
			}
			if err := writePricing(file, pricing.Template(rows)); err != nil {
				return err
			}
			a.print("%s: %d of %d customers are resale; each has a party and a contract. Next: open it, set prices and invoice data, then settle pricing check %s\n",
				file, len(rows), len(listed), file)
			return nil
		},
	}
	c.Flags().BoolVar(&byReseller, "by-reseller", false, "bill the customers of a tier-2 reseller to the reseller")
	return c
}

// writePricing writes a new workbook; it never replaces a file, not even one that appears meanwhile.
func writePricing(file string, book *pricing.Book) error {
	tmp, err := os.CreateTemp(filepath.Dir(file), ".pricing-*.tmp") // mode 0600
	if err != nil {
		return fmt.Errorf("write %s: %w; name a folder that you can write to", file, err)
	}
	defer func() { _ = os.Remove(tmp.Name()) }()
	err = pricing.Write(book, tmp)
	if err == nil {
		err = tmp.Sync()
	}
	if closeErr := tmp.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Link(tmp.Name(), file)
	}
	if errors.Is(err, fs.ErrExist) {
		return misused(fmt.Errorf("write %s: the file exists and is never overwritten; name another file", file))
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	return nil
}

func (a *app) pricingCheck() *cobra.Command {
	return &cobra.Command{
		Use:   "check FILE",
		Short: "Say everything that is wrong with a pricing workbook, cell by cell",
		Long: `check reads the workbook as settle run does and prints every fault with its sheet, cell and remedy, all at once, and what is
odd as warnings. It needs neither config nor network.

Exit codes: 0 no fault (warnings may be listed), 1 the file cannot be read, 2 faults.`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
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
			for _, w := range book.Warnings {
				a.print("warning: %s\n", w)
			}
			unsupported := book.Unsupported()
			for _, p := range unsupported {
				a.print("%s\n", p)
			}
			if n := len(unsupported); n > 0 {
				return misused(fmt.Errorf("pricing check %s: %d %s this version cannot price yet; settle run refuses the file", file, n, plural(n, "entry that", "entries that")))
			}
			a.print("%s: no faults, %d %s; %d parties, %d contracts, %d rules\n", file, len(book.Warnings), plural(len(book.Warnings), "warning", "warnings"),
				len(book.Parties), len(book.Contracts), len(book.Rules))
			return nil
		},
	}
}
