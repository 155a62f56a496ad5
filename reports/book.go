package reports

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
)

// book is a workbook being written.
type book struct {
	file   *excelize.File
	lang   language
	styles map[look]int
	frame  frame
}

// frame is what every page of a workbook prints around its sheet.
type frame struct {
	title, subject string // document properties
	who            string // page header, right: whose document, which cycle
	mark           string // page footer, left: the statement's number, or that it is a draft
	draft          draft
	author         string
}

// newBook begins a workbook with these sheets, in this order.
func newBook(o Options, lang language, f frame, sheets []string) (*book, error) {
	b := &book{
		file:   excelize.NewFile(excelize.Options{TmpDir: o.TmpDir}),
		lang:   lang,
		styles: map[look]int{},
		frame:  f,
	}
	if err := b.begin(sheets); err != nil {
		b.file.Close()
		return nil, err
	}
	return b, nil
}

func (b *book) begin(sheets []string) error {
	if err := b.file.SetDefaultFont(fontFamily); err != nil {
		return err
	}
	for i, name := range sheets {
		if i == 0 {
			if err := b.file.SetSheetName("Sheet1", name); err != nil {
				return err
			}
			continue
		}
		if _, err := b.file.NewSheet(name); err != nil {
			return fmt.Errorf("sheet %s: %w", name, err)
		}
	}
	at := b.frame.draft.madeAt.UTC().Format(time.RFC3339)
	return b.file.SetDocProps(&excelize.DocProperties{
		Title: b.frame.title, Subject: b.frame.subject, Creator: b.frame.author, LastModifiedBy: b.frame.author,
		Created: at, Modified: at, Identifier: b.frame.draft.runID, Description: "run " + b.frame.draft.runID,
	})
}

// save writes the file and frees what it held, whatever happened before.
func (b *book) save(out io.Writer, tmpDir string) error {
	b.file.SetZipWriter(func(io.Writer) excelize.ZipWriter { return newArchive(out, tmpDir) })
	return b.file.Write(io.Discard)
}

func (b *book) close() { b.file.Close() }

func (b *book) style(l look) (int, error) {
	if id, ok := b.styles[l]; ok {
		return id, nil
	}
	id, err := b.file.NewStyle(l.excelize())
	if err == nil {
		b.styles[l] = id
	}
	return id, err
}

// page sets paper, margins (1 to 1.5 cm), header and footer of a sheet. tall = 0 lets it run over as many pages as it needs.
func (b *book) page(sheet, orientation string, tall int) error {
	a4, wide := 9, 1
	if err := b.file.SetPageLayout(sheet, &excelize.PageLayoutOptions{
		Size: &a4, Orientation: &orientation, FitToWidth: &wide, FitToHeight: &tall,
	}); err != nil {
		return err
	}
	side, top, bottom, edge := 0.4, 0.6, 0.6, 0.3 // inches
	if err := b.file.SetPageMargins(sheet, &excelize.PageLayoutMarginsOptions{
		Left: &side, Right: &side, Top: &top, Bottom: &bottom, Header: &edge, Footer: &edge,
	}); err != nil {
		return err
	}
	pages := label{"第 &P 页 / 共 &N 页", "Page &P of &N"}
	if b.lang == both {
		pages.en = ""
	}
	return b.file.SetHeaderFooter(sheet, &excelize.HeaderFooterOptions{
		OddHeader: "&L&8" + escape(" "+sheet) + "&R&8" + escape(" "+shorten(clean(b.frame.who), 60)),
		OddFooter: "&L&8" + escape(" "+b.frame.mark) + "&C&8 " + pages.in(b.lang) + "&R&8" + escape(" "+shorten(b.frame.draft.runID, 40)),
	})
}

// escape keeps a text from being read as a code of header and footer. (A digit right after a font size would be read as part of it,
// hence the leading blanks above.)
func escape(text string) string { return strings.ReplaceAll(text, "&", "&&") }

// define sets one of the names that print titles and areas are.
func (b *book) define(name, sheet, area string) error {
	return b.file.SetDefinedName(&excelize.DefinedName{Name: name, Scope: sheet, RefersTo: quoteSheet(sheet) + "!" + area})
}

func quoteSheet(name string) string { return "'" + strings.ReplaceAll(name, "'", "''") + "'" }

func cellName(column, row int) string {
	name, err := excelize.CoordinatesToCellName(column, row)
	if err != nil {
		panic(err) // a place that no sheet has: ours, never the data's
	}
	return name
}

func columnName(column int) string {
	name, err := excelize.ColumnNumberToName(column)
	if err != nil {
		panic(err)
	}
	return name
}
