package bsstest

import (
	"fmt"
	"time"
)

// beijing is the zone in which the service counts billing cycles; it has no summer time.
var beijing = time.FixedZone("UTC+8", 8*3600)

const (
	hour = int64(3600)
	day  = 24 * hour
)

// month is a billing cycle: a calendar month in UTC+8.
type month struct {
	name  string // YYYY-MM
	index int    // year*12 + month-1
	start int64  // its first instant, Unix seconds
	days  int64
}

func monthAt(index int) month {
	from := time.Date(index/12, time.Month(index%12+1), 1, 0, 0, 0, 0, beijing)
	to := from.AddDate(0, 1, 0)
	return month{name: from.Format("2006-01"), index: index, start: from.Unix(), days: (to.Unix() - from.Unix()) / day}
}

func parseMonth(s string) (month, error) {
	t, err := time.ParseInLocation("2006-01", s, beijing)
	if err != nil || len(s) != len("2006-01") {
		return month{}, fmt.Errorf("billing cycle %q: want YYYY-MM", s)
	}
	return monthAt(t.Year()*12 + int(t.Month()) - 1), nil
}

func (m month) end() int64 { return m.start + m.days*day }

func (m month) contains(t int64) bool { return m.start <= t && t < m.end() }
