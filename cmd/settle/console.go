package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/rivo/uniseg"
	"github.com/schollz/progressbar/v3"
)

// Progress is told what the job does. One stage at a time; Add is called from many goroutines.
type Progress interface {
	Stage(name string, total int64) // total <= 0: not known
	Add(n int64)
	Done() // the stage is finished
}

// silent shows nothing.
type silent struct{}

func (silent) Stage(string, int64) {}
func (silent) Add(int64)           {}
func (silent) Done()               {}

// bars draws one bar a stage on a terminal.
type bars struct {
	out io.Writer
	mu  sync.Mutex
	bar *progressbar.ProgressBar
}

func newBars(out io.Writer) *bars { return &bars{out: out} }

func (b *bars) Stage(name string, total int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.finish()
	if total <= 0 {
		total = -1
	}
	b.bar = progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(b.out),
		progressbar.OptionSetDescription(pad(clean(name), 22, false)),
		progressbar.OptionSetWidth(30),
		progressbar.OptionShowCount(),
		progressbar.OptionShowIts(),
		progressbar.OptionSetPredictTime(total > 0),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionSetSpinnerChangeInterval(0), // no goroutine of its own
		progressbar.OptionSetRenderBlankState(true))
}

func (b *bars) Add(n int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.bar != nil {
		_ = b.bar.Add64(n) // a bar that cannot be drawn must not stop a month
	}
}

func (b *bars) Done() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.finish()
}

func (b *bars) finish() {
	if b.bar != nil {
		_ = b.bar.Exit() // keeps what is drawn; Finish would jump to 100 %
		fmt.Fprintln(b.out)
		b.bar = nil
	}
}

const lineEvery = 10 * time.Second

// lines prints one line per finished stage, and one every ten seconds within, for logs and pipes.
type lines struct {
	out io.Writer
	now func() time.Time

	mu             sync.Mutex
	name           string
	done, total    int64
	started, shown time.Time
}

func newLines(out io.Writer, now func() time.Time) *lines { return &lines{out: out, now: now} }

func (l *lines) Stage(name string, total int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.finish()
	now := l.now()
	l.name, l.done, l.total, l.started, l.shown = clean(name), 0, total, now, now
}

func (l *lines) Add(n int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.done += n
	if now := l.now(); l.name != "" && now.Sub(l.shown) >= lineEvery {
		l.shown = now
		of := ""
		if l.total > 0 {
			of = fmt.Sprintf(" of %s", thousands(l.total))
		}
		fmt.Fprintf(l.out, "%s: %s%s after %s\n", l.name, thousands(l.done), of, took(now.Sub(l.started)))
	}
}

func (l *lines) Done() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.finish()
}

func (l *lines) finish() {
	if l.name == "" {
		return
	}
	spent := l.now().Sub(l.started)
	rate := ""
	if ms := spent.Milliseconds(); ms >= 100 && l.done > 0 {
		rate = fmt.Sprintf(", %s/s", thousands(l.done*1000/ms))
	}
	fmt.Fprintf(l.out, "%s: %s in %s%s\n", l.name, thousands(l.done), took(spent), rate)
	l.name = ""
}

// table lines up cells by what a terminal shows: a Chinese character is two columns wide.
type table struct {
	head  []string
	right []int // columns of numbers
	rows  [][]string
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

// print writes the table, every line after indent. Texts of the API cannot move the cursor: clean.
func (t *table) print(out io.Writer, indent string) {
	widths := t.widths()
	rows := t.rows
	if len(t.head) > 0 {
		rows = append([][]string{t.head}, rows...)
	}
	for _, row := range rows {
		_ = t.line(out, indent, row, widths) // a terminal that went away is noticed by whoever needs the output
	}
}

func (t *table) widths() []int {
	widths := make([]int, len(t.head))
	for _, row := range append([][]string{t.head}, t.rows...) {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], uniseg.StringWidth(clean(cell)))
		}
	}
	return widths
}

func (t *table) line(out io.Writer, indent string, row []string, widths []int) error {
	var b strings.Builder
	for i, cell := range row {
		if i > 0 {
			b.WriteString("  ")
		}
		b.WriteString(pad(clean(cell), widths[i], slices.Contains(t.right, i)))
	}
	_, err := fmt.Fprintln(out, indent+strings.TrimRight(b.String(), " "))
	return err
}

func pad(s string, width int, right bool) string {
	blanks := strings.Repeat(" ", max(0, width-uniseg.StringWidth(s)))
	if right {
		return blanks + s
	}
	return s + blanks
}

// clean makes a text safe to print: control characters and those that reorder text come out as their codes, so that a
// customer's name can neither drive the terminal nor forge a line.
func clean(s string) string {
	if !strings.ContainsFunc(s, unsafe) {
		return strings.ToValidUTF8(s, "�")
	}
	var b strings.Builder
	for _, r := range strings.ToValidUTF8(s, "�") {
		if unsafe(r) {
			fmt.Fprintf(&b, `\u%04x`, r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func unsafe(r rune) bool {
	return unicode.IsControl(r) || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' ||
		r == '\u200e' || r == '\u200f' || r == '\u2028' || r == '\u2029'
}

// thousands writes 1234567 as 1,234,567.
func thousands(n int64) string { return group(strconv.FormatInt(n, 10)) }

// group puts commas into the integer part of a decimal text.
func group(s string) string {
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	whole, fraction, dotted := strings.Cut(s, ".")
	var parts []string
	for len(whole) > 3 {
		parts = append([]string{whole[len(whole)-3:]}, parts...)
		whole = whole[:len(whole)-3]
	}
	s = sign + strings.Join(append([]string{whole}, parts...), ",")
	if dotted {
		s += "." + fraction
	}
	return s
}

// took writes a duration as an operator says it: 0.4 s, 12 s, 3 min 5 s, 2 h 10 min.
func took(d time.Duration) string {
	switch {
	case d < 10*time.Second:
		return fmt.Sprintf("%d.%d s", d.Milliseconds()/1000, d.Milliseconds()%1000/100)
	case d < time.Minute:
		return fmt.Sprintf("%d s", d/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%d min %d s", d/time.Minute, d%time.Minute/time.Second)
	}
	return fmt.Sprintf("%d h %d min", d/time.Hour, d%time.Hour/time.Minute)
}
