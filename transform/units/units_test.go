package units

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestNormal(t *testing.T) {
	g := New([]Unit{
		{0, "Day", "", "2"}, {5, "minute", "min", "2"}, {4, "hour", "h", "2"},
		{10, "GB", "G", "3"}, {11, "MB", "M", "3"}, {17, "GB", "GB", "7"},
		{60, "a", "a", "5"}, {61, "b", "b", "5"}, {62, "c", "c", "5"},
		{70, "one", "1", "6"}, {69, "also one", "I", "6"},
	}, []Conversion{
		{10, 11, 1024, "3"}, {0, 5, 1440, "2"}, {4, 5, 60, "2"},
		{60, 61, 3, "5"}, {60, 62, 2, "5"},
		{70, 69, 1, "6"}, {80, 81, 8, "9"},
	})
	for _, c := range []struct {
		id     int64
		factor string
		unit   string
	}{
		{0, "1440", "min"}, {4, "60", "min"}, {5, "1", "min"}, {10, "1024", "M"}, {11, "1", "M"}, {17, "1", "GB"},
		{60, "6", "1/2 b"}, {61, "2", "1/2 b"}, {62, "3", "1/2 b"}, {70, "1", "I"}, {69, "1", "I"}, {80, "8", "#81"},
	} {
		f, unit, ok := g.Normal(c.id)
		if !ok || f.String() != c.factor || unit != c.unit {
			t.Errorf("#%d: got %s × %q, %v; want %s × %q", c.id, f, unit, ok, c.factor, c.unit)
		}
	}
	if _, _, ok := g.Normal(999); ok {
		t.Error("an unknown unit has a factor")
	}
	if p := g.Problems(); len(p) != 0 {
		t.Errorf("problems: %q", p)
	}
}

// A caller that changes a factor must not change the graph.
func TestNormalGivesAway(t *testing.T) {
	g := New([]Unit{{1, "a", "a", "2"}}, nil)
	f, _, _ := g.Normal(1)
	f.SetInt64(7)
	if again, _, _ := g.Normal(1); again.Int64() != 1 {
		t.Errorf("factor became %s", again)
	}
}

func TestProblems(t *testing.T) {
	units := []Unit{{1, "day", "d", "2"}, {2, "hour", "h", "2"}, {3, "minute", "min", "2"}, {10, "GB", "G", "3"}, {11, "MB", "M", "3"}, {40, "GB1000", "G", "40"}}
	good := []Conversion{{10, 11, 1024, "3"}}
	for _, c := range []struct {
		name    string
		rows    []Conversion
		want    string
		without []int64 // units that lose their factor
	}{
		{"contradiction", []Conversion{{1, 2, 24, "2"}, {2, 3, 60, "2"}, {1, 3, 1441, "2"}}, "1 h = 60 min, but 1 d = 24 h, 1 d = 1441 min", []int64{1, 2, 3}},
		{"twice, differently", []Conversion{{1, 2, 24, "2"}, {1, 2, 25, "2"}}, "1 d = 25 h, but 1 d = 24 h", []int64{1, 2}},
		{"zero ratio", []Conversion{{1, 2, 0, "2"}}, "conversion 1 d = 0 h: the ratio is not positive", []int64{1, 2}},
		{"negative ratio", []Conversion{{1, 2, -24, "2"}}, "the ratio is not positive", []int64{1, 2}},
		{"across types", []Conversion{{40, 1, 5, "40"}}, "joins measure type 40 and 2", []int64{1, 40}},
		{"type of the row", []Conversion{{1, 2, 24, "10"}}, "has measure type 10, its units have 2", []int64{1, 2}},
		{"of itself", []Conversion{{1, 1, 2, "2"}}, "multiple of itself", []int64{1}},
		{"beyond the column", []Conversion{{1, 2, 1e18, "2"}, {2, 3, 1e18, "2"}, {3, 4, 1e18, "2"}}, "more than 10^38 times", []int64{1, 2, 3, 4}},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := New(units, append(slices.Clone(good), c.rows...))
			if all := strings.Join(g.Problems(), "\n"); !strings.Contains(all, c.want) {
				t.Errorf("problems %q do not say %q", all, c.want)
			}
			for _, u := range units {
				_, _, ok := g.Normal(u.ID)
				if want := !slices.Contains(c.without, u.ID); ok != want {
					t.Errorf("#%d known: %v, want %v", u.ID, ok, want)
				}
			}
		})
	}
}

func TestListedTwice(t *testing.T) {
	g := New([]Unit{{1, "GB", "G", "3"}, {1, "GB", "G", "3"}, {2, "GB", "G", "3"}, {2, "GB", "G", "7"}}, nil)
	if _, _, ok := g.Normal(1); !ok {
		t.Error("the same row twice lost the unit")
	}
	if _, _, ok := g.Normal(2); ok || len(g.Problems()) != 1 {
		t.Errorf("two types: ok %v, problems %q", ok, g.Problems())
	}
}

