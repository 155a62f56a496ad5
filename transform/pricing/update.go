package pricing

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"

	"settle/transform/exact"
)

// Added is what Update added to a workbook.
type Added struct {
	Parties   []Party
	Contracts []Contract
}

// Update writes a copy of a workbook with a contract for every customer (under its reseller) that no contract names yet, and a
// party where it needs one, below the last used rows of those two sheets. A customer of a tier-2 reseller joins the reseller's
// party where the workbook has one; the terms of new contracts are those that most contracts have. Nothing else changes: every
// other cell, format, note, sheet and part is copied byte by byte. Faults elsewhere in the workbook do not matter; where the
// two sheets cannot be read, or the file refuses changes, the error is *Faults. Where there is nothing to add, nothing is written.
func Update(data []byte, customers []TemplateCustomer, out io.Writer) (Added, error) {
	u, err := openUpdate(data)
	if err != nil {
		return Added{}, err
	}
	for _, c := range customers {
		if tidy(c.ID) != c.ID || tidy(c.ResellerID) != c.ResellerID || c.ID == "" {
			return Added{}, fmt.Errorf("update pricing workbook: customer %s (%s) has an id that no cell can hold", shown(c.Name), account{c.ID, c.ResellerID})
		}
	}
	added := u.missing(customers)
	if len(added.Contracts) == 0 {
		return added, nil
	}
	changed := map[string][]byte{}
	if len(added.Parties) > 0 {
		err = u.parties.add(u.file, partiesSheet, rowCells(partiesSheet, added.Parties), changed)
	}
	if err == nil {
		err = u.contracts.add(u.file, contractsSheet, rowCells(contractsSheet, added.Contracts), changed)
	}
	var updated []byte
	if err == nil {
		updated, err = replaced(data, changed)
	}
	if err == nil {
		err = u.verify(updated, added)
	}
	if err != nil {
		return Added{}, fmt.Errorf("update pricing workbook: %w", err)
	}
	if _, err := out.Write(updated); err != nil {
		return Added{}, fmt.Errorf("update pricing workbook: %w", err)
	}
	return added, nil
}

// update is a workbook under change: what it holds that new rows must agree with.
type update struct {
	file      *workbook
	parties   target
	contracts target

	existing Book
}

// target is a sheet to which rows are added.
type target struct {
	part    sheetPart
	last    int // last row that holds anything
	columns map[string]int
}

func openUpdate(data []byte) (*update, error) {
	if int64(len(data)) > generous.file {
		return nil, unusable(errTooLarge, generous)
	}
	w, err := openWorkbook(data, generous)
	if err != nil {
		return nil, unusable(err, generous)
	}
	if err := w.changeable(); err != nil {
		return nil, err
	}
	u := &update{file: w}
	rd := &reader{file: w}
	u.existing = Book{
		Parties: rowsOf[Party](rd, partiesSheet), Contracts: rowsOf[Contract](rd, contractsSheet),
		Rules: rowsOf[Rule](&reader{file: w}, rulesSheet), TaxItems: rowsOf[TaxItem](&reader{file: w}, taxItemsSheet),
	}
	if rd.err != nil {
		return nil, unusable(rd.err, generous)
	}
	for decl, to := range map[*sheet]*target{partiesSheet: &u.parties, contractsSheet: &u.contracts} {
		if err := u.aim(decl, to); err != nil {
			return nil, err
		}
	}
	return u, nil
}

// aim finds where rows of a sheet go.
func (u *update) aim(decl *sheet, to *target) error {
	rd := &reader{file: u.file}
	name, g := rd.find(decl)
	if rd.err != nil {
		return unusable(rd.err, generous)
	}
	if g != nil {
		if columns, ok := rd.headers(decl, name, g); ok {
			to.columns, to.last = columns, g.rows[len(g.rows)-1].number
			for _, p := range u.file.sheets {
				if p.name == name {
					to.part = p
				}
			}
			return nil
		}
	}
	return &Faults{rd.faults.inOrder(), rd.faults.more}
}

// missing makes parties and contracts of the accounts that no contract names, beside what the workbook has.
func (u *update) missing(customers []TemplateCustomer) Added {
	t := &template{codes: map[string]bool{}, ids: map[string]bool{}, resellers: map[string]string{}, terms: u.existing.usualTerms()}
	kinds := map[string]string{}
	for _, p := range u.existing.Parties {
		t.codes[strings.ToLower(p.ShortCode)], t.ids[p.ID], kinds[p.ID] = true, true, p.Kind
	}
	known := map[account]bool{}
	for _, k := range u.existing.Contracts {
		t.ids[k.Number] = true
		known[account{k.CustomerID, k.ResellerID}] = true
		if k.ResellerID != "" && kinds[k.PartyID] == KindReseller {
			t.resellers[k.ResellerID] = k.PartyID
		}
	}
	for _, c := range inOrder(customers) {
		if known[account{c.ID, c.ResellerID}] {
			continue
		}
		if !isSet(c.ValidFrom) || before(c.ValidFrom, t.terms.ValidFrom) {
			c.ValidFrom = t.terms.ValidFrom
		}
		c.Reseller = c.Reseller || t.resellers[c.ResellerID] != ""
		t.contract(c)
	}
	return Added{t.book.Parties, t.book.Contracts}
}

