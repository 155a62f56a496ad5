// Package pricing reads and writes the pricing workbook, which finance keeps in a spreadsheet program: in comes an .xlsx
// file, out come validated rows of parties, contracts, rules and the rest, exact and ready for their tables, or every fault
// of the file at once with its cell and remedy. It also writes such workbooks, so that nobody begins with an empty sheet.
// What the rows mean for a fee record is decided by the models in SQL.
package pricing

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// Book is a pricing workbook without faults.
type Book struct {
	Parties     []Party
	Contracts   []Contract
	Rules       []Rule
	Tiers       []Tier
	Commitments []Commitment
	Adjustments []Adjustment
	TaxItems    []TaxItem
	Invoices    []Invoice

	Hash     string    // SHA-256 of the file, in hex; empty for a book that was never a file
	Warnings []Problem // odd, but usable
}

// ReadFile reads a workbook from disk. The error is *Faults where the content is wrong.
func ReadFile(path string) (*Book, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("open pricing workbook: %w; write one with: settle pricing template FILE", err)
	}
	if err != nil {
		return nil, fmt.Errorf("open pricing workbook: %w", err)
	}
	defer f.Close()
	return Read(f)
}

// Read reads a workbook of at most 32 MB. Everything wrong with it comes back in one *Faults. A formula counts with the
// value that the file stores for it. A number in a cell counts with the 15 significant digits that spreadsheets show and
// compare, because what they store beyond is binary noise (1.05 is often stored as 1.0500000000000001); the digits of a
// text cell all count.
func Read(r io.Reader) (*Book, error) { return readWithin(r, generous) }

func readWithin(r io.Reader, most limits) (*Book, error) {
	data, err := io.ReadAll(io.LimitReader(r, most.file+1))
	if err != nil {
		return nil, fmt.Errorf("read pricing workbook: %w", err)
	}
	if int64(len(data)) > most.file {
		return nil, unusable(errTooLarge, most)
	}
	w, err := openWorkbook(data, most)
	if err != nil {
		return nil, unusable(err, most)
	}
	sum := sha256.Sum256(data)
	rd := &reader{file: w}
	b := &Book{
		Parties:     rowsOf[Party](rd, partiesSheet),
		Contracts:   rowsOf[Contract](rd, contractsSheet),
		Rules:       rowsOf[Rule](rd, rulesSheet),
		Tiers:       rowsOf[Tier](rd, tiersSheet),
		Commitments: rowsOf[Commitment](rd, commitmentsSheet),
		Adjustments: rowsOf[Adjustment](rd, adjustmentsSheet),
		TaxItems:    rowsOf[TaxItem](rd, taxItemsSheet),
		Invoices:    rowsOf[Invoice](rd, invoicesSheet),
		Hash:        hex.EncodeToString(sum[:]),
	}
	if rd.err != nil {
		return nil, unusable(rd.err, most)
	}
	validate(b, &rd.problems)
	if faults := rd.faults.inOrder(); len(faults) > 0 {
		return nil, &Faults{faults, rd.faults.more}
	}
	b.Warnings = rd.warnings.inOrder()
	return b, nil
}

// unusable is the fault of a file that has no cells to name.
func unusable(err error, most limits) *Faults {
	remedy := "open it in a spreadsheet program and save it again as .xlsx"
	switch {
	case errors.Is(err, errOldWorkbook):
		remedy = "save it as .xlsx without a password"
	case errors.Is(err, errTooLarge):
		remedy = fmt.Sprintf("keep it below %d MB and %d cells: delete sheets and formats that pricing does not need", most.file>>20, most.cells)
	}
	return &Faults{Problems: []Problem{{Message: err.Error(), Remedy: remedy}}}
}
