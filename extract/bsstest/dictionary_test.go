package bsstest

import (
	"strings"
	"testing"
)

// TestUnits asserts that the conversions are trees over known units of one family each, and that every unit of a
// record is known.
func TestUnits(t *testing.T) {
	family, root := map[int]int{}, map[int]int{}
	for _, u := range measureUnits {
		if _, twice := family[u.id]; twice {
			t.Errorf("unit %d occurs twice", u.id)
		}
		family[u.id], root[u.id] = u.kind, u.id
	}
	find := func(id int) int {
		for root[id] != id {
			id = root[id]
		}
		return id
	}
	for _, c := range conversions {
		if family[c.id] != c.kind || family[c.ref] != c.kind || c.ratio < 2 {
			t.Errorf("conversion %+v between families %d and %d", c, family[c.id], family[c.ref])
		}
		a, b := find(c.id), find(c.ref)
		if a == b {
			t.Errorf("conversion %+v closes a circle", c)
		}
		root[a] = b
	}
	w := NewWorld(Options{Seed: 1, Cycle: "2026-10"})
	var r record
	seen := map[int]bool{}
	for _, a := range w.accounts["2026-10"] {
		for k := range a.records {
			a.record(k, &r)
			seen[r.measure], seen[r.freeMeasure] = true, true
		}
	}
	for id := range seen {
		if _, known := family[id]; !known {
			t.Errorf("records use unit %d, which no dictionary holds", id)
		}
	}
}

func TestLanguage(t *testing.T) {
	s := small(t, ServerOptions{})
	for language, want := range map[string]string{"": "弹性云服务器", "zh_CN": "弹性云服务器", "en_US": "Elastic Cloud Server"} {
		r := partner(s).request(t, s, "/v2/products/service-types", nil, "", s.now())
		if language != "" {
			r.Header.Set("X-Language", language)
		}
		if _, body := send(t, r); !strings.Contains(string(body), want) {
			t.Errorf("language %q: no %s in %s", language, want, body)
		}
	}
}