// usualTerms is what most contracts agree to, and the first day on which their tax code has a rate; the template's own where
// there are no contracts. Of equals the first counts.
func (b *Book) usualTerms() Contract {
	type terms struct {
		plan, tax string
		incl      bool
	}
	most := Contract{PricePlan: templatePlan, TaxCode: templateTax}
	if len(b.Contracts) == 0 && len(b.TaxItems) > 0 {
		most.TaxCode = b.TaxItems[0].TaxCode
	}
	if len(b.Contracts) == 0 && len(b.Rules) > 0 {
		most.PricePlan = b.Rules[0].PricePlan
	}
	count, best := map[terms]int{}, 0
	for _, k := range b.Contracts {
		count[terms{k.PricePlan, k.TaxCode, k.AmountsIncludeTax}]++
	}
	for _, k := range b.Contracts {
		if n := count[terms{k.PricePlan, k.TaxCode, k.AmountsIncludeTax}]; n > best && k.PricePlan != "" && k.TaxCode != "" {
			best, most = n, Contract{PricePlan: k.PricePlan, TaxCode: k.TaxCode, AmountsIncludeTax: k.AmountsIncludeTax}
		}
	}
	var first exact.Date
	for _, t := range b.TaxItems {
		if t.TaxCode == most.TaxCode && isSet(t.ValidFrom) && (!isSet(first) || before(t.ValidFrom, first)) {
			first = t.ValidFrom
		}
	}
	most.ValidFrom = day(firstTemplateDay)
	if isSet(first) && before(most.ValidFrom, first) {
		most.ValidFrom = first
	}
	return most
}

var errForm = errors.New("the form of the sheet is unusual")

// add writes the rows into the sheet's XML.
func (t target) add(w *workbook, decl *sheet, rows []map[string]newCell, changed map[string][]byte) error {
	r, err := w.part(t.part.path)
	if err != nil {
		return err
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil {
		return fmt.Errorf("%w: part %s: %v", errDamaged, shown(t.part.path), err)
	}
	s, err := scanSheet(data)
	switch {
	case err != nil:
		return fmt.Errorf("sheet %s: %w", shown(t.part.name), err)
	case s.protected:
		return &Faults{Problems: []Problem{{Sheet: t.part.name, Message: "the sheet is protected", Remedy: "unprotect it in the spreadsheet program, or add the rows there"}}}
	case t.last+len(rows) > 1<<20:
		return fmt.Errorf("sheet %s: %w", shown(t.part.name), errTooLarge)
	}
	placed := make([]newRow, len(rows))
	for i, row := range rows {
		placed[i] = newRow{}
		for _, c := range decl.columns {
			if cell, ok := row[c.header]; ok && t.columns[c.header] > 0 {
				placed[i][t.columns[c.header]] = cell
			}
		}
	}
	changed[strings.ToLower(t.part.path)] = s.insert(t.last, placed, dates{w.dates, w.date0})
	return nil
}

// changeable refuses workbooks that a change would break.
func (w *workbook) changeable() error {
	refuse := func(message, remedy string) error {
		return &Faults{Problems: []Problem{{Message: message, Remedy: remedy}}}
	}
	for name := range w.parts {
		switch {
		case strings.HasSuffix(name, "vbaproject.bin"):
			return refuse("this workbook has macros", "save it as .xlsx, which has none")
		case strings.HasPrefix(name, "_xmlsignatures/"):
			return refuse("this workbook is signed: a change would break the signature", "remove the signature in the spreadsheet program, update, and sign again")
		}
	}
	return nil
}

// rowCells writes rows as cells by header; empty fields have none.
func rowCells[R any](s *sheet, rows []R) []map[string]newCell {
	fields := fieldsOf(s, reflect.TypeFor[R]())
	all := make([]map[string]newCell, len(rows))
	for i := range rows {
		all[i] = map[string]newCell{}
		row := reflect.ValueOf(&rows[i]).Elem()
		for n, c := range s.columns {
			switch v := row.Field(fields[n]).Addr().Interface().(type) {
			case *string:
				if *v != "" {
					all[i][c.header] = newCell{text: *v}
				}
			case *bool:
				all[i][c.header] = newCell{text: map[bool]string{true: "yes", false: "no"}[*v]}
			case *exact.Date:
				if days, ok := v.Days(); ok {
					all[i][c.header] = newCell{text: v.String(), isDay: true, days: int(days)}
				}
			default:
				panic(fmt.Sprintf("pricing: no added cell for %T", v))
			}
		}
	}
	return all
}

// replaced copies a zip file with other content for some of its parts; the others are copied as they are compressed.
func replaced(data []byte, parts map[string][]byte) ([]byte, error) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	if err := w.SetComment(z.Comment); err != nil {
		return nil, err
	}
	for _, f := range z.File {
		content, ok := parts[partName(f.Name)]
		if !ok {
			if err := w.Copy(f); err != nil {
				return nil, err
			}
			continue
		}
		part, err := w.CreateHeader(&zip.FileHeader{Name: f.Name, Method: zip.Deflate, Modified: f.Modified, Comment: f.Comment})
		if err == nil {
			_, err = part.Write(content)
		}
		if err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// verify reads the result back: the rows that were there, then those that were added.
func (u *update) verify(updated []byte, added Added) error {
	after, err := openUpdate(updated)
	if err != nil {
		return err
	}
	if !sameRows(after.existing.Parties, u.existing.Parties, added.Parties) || !sameRows(after.existing.Contracts, u.existing.Contracts, added.Contracts) {
		return fmt.Errorf("%w: the result does not read back as it should; save the workbook again in a spreadsheet program, then update", errForm)
	}
	return nil
}

// sameRows compares rows without where they stand.
func sameRows[R any](got, before, added []R) bool {
	if len(got) != len(before)+len(added) {
		return false
	}
	for i := range got {
		want := before
		n := i
		if i >= len(before) {
			want, n = added, i-len(before)
		}
		a, b := got[i], want[n]
		reflect.ValueOf(&a).Elem().FieldByName("Origin").SetZero()
		reflect.ValueOf(&b).Elem().FieldByName("Origin").SetZero()
		if !reflect.DeepEqual(a, b) {
			return false
		}
	}
	return true
}
