package extract

import (
	"fmt"
	"time"

	"settle/extract/archive"
	"settle/extract/bss"
)

// PartnerBillLine is one line of the vendor's bill to the partner, from a file of the vendor's portal that the operator imported.
type PartnerBillLine struct {
	Lineage                 // customer_id: NULL where the line names none; row_no counts the lines that were kept
	FileLine         Int    `json:"file_line"` // line of the file, from 1
	CustomerName     string `json:"customer_name"`
	OwnUse           string `json:"own_use"` // yes: the partner's own use (no customer, or an account of his own); no
	BillType         string `json:"bill_type"`
	ChargingMode     string `json:"charging_mode"`
	ServiceTypeCode  string `json:"service_type_code"`
	ResourceTypeCode string `json:"resource_type_code"`
	Amount           Money  `json:"amount"`     // without tax
	TaxAmount        Money  `json:"tax_amount"` // NULL where the file has no such column
	Currency         string `json:"currency"`
	FileName         string `json:"file_name"`
	FileHash         string `json:"file_hash"` // SHA-256 of the file
}

// PartnerBills are the vendor's bills to the partner. No call answers them: a package is written when a file is imported, and the newest
// import of a cycle counts.
var PartnerBills = Dataset[PartnerBillLine]{
	Source: Source{Name: "partner_bills", Imported: true, Call: bss.Call{Name: "settle import partner-bill", Rows: "lines"}},
	Table:  "partner_bills",
	Finish: func(_ Window, r *PartnerBillLine) error { return needAmount("amount", r.Amount) },
}

// Import writes the package of a window whose rows come from a file: pages are JSON objects with the rows in the list that the
// dataset's Call names, rows says how many each has, and origin tells where they come from. Every page must begin with a row.
func Import(a *archive.Archive, w Window, runID, origin string, at time.Time, pages [][]byte, rows []int) (archive.Manifest, error) {
	m := archive.Manifest{Dataset: w.Dataset, Cycle: string(w.Cycle), CustomerID: w.CustomerID, ResellerID: w.ResellerID, Part: w.Part, Window: w.Name(), WindowID: w.ID(), RunID: runID}
	out, err := a.Create(m)
	if err != nil {
		return m, fmt.Errorf("import %s: %w", m.Window, err)
	}
	defer out.Abort()
	total, offset := 0, 0
	for _, n := range rows {
		total += n
	}
	for i, page := range pages {
		if err := out.Append(archive.Page{Offset: offset, Rows: rows[i], Announced: int64(total), Request: origin, Time: at, Tries: 1}, page); err != nil {
			return m, fmt.Errorf("import %s: %w", m.Window, err)
		}
		offset += rows[i]
	}
	return out.Commit()
}
