package reports

import (
	"strings"
	"unicode/utf8"
)

// language says in which tongue a party reads its statement.
type language int

const (
	both language = iota
	chinese
	english
)

func languageOf(text string) language {
	switch text {
	case "zh":
		return chinese
	case "en":
		return english
	}
	return both
}

// label is a text of ours in both languages.
type label struct{ zh, en string }

// in is the label on one line.
func (l label) in(lang language) string { return l.joined(lang, " ") }

// header is the label as a column header: two languages, two lines.
func (l label) header(lang language) string { return l.joined(lang, "\n") }

func (l label) joined(lang language, between string) string {
	switch {
	case lang == chinese || l.en == "":
		return l.zh
	case lang == english || l.zh == "" || l.zh == l.en:
		return l.en
	}
	return l.zh + between + l.en
}

const (
	maxCellUnits = 32767 // UTF-16 units in a cell
	cutMark      = "…[cut]"
)

// clean makes a foreign text fit for a cell: no control or direction-changing characters, valid UTF-8, cut to what a cell holds.
// A text that begins with = + - or @ stays as it is: it is written as a string, which no spreadsheet evaluates.
func clean(text string) string {
	if simple(text) {
		return text
	}
	var b strings.Builder
	for _, r := range strings.ToValidUTF8(text, "\uFFFD") {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			b.WriteByte(' ')
		case r < 0x20 || r >= 0x7f && r <= 0x9f || r == '\uFFFE' || r == '\uFFFF':
		case r >= '\u202A' && r <= '\u202E' || r >= '\u2066' && r <= '\u2069' || r == '\u200E' || r == '\u200F':
		default:
			b.WriteRune(r)
		}
	}
	return cutUnits(b.String(), maxCellUnits)
}

func simple(text string) bool {
	if len(text) > maxCellUnits {
		return false
	}
	for i := 0; i < len(text); i++ {
		if text[i] < 0x20 || text[i] >= 0x7f {
			return false
		}
	}
	return true
}

// cutUnits cuts a text to most UTF-16 units, the mark included.
func cutUnits(text string, most int) string {
	if units(text) <= most {
		return text
	}
	left := most - units(cutMark)
	for i, r := range text {
		left -= runeUnits(r)
		if left < 0 {
			return text[:i] + cutMark
		}
	}
	return text
}

func units(text string) int {
	n := 0
	for _, r := range text {
		n += runeUnits(r)
	}
	return n
}

func runeUnits(r rune) int {
	if r > 0xffff {
		return 2
	}
	return 1
}

// shorten keeps a name readable where room is scarce, such as a page header.
func shorten(text string, runes int) string {
	if utf8.RuneCountInString(text) <= runes {
		return text
	}
	return string([]rune(text)[:runes-1]) + "…"
}
