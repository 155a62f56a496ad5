package units

import (
	"fmt"
	"math/big"
	"strings"
)

// The size of a factor that the column family_factor, DECIMAL(38,0), holds, and of the fractions on the way to it: rows that
// go beyond are wrong or hostile, and would cost memory.
var factorLimit = new(big.Int).Exp(big.NewInt(10), big.NewInt(38), nil)

const sizeLimitBits = 2048

// walk gathers the family of a unit, breadth first, and gives each member its size in units of the start. A conversion
// that disagrees with the walk is a contradiction: its cycle is the proof.
func (g *Graph) walk(start *node) {
	f := &family{members: []*node{start}}
	start.family, start.size = f, big.NewRat(1, 1)
	for i := 0; i < len(f.members); i++ {
		n := f.members[i]
		for _, e := range n.edges {
			size := new(big.Rat).Quo(n.size, e.ratio) // 1 n = ratio × to
			if e.to.family == nil {
				e.to.family, e.to.size, e.to.parent, e.to.via = f, size, n, edge{n, nil, e.written}
				f.members = append(f.members, e.to)
				if tooLong(size) {
					if !f.broken {
						g.problem("units %s and %s are further apart than any quantity (%s)", start.label(), e.to.label(), e.written)
					}
					f.broken = true
					e.to.size = big.NewRat(1, 1) // keeps the arithmetic small; the family has no factors anyway
				}
				continue
			}
			if !f.broken && e.to.size.Cmp(size) != 0 {
				g.problem("conversions contradict each other: %s, but %s", e.written, path(n, e.to))
				f.broken = true
			}
		}
	}
}

func tooLong(r *big.Rat) bool {
	return r.Num().BitLen() > sizeLimitBits || r.Denom().BitLen() > sizeLimitBits
}

// path lists the conversions between two members along the walk.
func path(a, b *node) string {
	above := map[*node]bool{}
	for n := a; n != nil; n = n.parent {
		above[n] = true
	}
	var rows []string
	meet := b
	for ; !above[meet]; meet = meet.parent {
		rows = append(rows, meet.via.written)
	}
	var first []string
	for n := a; n != meet; n = n.parent {
		first = append(first, n.via.written)
	}
	return strings.Join(append(first, reversed(rows)...), ", ")
}

func reversed(rows []string) []string {
	out := make([]string, 0, len(rows))
	for i := len(rows) - 1; i >= 0; i-- {
		out = append(out, rows[i])
	}
	return out
}

// settle turns sizes into integers: the largest size that divides every member's is the family's unit, usually a member.
func (g *Graph) settle(f *family) {
	common := new(big.Rat).Set(f.members[0].size)
	smallest := f.members[0]
	for _, n := range f.members[1:] {
		common = divisor(common, n.size)
		if tooLong(common) {
			g.problem("the units around %s have no common measure", smallest.label())
			f.broken = true
			return
		}
		if c := n.size.Cmp(smallest.size); c < 0 || c == 0 && n.better(smallest) {
			smallest = n
		}
	}
	for _, n := range f.members {
		n.size = new(big.Rat).Quo(n.size, common)
		if n.size.Num().Cmp(factorLimit) >= 0 {
			g.problem("unit %s is more than 10^38 times its family's smallest unit %s", n.label(), smallest.label())
			f.broken = true
		}
	}
	f.unit = smallest.label()
	if !smallest.size.IsInt() || smallest.size.Num().Cmp(big.NewInt(1)) != 0 {
		f.unit = fmt.Sprintf("1/%s %s", smallest.size.Num(), smallest.label())
	}
}

// better orders units of one size: listed ones first, then the lower id.
func (n *node) better(o *node) bool {
	if n.listed != o.listed {
		return n.listed
	}
	return n.ID < o.ID
}

// divisor is the largest rational of which a and b are both integer multiples.
func divisor(a, b *big.Rat) *big.Rat {
	left := new(big.Int).Mul(a.Num(), b.Denom())
	right := new(big.Int).Mul(b.Num(), a.Denom())
	return new(big.Rat).SetFrac(new(big.Int).GCD(nil, nil, left, right), new(big.Int).Mul(a.Denom(), b.Denom()))
}
