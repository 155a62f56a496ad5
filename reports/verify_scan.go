package reports

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"html"
	"io"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// sheetScanner reads a sheet's cells as they come, in a small memory: a general reader of XML takes many times as long, and a sheet may have
// thirty million cells. It understands what the writer of this package writes: inline texts, numbers, formulas with their values.
type sheetScanner struct {
	keep func(column int) bool // columns whose cells are wanted below the header
}

// longestCell is what the text of a cell can take, escaped.
const longestCell = 1 << 19

// scan hands the rows over and returns the last row of the table's filter, 0 where there is none.
func (s sheetScanner) scan(in io.Reader, each func(sheetRow) error) (filter int, err error) {
	r := bufio.NewReaderSize(in, longestCell)
	var row sheetRow
	column, wanted, capture := 0, false, false
	for {
		text, err := r.ReadSlice('<')
		if errors.Is(err, io.EOF) {
			return filter, nil
		}
		if err != nil {
			return filter, err
		}
		if capture {
			capture = false
			value := html.UnescapeString(string(text[:len(text)-1]))
			if column == 1 {
				row.first = value
			}
			row.cells[column] = value
		}
		tag, err := r.ReadSlice('>')
		if err != nil {
			return filter, err
		}
		tag = tag[:len(tag)-1]
		switch {
		case bytes.HasPrefix(tag, []byte("row ")):
			n, err := strconv.Atoi(string(attribute(tag, ` r="`)))
			if err != nil {
				return filter, fmt.Errorf("row without a number: %q", tag)
			}
			row = sheetRow{n: n, cells: map[int]string{}}
		case bytes.Equal(tag, []byte("/row")):
			if err := each(row); err != nil {
				return filter, err
			}
		case bytes.HasPrefix(tag, []byte("c ")):
			if column, err = columnOf(attribute(tag, ` r="`)); err != nil {
				return filter, err
			}
			wanted = row.n == 1 || column == 1 || s.keep(column)
			if wanted && bytes.Equal(attribute(tag, ` t="`), []byte("s")) {
				return filter, fmt.Errorf("cell %s is a shared text, which this program does not write", attribute(tag, ` r="`))
			}
		case wanted && (bytes.Equal(tag, []byte("v")) || bytes.Equal(tag, []byte("t")) || bytes.HasPrefix(tag, []byte("t "))) && tag[len(tag)-1] != '/':
			capture = true
		case bytes.HasPrefix(tag, []byte("autoFilter ")):
			_, end, _ := strings.Cut(string(attribute(tag, ` ref="`)), ":")
			if _, filter, err = excelize.CellNameToCoordinates(strings.ReplaceAll(end, "$", "")); err != nil {
				return filter, err
			}
		}
	}
}

// attribute is the value of an attribute; name is written as it begins in the tag.
func attribute(tag []byte, name string) []byte {
	i := bytes.Index(tag, []byte(name))
	if i < 0 {
		return nil
	}
	value := tag[i+len(name):]
	return value[:max(0, bytes.IndexByte(value, '"'))]
}

// columnOf is the number of the column in a cell's name.
func columnOf(name []byte) (int, error) {
	n := 0
	for _, c := range name {
		if c < 'A' || c > 'Z' {
			break
		}
		n = n*26 + int(c-'A') + 1
	}
	if n == 0 {
		return 0, fmt.Errorf("a cell without a place: %q", name)
	}
	return n, nil
}
