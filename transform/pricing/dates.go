package pricing

import (
	"cmp"

	"settle/transform/exact"
)

func isSet(d exact.Date) bool {
	_, ok := d.Days()
	return ok
}

func compare(a, b exact.Date) int {
	x, _ := a.Days()
	y, _ := b.Days()
	return cmp.Compare(x, y)
}

func before(a, b exact.Date) bool { return compare(a, b) < 0 }

// firstDay is the first day of a billing cycle; NULL where the text is none.
func firstDay(cycle string) exact.Date {
	var d exact.Date
	if cycle == "" || d.SetText([]byte(cycle+"-01")) != nil {
		return exact.Date{}
	}
	return d
}

// units is a rate in 10^-10.
func units(r exact.Rate) int64 {
	_, lo, _ := r.Unscaled()
	return int64(lo)
}
