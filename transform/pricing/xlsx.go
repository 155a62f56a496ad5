package pricing

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
)

// Reading cells is our own and not excelize's for three reasons, all seen in its v2.11.0: it takes a sheet whose XML ends
// early for a shorter sheet, so that rules would vanish without a word; it pads every row to its last cell, so that a small
// file takes all memory; and it does not tell a formula without a stored value from an empty cell. Writing is excelize's.

// limits is what a workbook may cost: bytes of the file and of its parts, number of cells.
type limits struct {
	file, unzip int64
	cells       int
}

// generous: a pricing workbook of 5,000 parties is below 1 MB, 10 MB unzipped, 200,000 cells.
var generous = limits{file: 32 << 20, unzip: 128 << 20, cells: 2_000_000}

const maxParts = 10_000

var (
	errNotWorkbook = errors.New("this is not an .xlsx workbook")
	errOldWorkbook = errors.New("this is an old .xls workbook or one with a password")
	errTooLarge    = errors.New("this is too large for a pricing workbook")
	errDamaged     = errors.New("this workbook is damaged")
)

// workbook is an opened .xlsx file.
type workbook struct {
	parts   map[string]*zip.File // by lower-case name
	sheets  []sheetPart
	strings []string // shared strings
	dates   []bool   // by cell style: the number is shown as a date or time
	date0   int      // days from 1970-01-01 to serial 0
	cells   int
	unzip   int64
	most    limits
}

type sheetPart struct{ name, path string }

func openWorkbook(data []byte, most limits) (*workbook, error) {
	if bytes.HasPrefix(data, []byte{0xD0, 0xCF, 0x11, 0xE0}) {
		return nil, errOldWorkbook
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, errNotWorkbook
	}
	if len(z.File) > maxParts {
		return nil, errTooLarge
	}
	w := &workbook{parts: make(map[string]*zip.File, len(z.File)), most: most}
	for _, f := range z.File {
		name := partName(f.Name)
		if w.parts[name] != nil { // two readers would see two workbooks
			return nil, fmt.Errorf("%w: it has the part %s twice", errDamaged, shown(name))
		}
		w.parts[name] = f
	}
	return w, w.open()
}

