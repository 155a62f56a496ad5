package reports

import (
	"github.com/xuri/excelize/v2"
)

// tallest is the height that a row may have in Excel, in points.
const tallest = 409.0

// look is how a cell is shown. A workbook makes one style per look that it uses.
type look struct {
	size     float64 // points; 0 means 9
	bold     bool
	link     bool   // underlined, in the colour of links
	color    string // of the text
	fill     string
	format   string // number format
	align    string // left, center, right
	middle   bool   // vertically; else top
	wrap     bool
	indent   bool // a little room to the left
	ruled    bool // a hair line below, for rows of a table
	boxed    bool // thin lines all round
	topLine  int  // border style above: 1 thin, 6 double
	baseLine int  // border style below
}

const (
	navy      = "1F3864"
	paleBlue  = "DDE6F2"
	grey      = "7F7F7F"
	lightGrey = "D9D9D9"
	white     = "FFFFFF"
	linkBlue  = "0563C1"

	fontFamily = "Microsoft YaHei" // has both scripts; where it is missing, any sans-serif takes its place
)

// Number formats. Negatives are red and keep their minus.
const (
	formatMoney    = `#,##0.00;[Red]-#,##0.00`
	formatSide     = `#,##0.00######;[Red]-#,##0.00######`
	formatExact    = `#,##0.00000000;[Red]-#,##0.00000000`
	formatCount    = `#,##0;[Red]-#,##0`
	formatQuantity = `#,##0.00####;[Red]-#,##0.00####`
	formatFactor   = `0.00####`
	formatPercent  = `0%`
	formatShare    = `0.0%;[Red]-0.0%`
	formatRate     = `0.0###%`
	formatDay      = `yyyy-mm-dd`
	formatInstant  = `yyyy-mm-dd hh:mm:ss`
	formatText     = `@`
)

var headerLook = look{bold: true, color: white, fill: navy, align: "center", middle: true, wrap: true, boxed: true}

func (l look) excelize() *excelize.Style {
	s := &excelize.Style{
		Font:      &excelize.Font{Family: fontFamily, Size: l.size, Bold: l.bold, Color: l.color},
		Alignment: &excelize.Alignment{Horizontal: l.align, Vertical: "top", WrapText: l.wrap},
	}
	if l.link {
		s.Font.Color, s.Font.Underline = linkBlue, "single"
	}
	if l.size == 0 {
		s.Font.Size = 9
	}
	if l.indent && (l.align == "" || l.align == "left") {
		s.Alignment.Horizontal, s.Alignment.Indent = "left", 1
	}
	if l.middle {
		s.Alignment.Vertical = "center"
	}
	if l.fill != "" {
		s.Fill = excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{l.fill}}
	}
	if l.format != "" {
		s.CustomNumFmt = &l.format
	}
	line := func(side, color string, style int) {
		s.Border = append(s.Border, excelize.Border{Type: side, Color: color, Style: style})
	}
	if l.boxed {
		for _, side := range []string{"left", "right", "top", "bottom"} {
			line(side, lightGrey, 1)
		}
	}
	if l.ruled {
		line("bottom", lightGrey, 4)
	}
	if l.topLine > 0 {
		line("top", navy, l.topLine)
	}
	if l.baseLine > 0 {
		line("bottom", navy, l.baseLine)
	}
	return s
}
