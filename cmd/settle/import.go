package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"settle/extract"
	"settle/extract/archive"
	"settle/load"
	"settle/transform/partnerbill"
)

func (a *app) importCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "import partner-bill FILE --cycle YYYY-MM", Short: "Bring in what no API gives: the vendor's bill to the partner", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	var cycle string
	bill := &cobra.Command{
		Use: "partner-bill FILE --cycle YYYY-MM", Short: "Compare the month with the bill that the vendor sends to the partner", Args: takes(1, 1),
		Long: `import partner-bill reads the bill that the vendor's portal exports for a month (CSV in UTF-8 or GB 18030, or xlsx), keeps the file with its
hash beside the journal and its lines in a package, and journals who imported what. From the next run on (--offline included) the
month is compared with it: check 41. What the columns are called is in the config under partner_bill; lines of other months are left
out. A later import of the same month takes the place of an earlier one.

Exit codes: 0 done, 1 failed, 2 misused (flags, config, a file that does not fit: every fault with its cell), 4 another run holds the
lock, 130 interrupted.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := a.loadConfig()
			if err != nil {
				return err
			}
			month, err := resolveCycle(cycle, a.now())
			if err != nil {
				return misused(err)
			}
			done, err := importPartnerBill(cmd.Context(), cfg, month, args[0], a.now)
			if err != nil {
				return err
			}
			a.printImport(done)
			return nil
		},
	}
	bill.Flags().StringVar(&cycle, "cycle", "", "billing cycle of the bill: `YYYY-MM`, previous or current")
	c.AddCommand(bill)
	return c
}

// imported is what an import did.
type imported struct {
	load.ImportRecord
	Others int  // lines of other cycles
	Own    int  // lines of the partner's own use
	Same   bool // the month has this bill already
}

func (a *app) printImport(i *imported) {
	if i.Same {
		a.print("The bill of %s says this already since %s: nothing was changed.\n", i.Cycle, stamp(i.At))
		return
	}
	a.print("Imported %d lines of %s, %s yuan without tax", i.Rows, i.Cycle, i.Amount)
	if i.Own > 0 {
		a.print(", %d of them the partner's own use", i.Own)
	}
	a.print(".\n")
	if i.Others > 0 {
		a.print("%d lines of other months were left out.\n", i.Others)
	}
	a.print("Compare the month with it: settle run --cycle %s --offline\n", i.Cycle)
}

// mostBill bounds the file of a bill.
const mostBill = 256 << 20

// importPartnerBill keeps a bill and its lines; what is wrong with the file is misuse.
func importPartnerBill(ctx context.Context, cfg *Config, cycle extract.Cycle, path string, now func() time.Time) (_ *imported, err error) {
	content, err := readSmall(path, mostBill)
	if err != nil {
		return nil, misused(fmt.Errorf("import %s: %w", path, err))
	}
	bill, err := partnerbill.Read(content, cfg.PartnerBill.options(string(cycle)))
	if err != nil {
		return nil, misused(fmt.Errorf("import %s:\n%w", path, err))
	}
	lock, err := load.TakeLock(cfg.Data)
	if err != nil {
		return nil, err
	}
	defer func() { _ = lock.Release() }()
	journal, err := load.ReadJournal(cfg.Data)
	if err != nil {
		return nil, err
	}
	packages, err := archive.Open(filepath.Join(cfg.Data, "packages"))
	if err != nil {
		return nil, err
	}
	packages.Now = now
	sum := sha256.Sum256(content)
	at := runStamp(now())
	done := &imported{Others: bill.Others, ImportRecord: load.ImportRecord{
		Dataset: extract.PartnerBills.Name, Cycle: string(cycle), FileName: filepath.Base(path), Hash: hex.EncodeToString(sum[:]), Columns: bill.Columns,
		Rows: len(bill.Lines), Amount: bill.Amount.StringFixed(2), By: userName(), At: at,
	}}
	for _, l := range bill.Lines {
		if l.Own {
			done.Own++
		}
	}
	// What the lines say, without when: the same bill again is no other import.
	pages, rows, err := billPages(bill, &done.ImportRecord)
	if err != nil {
		return nil, fmt.Errorf("import %s: %w", path, err)
	}
	content256 := sha256.Sum256(bytes.Join(pages, nil))
	done.Content = hex.EncodeToString(content256[:])
	w := extract.Window{Dataset: done.Dataset, Cycle: cycle}
	if last, ok := journal.LastImport(done.Dataset, done.Cycle); ok && last.Content == done.Content && intact(packages, w, last.RunID) {
		done.ImportRecord, done.Same = last, true
		return done, nil
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	run, err := journal.Start(load.RunRecord{Cycle: string(cycle), Mode: "import", Offline: true, Version: versionText(), Started: at})
	if err != nil {
		return nil, err
	}
	defer func() {
		run.Finished, run.Outcome = runStamp(now()), "done"
		if err != nil {
			run.Outcome, run.Error = "failed", err.Error()
		}
		err = errors.Join(err, journal.Finish(run))
	}()
	done.RunID = run.RunID
	if err := journal.ArchiveImport(done.Hash, strings.ToLower(filepath.Ext(path)), content); err != nil {
		return nil, err
	}
	if _, err := extract.Import(packages, w, run.RunID, "file "+done.FileName+" sha256 "+done.Hash, at, pages, rows); err != nil {
		return nil, err
	}
	return done, journal.Imported(done.ImportRecord)
}

// intact says whether the package that a run imported is there and whole.
func intact(packages *archive.Archive, w extract.Window, runID string) bool {
	found, _, err := packages.List(string(w.Cycle))
	if err != nil {
		return false
	}
	for _, m := range found {
		if m.Window == w.Name() && m.RunID == runID {
			return packages.Verify(m) == nil
		}
	}
	return false
}

// pageLines is how many lines of a bill stand on a page of its package.
const pageLines = 1000

// billLine is a line of a bill as its package holds it.
type billLine struct {
	CustomerID       string `json:"customer_id,omitempty"`
	FileLine         int    `json:"file_line"`
	CustomerName     string `json:"customer_name,omitempty"`
	OwnUse           string `json:"own_use"`
	BillType         string `json:"bill_type,omitempty"`
	ChargingMode     string `json:"charging_mode,omitempty"`
	ServiceTypeCode  string `json:"service_type_code,omitempty"`
	ResourceTypeCode string `json:"resource_type_code,omitempty"`
	Amount           string `json:"amount"`
	TaxAmount        string `json:"tax_amount,omitempty"`
	Currency         string `json:"currency,omitempty"`
	FileName         string `json:"file_name"`
	FileHash         string `json:"file_hash"`
}

// billPages writes the lines as the pages of a package, in the form in which a call would have answered them.
func billPages(bill *partnerbill.Bill, of *load.ImportRecord) (pages [][]byte, rows []int, err error) {
	for from := 0; from < len(bill.Lines); from += pageLines {
		part := bill.Lines[from:min(from+pageLines, len(bill.Lines))]
		lines := make([]billLine, len(part))
		for i, l := range part {
			own := "no"
			if l.Own {
				own = "yes"
			}
			lines[i] = billLine{
				CustomerID: l.CustomerID, FileLine: l.FileLine, CustomerName: l.CustomerName, OwnUse: own, BillType: l.BillType, ChargingMode: l.ChargingMode,
				ServiceTypeCode: l.ServiceTypeCode, ResourceTypeCode: l.ResourceTypeCode, Amount: l.Amount.String(), Currency: l.Currency,
				FileName: of.FileName, FileHash: of.Hash,
			}
			if l.TaxAmount.Valid {
				lines[i].TaxAmount = l.TaxAmount.Decimal.String()
			}
		}
		page, err := json.Marshal(map[string]any{extract.PartnerBills.Call.Rows: lines})
		if err != nil {
			return nil, nil, err
		}
		pages, rows = append(pages, page), append(rows, len(part))
	}
	return pages, rows, nil
}
