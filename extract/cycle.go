package extract

import (
	"fmt"
	"time"

	"settle/transform/exact"
)

// Cycle is a billing cycle: a calendar month in UTC+8, written YYYY-MM.
type Cycle string

// ParseCycle reads YYYY-MM.
func ParseCycle(s string) (Cycle, error) {
	t, err := time.ParseInLocation("2006-01", s, exact.Beijing)
	if err != nil || t.Year() < 2000 || t.Year() > 2300 {
		return "", fmt.Errorf("cycle %q is no month; write YYYY-MM, for example 2026-10", s)
	}
	return Cycle(s), nil
}

// CycleAt is the cycle in which an instant falls.
func CycleAt(t time.Time) Cycle { return Cycle(t.In(exact.Beijing).Format("2006-01")) }

// First is the cycle's first instant, midnight in UTC+8.
func (c Cycle) First() time.Time {
	t, _ := time.ParseInLocation("2006-01", string(c), exact.Beijing)
	return t
}

// End is the instant after the cycle's last.
func (c Cycle) End() time.Time { return c.First().AddDate(0, 1, 0) }

// LastDay is midnight in UTC+8 of the cycle's last day.
func (c Cycle) LastDay() time.Time { return c.First().AddDate(0, 1, -1) }

// Add moves by months.
func (c Cycle) Add(months int) Cycle { return CycleAt(c.First().AddDate(0, months, 0)) }