func TestAgreeingRowsOfAClosedTable(t *testing.T) {
	g := New([]Unit{{1, "", "d", "2"}, {2, "", "h", "2"}, {3, "", "s", "2"}},
		[]Conversion{{1, 2, 24, "2"}, {1, 3, 86400, "2"}, {2, 3, 3600, "2"}, {1, 1, 1, "2"}})
	if f, _, _ := g.Normal(1); len(g.Problems()) != 0 || f.Int64() != 86400 {
		t.Errorf("got %s, %q", f, g.Problems())
	}
}

func TestLookup(t *testing.T) {
	g := New([]Unit{{10, "GB", "G", "3"}, {11, "MB", "M", "3"}, {12, "mb", "M", "3"}, {17, "GB", "G", "7"}, {18, "B", "B", "7"}, {19, "x", "x", "8"}},
		[]Conversion{{10, 11, 1024, "3"}, {12, 11, 1, "3"}, {17, 18, 1 << 30, "7"}, {19, 18, 0, "7"}})
	for _, c := range []struct {
		text   string
		family int64
		id     int64
		ok     bool
	}{
		{"G", 11, 10, true}, {"11", 10, 11, true}, {" 10 ", 10, 10, true},
		{"M", 10, 0, false}, {"17", 10, 17, false}, {"g", 10, 0, false}, {"", 10, 0, false}, {"G", 99, 0, false}, {"G", 18, 0, false},
	} {
		id, ok := g.Lookup(c.text, c.family)
		if ok != c.ok || ok && id != c.id {
			t.Errorf("%q in the family of #%d: got %d, %v", c.text, c.family, id, ok)
		}
	}
}

// Random families with known sizes: factors must stand in the ratio of the sizes, be coprime as a whole, and not depend on
// the order of the rows.
func TestAgainstOracle(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 500 {
		n := 2 + r.IntN(7)
		size := make([]*big.Rat, n) // of unit i in some common measure
		var units []Unit
		var rows []Conversion
		for i := range n {
			units = append(units, Unit{int64(i), "", fmt.Sprintf("u%d", i), "2"})
			size[i] = big.NewRat(1, 1)
			if i == 0 {
				continue
			}
			j, ratio := r.IntN(i), int64(1+r.IntN(60))
			if r.IntN(2) == 0 {
				rows = append(rows, Conversion{int64(i), int64(j), ratio, "2"})
				size[i] = new(big.Rat).Mul(size[j], big.NewRat(ratio, 1))
			} else {
				rows = append(rows, Conversion{int64(j), int64(i), ratio, "2"})
				size[i] = new(big.Rat).Quo(size[j], big.NewRat(ratio, 1))
			}
		}
		for a := range n { // redundant rows that agree
			for b := range n {
				if q := new(big.Rat).Quo(size[a], size[b]); a != b && q.IsInt() && q.Num().IsInt64() && r.IntN(3) == 0 {
					rows = append(rows, Conversion{int64(a), int64(b), q.Num().Int64(), "2"})
				}
			}
		}
		g := New(units, rows)
		if len(g.Problems()) > 0 {
			t.Fatalf("%v: %q", rows, g.Problems())
		}
		r.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		shuffled := New(units, rows)
		common := new(big.Int)
		f0, unit, _ := g.Normal(0)
		for i := range n {
			f, u, ok := g.Normal(int64(i))
			if !ok || u != unit || f.Sign() <= 0 {
				t.Fatalf("%v: u%d: %s %s %v", rows, i, f, u, ok)
			}
			if got, want := new(big.Rat).SetFrac(f, f0), new(big.Rat).Quo(size[i], size[0]); got.Cmp(want) != 0 {
				t.Fatalf("%v: u%d is %s u0, want %s", rows, i, got, want)
			}
			if f2, u2, _ := shuffled.Normal(int64(i)); f2.Cmp(f) != 0 || u2 != u {
				t.Fatalf("%v: the order of rows changes u%d from %s %s to %s %s", rows, i, f, u, f2, u2)
			}
			common.GCD(nil, nil, common, f)
		}
		if common.Cmp(big.NewInt(1)) != 0 {
			t.Fatalf("%v: all factors are multiples of %s", rows, common)
		}
		if bad := contradict(r, rows, size); bad != nil {
			if g := New(units, bad); len(g.Problems()) == 0 {
				t.Fatalf("%v: contradiction not seen", bad)
			}
		}
	}
}

// contradict changes the ratio of a row that other rows confirm.
func contradict(r *rand.Rand, rows []Conversion, size []*big.Rat) []Conversion {
	c := rows[r.IntN(len(rows))]
	c.Ratio++
	if q := new(big.Rat).Quo(size[c.From], size[c.To]); q.Cmp(big.NewRat(c.Ratio, 1)) == 0 {
		return nil
	}
	return append(slices.Clone(rows), c)
}

// A long chain of large ratios is refused before its fractions grow.
func TestHostileChain(t *testing.T) {
	var rows []Conversion
	for i := range int64(3000) {
		rows = append(rows, Conversion{i, i + 1, 1e18 - 1, "3"})
	}
	g := New(nil, rows)
	if _, _, ok := g.Normal(0); ok || len(g.Problems()) == 0 {
		t.Errorf("kept; problems %d", len(g.Problems()))
	}
}
