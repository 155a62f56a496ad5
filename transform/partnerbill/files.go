package partnerbill

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// csv reads a text of commas or tabs.
func (r *reader) csv(content []byte) error {
	text, err := r.text(content)
	if err != nil {
		return err
	}
	first, _, _ := bytes.Cut(text, []byte("\n"))
	c := csv.NewReader(bytes.NewReader(text))
	c.FieldsPerRecord, c.LazyQuotes, c.ReuseRecord = -1, true, true
	if bytes.Count(first, []byte("\t")) > bytes.Count(first, []byte(",")) {
		c.Comma = '\t'
	}
	for {
		cells, err := c.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return Error{{What: err.Error(), Remedy: "export the file again as CSV or xlsx"}}
		}
		line, _ := c.FieldPos(0)
		if err := r.row(line, cells, func(i int) string {
			return fmt.Sprintf("line %d, column %d", line, i+1)
		}); err != nil {
			return err
		}
	}
}

// text is the content in UTF-8. GB 18030 covers GBK and GB 2312, in which spreadsheet programs in China save CSV.
func (r *reader) text(content []byte) ([]byte, error) {
	wrong := func(what string) error {
		return Error{{What: what, Remedy: "save it as CSV in UTF-8 or as xlsx, or set partner_bill.encoding"}}
	}
	if bytes.HasPrefix(content, []byte{0xff, 0xfe}) || bytes.HasPrefix(content, []byte{0xfe, 0xff}) {
		return nil, wrong("the file is a text in UTF-16")
	}
	content = bytes.TrimPrefix(content, []byte("\xef\xbb\xbf"))
	valid := utf8.Valid(content)
	if bytes.IndexByte(content, 0) >= 0 {
		return nil, wrong("the file is neither a text nor an xlsx workbook")
	}
	switch {
	case r.o.Encoding == "utf-8" && !valid:
		return nil, wrong("the file is not in UTF-8")
	case r.o.Encoding == "utf-8" || r.o.Encoding == "" && valid:
		return content, nil
	}
	text, err := simplifiedchinese.GB18030.NewDecoder().Bytes(content)
	if err != nil || bytes.Contains(text, []byte("\uFFFD")) {
		return nil, wrong("the file is neither in UTF-8 nor in GB 18030")
	}
	return text, nil
}

// xlsx reads a workbook: the sheet that the options name, else the first that has the headers.
func (r *reader) xlsx(content []byte) error {
	f, err := excelize.OpenReader(bytes.NewReader(content), excelize.Options{RawCellValue: true, UnzipSizeLimit: mostBytes, UnzipXMLSizeLimit: mostBytes})
	if err != nil {
		return Error{{What: "the workbook cannot be read: " + shown(err.Error()), Remedy: "export it again"}}
	}
	defer func() { _ = f.Close() }()
	sheets := f.GetSheetList()
	if r.o.Sheet != "" {
		sheets = nil
		for _, s := range f.GetSheetList() {
			if strings.EqualFold(s, r.o.Sheet) {
				sheets = []string{s}
			}
		}
		if sheets == nil {
			return Error{{What: fmt.Sprintf("there is no sheet %q", shown(r.o.Sheet)), Remedy: "set partner_bill.sheet to one of " + shown(strings.Join(f.GetSheetList(), ", "))}}
		}
	}
	for _, s := range sheets {
		before := r.seen
		if err := r.sheetRows(f, s); err != nil {
			return err
		}
		if r.place != nil {
			return nil
		}
		r.seen = append(before, r.seen[len(before):]...)
	}
	return nil
}

func (r *reader) sheetRows(f *excelize.File, sheet string) error {
	bad := func(err error) error {
		return Error{{What: fmt.Sprintf("sheet %q cannot be read: %s", shown(sheet), shown(err.Error())), Remedy: "export it again"}}
	}
	rows, err := f.Rows(sheet)
	if err != nil {
		return bad(err)
	}
	defer func() { _ = rows.Close() }()
	r.sheet = sheet
	for line := 1; rows.Next(); line++ {
		cells, err := rows.Columns()
		if err != nil {
			return bad(err)
		}
		name := func(i int) string {
			c, err := excelize.CoordinatesToCellName(i+1, line)
			if err != nil {
				return fmt.Sprintf("%s row %d", sheet, line)
			}
			return sheet + "!" + c
		}
		if err := r.row(line, cells, name); err != nil {
			return err
		}
	}
	if err := rows.Error(); err != nil {
		return bad(err)
	}
	return nil
}