// partName is how a part is looked up, whatever program wrote it.
func partName(name string) string {
	return strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(name, `\`, "/"), "/"))
}

// open reads what the sheets need: their names, the shared strings, which styles are dates.
func (w *workbook) open() error {
	main := "xl/workbook.xml"
	root, err := w.relations("")
	if err != nil {
		return err
	}
	for _, r := range root {
		if strings.HasSuffix(r.Type, "/officeDocument") {
			main = r.Target
		}
	}
	if w.parts[strings.ToLower(main)] == nil {
		return errNotWorkbook
	}
	var book struct {
		Properties struct {
			Date1904 string `xml:"date1904,attr"`
		} `xml:"workbookPr"`
		Sheets []struct {
			Name string     `xml:"name,attr"`
			Attr []xml.Attr `xml:",any,attr"`
		} `xml:"sheets>sheet"`
	}
	if err := w.decode(main, &book); err != nil {
		return err
	}
	w.date0 = -25569 // serial 25569 is 1970-01-01
	if p := book.Properties.Date1904; p == "1" || p == "true" {
		w.date0 += 1462
	}
	relations, err := w.relations(main)
	if err != nil {
		return err
	}
	for _, s := range book.Sheets {
		for _, a := range s.Attr {
			if r, ok := relations[a.Value]; ok && a.Name.Local == "id" && strings.HasSuffix(r.Type, "/worksheet") {
				w.sheets = append(w.sheets, sheetPart{s.Name, r.Target})
			}
		}
	}
	for _, r := range relations {
		switch {
		case strings.HasSuffix(r.Type, "/sharedStrings"):
			err = w.readStrings(r.Target)
		case strings.HasSuffix(r.Type, "/styles"):
			err = w.readStyles(r.Target)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

type relation struct{ Type, Target string }

// relations reads what a part refers to; targets become absolute names. A part without relations has none.
func (w *workbook) relations(of string) (map[string]relation, error) {
	dir, file := path.Split(of)
	name := dir + "_rels/" + file + ".rels"
	if w.parts[strings.ToLower(name)] == nil {
		return nil, nil
	}
	var all struct {
		Relationships []struct {
			ID     string `xml:"Id,attr"`
			Type   string `xml:"Type,attr"`
			Target string `xml:"Target,attr"`
		} `xml:"Relationship"`
	}
	if err := w.decode(name, &all); err != nil {
		return nil, err
	}
	out := map[string]relation{}
	for _, r := range all.Relationships {
		target := r.Target
		if !strings.HasPrefix(target, "/") {
			target = path.Join("/", dir, target)
		}
		out[r.ID] = relation{r.Type, strings.TrimPrefix(path.Clean(target), "/")}
	}
	return out, nil
}

// part opens a part. Its size counts against the limit; archive/zip holds the content to the size that the file announces.
func (w *workbook) part(name string) (io.ReadCloser, error) {
	f := w.parts[strings.ToLower(name)]
	if f == nil {
		return nil, fmt.Errorf("%w: it lacks the part %s", errDamaged, shown(name))
	}
	if f.UncompressedSize64 > uint64(w.most.unzip) {
		return nil, errTooLarge
	}
	if w.unzip += int64(f.UncompressedSize64); w.unzip > w.most.unzip {
		return nil, errTooLarge
	}
	r, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("%w: part %s: %v", errDamaged, shown(name), err)
	}
	return r, nil
}

// each hands the part's start elements to a function until the end; anything short of a whole document is an error.
func (w *workbook) each(name string, start func(*xml.Decoder, xml.StartElement) error) error {
	r, err := w.part(name)
	if err != nil {
		return err
	}
	defer r.Close()
	d := newDecoder(r)
	for {
		t, err := d.Token()
		if err == io.EOF {
			return nil
		}
		if err == nil {
			if e, ok := t.(xml.StartElement); ok {
				err = start(d, e)
			}
		}
		if errors.Is(err, errTooLarge) || errors.Is(err, errDamaged) {
			return err
		}
		if err != nil {
			return fmt.Errorf("%w: part %s: %s", errDamaged, shown(name), shown(err.Error()))
		}
	}
}

// maxIndex bounds the parts that are kept whole: the list of sheets, the styles, what refers to what.
const maxIndex = 8 << 20

func (w *workbook) decode(name string, into any) error {
	r, err := w.part(name)
	if err != nil {
		return err
	}
	defer r.Close()
	if w.parts[strings.ToLower(name)].UncompressedSize64 > maxIndex {
		return errTooLarge
	}
	if err := newDecoder(r).Decode(into); errors.Is(err, errTooLarge) {
		return errTooLarge
	} else if err != nil {
		return fmt.Errorf("%w: part %s: %s", errDamaged, shown(name), shown(err.Error()))
	}
	return nil
}

func (w *workbook) readStrings(name string) error {
	return w.each(name, func(d *xml.Decoder, e xml.StartElement) error {
		if e.Name.Local != "si" {
			return nil
		}
		if len(w.strings) == w.most.cells {
			return errTooLarge
		}
		s, err := richText(d)
		w.strings = append(w.strings, s)
		return err
	})
}

// readStyles finds the cell styles whose number format shows a date: a number under one of them is no number.
func (w *workbook) readStyles(name string) error {
	var styles struct {
		Formats []struct {
			ID   int    `xml:"numFmtId,attr"`
			Code string `xml:"formatCode,attr"`
		} `xml:"numFmts>numFmt"`
		Cells []struct {
			Format int `xml:"numFmtId,attr"`
		} `xml:"cellXfs>xf"`
	}
	if err := w.decode(name, &styles); err != nil {
		return err
	}
	own := map[int]bool{}
	for _, f := range styles.Formats {
		own[f.ID] = isDateFormat(f.Code)
	}
	for _, c := range styles.Cells {
		d, ok := own[c.Format]
		w.dates = append(w.dates, ok && d || !ok && isBuiltInDate(c.Format))
	}
	return nil
}

// isBuiltInDate lists the number formats that have an id and no code (ECMA-376 part 1, 18.8.30, Chinese ones included).
func isBuiltInDate(format int) bool {
	return format >= 14 && format <= 22 || format >= 27 && format <= 36 || format >= 45 && format <= 47 || format >= 50 && format <= 58
}

// isDateFormat looks for the letters of years, months, days and times outside quotes, brackets and escapes.
func isDateFormat(code string) bool {
	if strings.EqualFold(code, "general") {
		return false
	}
	for i := 0; i < len(code); i++ {
		switch code[i] {
		case '"':
			i = skipTo(code, i, '"')
		case '[':
			i = skipTo(code, i, ']')
		case '\\', '_', '*':
			i++
		case 'y', 'Y', 'm', 'M', 'd', 'D', 'h', 'H', 's', 'S':
			return true
		}
	}
	return false
}

func skipTo(s string, i int, end byte) int {
	if n := strings.IndexByte(s[i+1:], end); n >= 0 {
		return i + 1 + n
	}
	return len(s)
}

// richText reads a string item to its end: its runs without their phonetic guides.
func richText(d *xml.Decoder) (string, error) {
	var b strings.Builder
	for depth, guide, inText := 1, 0, false; depth > 0; {
		t, err := d.Token()
		if err != nil {
			return "", err
		}
		switch e := t.(type) {
		case xml.StartElement:
			depth++
			if e.Name.Local == "rPh" {
				guide++
			}
			inText = e.Name.Local == "t" && guide == 0
		case xml.EndElement:
			depth--
			if e.Name.Local == "rPh" {
				guide--
			}
			inText = false
		case xml.CharData:
			if inText {
				b.Write(e)
			}
		}
	}
	return unescape(b.String()), nil
}

// unescape resolves _x000A_, the form in which workbooks keep characters that XML cannot.
func unescape(s string) string {
	if !strings.Contains(s, "_x") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		if len(s)-i >= 7 && s[i] == '_' && s[i+1] == 'x' && s[i+6] == '_' {
			if n, err := strconv.ParseUint(s[i+2:i+6], 16, 16); err == nil {
				b.WriteRune(rune(n))
				i += 7
				continue
			}
		}
		b.WriteByte(s[i])
		i++
	}
	return b.String()
}
