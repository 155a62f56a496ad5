package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"settle/transform/pricing"

	"github.com/spf13/cobra"
)

func (a *app) pricingTemplate() *cobra.Command {
	var byReseller, update bool
	c := &cobra.Command{
		Use:   "template FILE",
		Short: "Write a pricing workbook with the resale customers that the API lists, or add new ones to yours",
		Long: `template asks the API for the resale customers attached now and writes a workbook with one party and one contract for each, a
price plan that passes the payable amount through, and a sheet that explains every column. With --by-reseller the customers of a
tier-2 reseller are billed to the reseller, as one party. A file that exists is never overwritten.

With --update it adds to a workbook that you have: a contract for each customer that no contract names yet, and its party, below
the last rows of Contracts and Parties. Nothing else of the file changes. New contracts take the price plan, tax basis and tax code
that most of yours have; what was added is listed, for you to look over. Running it again adds nothing.

Exit codes: 0 done, 1 failed, 2 misused (flags, config, FILE exists or cannot be updated), 130 interrupted.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			file := args[0]
			if _, err := os.Lstat(file); err == nil && !update {
				return misused(fmt.Errorf("pricing template %s: the file exists and is never overwritten; name another file, or add new customers to it with --update", file))
			}
			var before []byte
			if update {
				var err error
				if file, before, err = readForUpdate(file); err != nil {
					return err
				}
			}
			rows, listed, err := a.templateCustomers(cmd.Context(), byReseller)
			if err != nil {
				return err
			}
			if update {
				return a.updatePricing(file, before, rows)
			}
			if err := writePricing(file, pricing.Template(rows)); err != nil {
				return err
			}
			a.print("%s: %d of %d customers are resale; each has a party and a contract. Next: open it, set prices and invoice data, then settle pricing check %s\n",
				file, len(rows), listed, file)
			return nil
		},
	}
	c.Flags().BoolVar(&byReseller, "by-reseller", false, "bill the customers of a tier-2 reseller to the reseller")
	c.Flags().BoolVar(&update, "update", false, "add customers that FILE lacks, and change nothing else in it")
	return c
}

// templateCustomers asks the API who has a contract: the resale customers attached now. It also says how many are listed at all.
func (a *app) templateCustomers(ctx context.Context, byReseller bool) ([]pricing.TemplateCustomer, int, error) {
	cfg, err := a.loadConfig()
	if err != nil {
		return nil, 0, err
	}
	client, err := cfg.NewClient(a.logger(), a.now, nil)
	if err != nil {
		return nil, 0, err
	}
	listed, err := listCustomers(ctx, client, cfg.Partner.IndirectPartners)
	if err != nil {
		return nil, 0, fmt.Errorf("pricing template: %w", err)
	}
	var rows []pricing.TemplateCustomer
	for _, c := range listed {
		if c.AssociationType == resale || cfg.Settlement.IncludeReferral {
			rows = append(rows, pricing.TemplateCustomer{ID: c.ID, Name: cmp.Or(c.Name, c.AccountName), ResellerID: c.ResellerID,
				Reseller: byReseller && c.ResellerID != "", ResellerName: c.ResellerName})
		}
	}
	return rows, len(listed), nil
}

// readForUpdate reads the workbook that --update changes, and resolves links, so that not the link is replaced but its target.
func readForUpdate(file string) (string, []byte, error) {
	path, err := filepath.EvalSymlinks(file)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil, misused(fmt.Errorf("pricing template %s --update: there is no such file; without --update one is made", file))
	}
	if err != nil {
		return "", nil, fmt.Errorf("pricing template %s --update: %w", file, err)
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return "", nil, misused(fmt.Errorf("pricing template %s --update: this is no file", file))
	}
	// Spreadsheet programs leave these beside a file that they have open, and would write over what is added here.
	dir, name := filepath.Split(path)
	for _, lock := range []string{".~lock." + name + "#", "~$" + name} {
		if _, err := os.Lstat(filepath.Join(dir, lock)); err == nil {
			return "", nil, misused(fmt.Errorf("pricing template %s --update: the file is open in a spreadsheet program; close it there (or, if it is not, remove %s)", file, filepath.Join(dir, lock)))
		}
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return "", nil, fmt.Errorf("pricing template %s --update: %w", file, err)
	}
	return path, data, nil
}

// updatePricing adds customers to the workbook that was read before.
func (a *app) updatePricing(file string, before []byte, customers []pricing.TemplateCustomer) error {
	var after bytes.Buffer
	added, err := pricing.Update(before, customers, &after)
	var faults *pricing.Faults
	if errors.As(err, &faults) {
		return misused(fmt.Errorf("pricing template %s --update: nothing was added: %w", file, err))
	}
	if err != nil {
		return fmt.Errorf("pricing template %s --update: nothing was added: %w", file, err)
	}
	if len(added.Contracts) == 0 {
		a.print("%s: every one of the %d customers has a contract; nothing was added\n", file, len(customers))
		return nil
	}
	if err := replaceFile(file, before, after.Bytes()); err != nil {
		return fmt.Errorf("pricing template %s --update: %w", file, err)
	}
	t := table{head: []string{"contract", "party", "customer", "reseller", "price plan", "from", "prices", "tax code"}}
	for _, k := range added.Contracts {
		prices := "without tax"
		if k.AmountsIncludeTax {
			prices = "with tax"
		}
		t.add(k.Number, k.PartyID, k.CustomerID, cmp.Or(k.ResellerID, "-"), k.PricePlan, k.ValidFrom.String(), prices, k.TaxCode)
	}
	if !a.quiet {
		t.print(a.stdout, "")
	}
	a.print("%s: added %d %s and %d %s. Next: look over their terms and invoice data, then settle pricing check %s\n", file,
		len(added.Parties), plural(len(added.Parties), "party", "parties"), len(added.Contracts), plural(len(added.Contracts), "contract", "contracts"), file)
	return nil
}

// replaceFile gives a file other content, all at once, unless it has changed since it was read. It keeps the file's mode.
func replaceFile(file string, before, after []byte) (err error) {
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(file), ".pricing-*.tmp")
	if err != nil {
		return fmt.Errorf("%w; the new content needs a folder that you can write to", err)
	}
	defer func() { _ = os.Remove(tmp.Name()) }()
	_, err = tmp.Write(after)
	if err == nil {
		err = tmp.Chmod(info.Mode().Perm())
	}
	if err == nil {
		err = tmp.Sync()
	}
	if closeErr := tmp.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return err
	}
	if now, err := os.ReadFile(file); err != nil || !bytes.Equal(now, before) {
		return errors.New("the file changed meanwhile and was left as it is; run the command again")
	}
	return os.Rename(tmp.Name(), file)
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
