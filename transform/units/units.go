// Package units expresses every measure unit as an exact integer multiple of its family's smallest unit: in come the rows of
// the measurement and conversion APIs, out come one factor and one unit name per measure id. A family is what conversions
// connect inside one measure type; a unit without conversions is a family of its own. Nothing is rounded and nothing is
// guessed: rows that contradict each other leave their family without factors, are named in Problems, and touch no other.
package units

import (
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// Unit is a row of the measurement API.
type Unit struct {
	ID           int64
	Name         string // in the language of the request
	Abbreviation string // not unique: GB is one unit of traffic and another of capacity
	Type         string // the measure type; units of two types are never converted
}

// Conversion is a row of the conversion API: 1 From = Ratio × To.
type Conversion struct {
	From, To, Ratio int64
	Type            string
}

// Graph knows the size of every unit in its family's smallest unit. It does not change after New and may be shared.
type Graph struct {
	nodes    map[int64]*node
	problems []string
}

type node struct {
	Unit
	listed bool // the measurement API has the unit; false where only a conversion names it
	edges  []edge
	family *family
	size   *big.Rat // in units of the member the walk began at, later in the family's smallest unit
	parent *node    // on the walk; nil at its start
	via    edge
}

// edge says 1 from = ratio × to, or, inverse, 1 to = ratio × from.
type edge struct {
	to      *node
	ratio   *big.Rat
	written string // the row as its sender wrote it
}

type family struct {
	members []*node
	unit    string
	broken  bool
}

// New builds the graph. It never fails as a whole; see Problems.
func New(units []Unit, conversions []Conversion) *Graph {
	g := &Graph{nodes: make(map[int64]*node, len(units))}
	var unusable []int64 // units whose rows cannot be trusted
	for _, u := range units {
		n, again := g.nodes[u.ID]
		if !again {
			g.nodes[u.ID] = &node{Unit: u, listed: true}
			continue
		}
		if n.Type != u.Type {
			g.problem("unit %s is listed with measure type %s and with %s", n.label(), typeName(n.Type), typeName(u.Type))
			unusable = append(unusable, u.ID)
		}
	}
	for _, c := range conversions {
		if err := g.connect(c); err != "" {
			g.problem("%s", err)
			unusable = append(unusable, c.From, c.To)
		}
	}
	for _, id := range g.ids() {
		if n := g.nodes[id]; n.family == nil {
			g.walk(n)
		}
	}
	for _, id := range unusable {
		if n := g.nodes[id]; n != nil {
			n.family.broken = true
		}
	}
	for _, id := range g.ids() {
		if n := g.nodes[id]; n.parent == nil && !n.family.broken {
			g.settle(n.family)
		}
	}
	slices.Sort(g.problems)
	g.problems = slices.Compact(g.problems)
	return g
}

// Problems names what keeps families without factors, one sentence each, sorted; empty when every row agrees.
func (g *Graph) Problems() []string { return g.problems }

// Normal says what one unit of a measure id is: factor × unit, where unit is the abbreviation of the family's smallest unit
// (its name or "#id" where it has none). Where no unit of the family divides all others, unit is a fraction of the smallest
// one, "1/6 MB". False: the id is unknown or its family has a problem.
func (g *Graph) Normal(id int64) (factor *big.Int, unit string, ok bool) {
	n := g.nodes[id]
	if n == nil || n.family.broken {
		return nil, "", false
	}
	return new(big.Int).Set(n.size.Num()), n.family.unit, true
}

// Lookup finds the unit that a price is given in, among those that convert to the usage's unit: text is a measure id in
// digits, or an abbreviation that one unit of the family has; family is the measure id of any unit in the family.
func (g *Graph) Lookup(text string, family int64) (id int64, ok bool) {
	of := g.nodes[family]
	if of == nil || of.family.broken {
		return 0, false
	}
	text = strings.TrimSpace(text)
	if asked, err := strconv.ParseInt(text, 10, 64); err == nil {
		n := g.nodes[asked]
		return asked, n != nil && n.family == of.family
	}
	found := 0
	for _, n := range of.family.members {
		if text != "" && n.Abbreviation == text {
			id = n.ID
			found++
		}
	}
	if found != 1 {
		return 0, false
	}
	return id, true
}

// connect adds a conversion, or says why it cannot be one.
func (g *Graph) connect(c Conversion) string {
	from, to := g.unit(c.From, c.Type), g.unit(c.To, c.Type)
	row := fmt.Sprintf("1 %s = %d %s", from.label(), c.Ratio, to.label())
	switch {
	case from.Type != to.Type:
		return fmt.Sprintf("conversion %s joins measure type %s and %s", row, typeName(from.Type), typeName(to.Type))
	case c.Type != "" && c.Type != from.Type:
		return fmt.Sprintf("conversion %s has measure type %s, its units have %s", row, typeName(c.Type), typeName(from.Type))
	case c.Ratio <= 0:
		return fmt.Sprintf("conversion %s: the ratio is not positive", row)
	case from == to && c.Ratio != 1:
		return fmt.Sprintf("conversion %s makes a unit a multiple of itself", row)
	case from == to:
		return ""
	}
	ratio := big.NewRat(c.Ratio, 1)
	from.edges = append(from.edges, edge{to, ratio, row})
	to.edges = append(to.edges, edge{from, new(big.Rat).Inv(ratio), row})
	return ""
}

// unit returns the node of an id; an id that only conversions name gets one without a name.
func (g *Graph) unit(id int64, measureType string) *node {
	n := g.nodes[id]
	if n == nil {
		n = &node{Unit: Unit{ID: id, Type: measureType}}
		g.nodes[id] = n
	}
	return n
}

func (g *Graph) ids() []int64 {
	ids := make([]int64, 0, len(g.nodes))
	for id := range g.nodes {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

func (g *Graph) problem(format string, args ...any) {
	g.problems = append(g.problems, fmt.Sprintf(format, args...))
}

// label is what a unit is called in a result: abbreviation, else name, else its id.
func (u Unit) label() string {
	for _, s := range []string{u.Abbreviation, u.Name} {
		if s = strings.TrimSpace(s); s != "" {
			return s
		}
	}
	return fmt.Sprintf("#%d", u.ID)
}

func typeName(t string) string {
	if t == "" {
		return "none"
	}
	return t
}
