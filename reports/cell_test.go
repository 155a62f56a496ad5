package reports

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestCellNumber(t *testing.T) {
	for _, c := range []struct {
		text  string
		value any
		exact bool
	}{
		{"0", 0.0, true},
		{"-0.00", 0.0, true},
		{"12.50000000", 12.5, true},
		{"-1260.5", -1260.5, true},
		{"9999999.99999999", 9999999.99999999, true},      // 15 digits
		{"10000000.00000001", "10000000.00000001", false}, // 16
		{"123456789012345000", 123456789012345000.0, true},
		{"1234567890123456", "1234567890123456", false},
		{"0.000000000001", 1e-12, true},
		{"abc", "abc", false},
	} {
		v, exact := cellNumber(c.text)
		if v != c.value || exact != c.exact {
			t.Errorf("cellNumber(%s) = %v, %v, want %v, %v", c.text, v, exact, c.value, c.exact)
		}
	}
}

func TestCellTime(t *testing.T) {
	for _, c := range []struct {
		text  string
		value any
		ok    bool
	}{
		{"2026-10-01", 46296.0, true},
		{"2026-09-30 16:00:00", 46296.0, true}, // UTC; midnight in China
		{"2026-09-30 16:00:00.999999", 46296.0, true},
		{"1899-12-31", "1899-12-31", false},
		{"soon", "soon", false},
	} {
		if v, ok := cellTime(c.text); v != c.value || ok != c.ok {
			t.Errorf("cellTime(%s) = %v, %v, want %v, %v", c.text, v, ok, c.value, c.ok)
		}
	}
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"plain":              "plain",
		"=1+1":               "=1+1",
		"a\x00b\x07c\nd\te":  "abc d e",
		"\u202Eevil\u2066":   "evil",
		"x\xffy":             "x\uFFFDy",
		"云主机\u0085\uFFFE":    "云主机",
		"../../etc/passwd":   "../../etc/passwd",
		"_x000A_ stays text": "_x000A_ stays text",
	} {
		if got := clean(in); got != want {
			t.Errorf("clean(%q) = %q, want %q", in, got, want)
		}
	}
	for _, long := range []string{strings.Repeat("a", 40000), strings.Repeat("长", 40000), strings.Repeat("😀", 20000)} {
		got := clean(long)
		if n := units(got); n > maxCellUnits || n < maxCellUnits-1 {
			t.Errorf("cut to %d units, want %d", n, maxCellUnits)
		}
		if !strings.HasSuffix(got, cutMark) || !utf8.ValidString(got) {
			t.Errorf("cut text ends %q", got[len(got)-20:])
		}
	}
	if fits := strings.Repeat("长", maxCellUnits); clean(fits) != fits {
		t.Error("a text that just fits was cut")
	}
}

func FuzzClean(f *testing.F) {
	f.Add("=cmd|' /C calc'!A0")
	f.Add("\x00\u202e\xff")
	f.Fuzz(func(t *testing.T, in string) {
		got := clean(in)
		if !utf8.ValidString(got) || units(got) > maxCellUnits || clean(got) != got {
			t.Errorf("clean(%q) = %q", in, got)
		}
		for _, r := range got {
			if r < 0x20 || r == 0x7f || r >= 0x202A && r <= 0x202E {
				t.Errorf("clean(%q) keeps %q", in, r)
			}
		}
	})
}

func TestLinesIn(t *testing.T) {
	for _, c := range []struct {
		text  string
		width float64
		want  int
	}{
		{"", 10, 1},
		{"short", 10, 1},
		{"结算金额\nSettlement", 12, 2},
		{"一二三四五六七八九十", 11, 2},
		{"Unsubscription refund", 16, 2},
		{"0123456789012345678901234567890123456789", 11, 4},
	} {
		if got := linesIn(c.text, c.width); got != c.want {
			t.Errorf("linesIn(%q, %v) = %d, want %d", c.text, c.width, got, c.want)
		}
	}
}

func TestCut(t *testing.T) {
	group := func(key string, n int) keyed { return keyed{slice{key, key}, rowCounts{detail: n}} }
	detail := func(n rowCounts) int { return n.detail }
	got := cut([]keyed{group("a", 3), group("b", 0), group("c", 4), group("d", 9), group("e", 1)}, 8, detail)
	want := []slice{{"a", "c"}, {"d", "d"}, {"e", "e"}}
	if len(got) != len(want) {
		t.Fatalf("cut = %v, want %v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("slice %d = %v, want %v", i, got[i], want[i])
		}
	}
	if none := cut([]keyed{group("a", 0)}, 8, detail); none != nil {
		t.Errorf("slices of nothing: %v", none)
	}
}

func TestBundles(t *testing.T) {
	parties := make([]party, 250)
	for i := range parties {
		parties[i].held.detail = 10
	}
	parties[7].held.detail = 5000
	through := 0
	for i := range parties {
		through += parties[i].held.detail
		if i == 40 {
			through += 900 // a party that is not chosen stands between
		}
		parties[i].through, parties[i].revision = through, "0"
	}
	parties[60].revision = "1"
	all := bundles(parties, 1000)
	next := 0
	for _, b := range all {
		if b.first != next {
			t.Fatalf("bundle begins at %d, want %d", b.first, next)
		}
		next += len(b.parties)
		lines := b.parties[len(b.parties)-1].through - b.parties[0].through + b.parties[0].held.detail
		for _, p := range b.parties {
			if p.revision != b.parties[0].revision {
				t.Errorf("revisions %s and %s in one bundle", p.revision, b.parties[0].revision)
			}
		}
		if lines > 1000 && len(b.parties) > 1 || len(b.parties) > bundleParties {
			t.Errorf("bundle of %d parties with %d lines", len(b.parties), lines)
		}
	}
	if next != len(parties) {
		t.Errorf("%d parties in bundles, want %d", next, len(parties))
	}
}
