package bss

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// collect ranges over a window and returns its rows.
func collect(t *testing.T, c *Client, call Call) ([]string, error) {
	t.Helper()
	var rows []string
	for p, err := range c.Pages(t.Context(), call, Params{"bill_cycle": "2025-06"}) {
		if err != nil {
			return rows, err
		}
		for _, r := range p.Rows {
			rows = append(rows, string(p.Body[r.Start:r.End]))
		}
	}
	return rows, nil
}

func TestPagesWalkTheWindow(t *testing.T) {
	for total, offsets := range map[int][]string{
		0: {"0"}, 1: {"0"}, 3: {"0"}, 4: {"0", "3"}, 6: {"0", "3"}, 7: {"0", "3", "6"},
	} {
		var asked []string
		s := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
			q := r.URL.Query()
			asked = append(asked, q.Get("offset"))
			offset, err := strconv.Atoi(q.Get("offset"))
			if err != nil || q.Get("limit") != "3" || q.Get("bill_cycle") != "2025-06" {
				t.Errorf("query %v", q)
			}
			page(w, total, offset+1, min(offset+3, total))
		})
		rows, err := collect(t, client(t, config(s)), records)
		if err != nil || len(rows) != total {
			t.Errorf("total %d: %d rows, %v", total, len(rows), err)
		}
		for i, r := range rows {
			if r != fmt.Sprintf(`{"id":"r%d","amount":%d.10}`, i+1, i+1) {
				t.Errorf("row %d is %s", i, r)
			}
		}
		if fmt.Sprint(asked) != fmt.Sprint(offsets) {
			t.Errorf("total %d: asked %v, want %v", total, asked, offsets)
		}
	}
}

func TestPagesThatDoNotFit(t *testing.T) {
	single := records
	single.Limit = 0
	open := records
	open.Total = ""
	for name, test := range map[string]struct {
		call  Call
		pages []string
		moved string // empty: complete
		rows  int
	}{
		"total grows":           {records, []string{`{"total_count":4,"fee_records":[1,2,3]}`, `{"total_count":5,"fee_records":[4,5]}`}, "total changed from 4 to 5", 3},
		"total shrinks":         {records, []string{`{"total_count":4,"fee_records":[1,2,3]}`, `{"total_count":3,"fee_records":[]}`}, "total changed from 4 to 3", 3},
		"row repeats":           {records, []string{`{"total_count":5,"fee_records":[1,2,3]}`, `{"total_count":5,"fee_records":[4,3]}`}, "row repeats: record 1", 3},
		"equal rows on a page":  {records, []string{`{"total_count":4,"fee_records":[1,1,2]}`, `{"total_count":4,"fee_records":[4]}`}, "", 4},
		"short page":            {records, []string{`{"total_count":5,"fee_records":[1,2]}`}, "2 of 3 records", 0},
		"list missing":          {records, []string{`{"total_count":5}`}, "0 of 3 records", 0},
		"empty later":           {records, []string{`{"total_count":5,"fee_records":[1,2,3]}`, `{"total_count":5,"fee_records":null}`}, "0 of 3 records", 3},
		"more than asked":       {records, []string{`{"total_count":9,"fee_records":[1,2,3,4]}`}, "4 records, 3 were asked", 0},
		"more than announced":   {records, []string{`{"total_count":1,"fee_records":[1,2]}`}, "2 records came, 1 are announced", 0},
		"null and zero":         {records, []string{`{"total_count":0,"fee_records":null}`}, "", 0},
		"single answer":         {single, []string{`{"total_count":2,"fee_records":[1,2]}`}, "", 2},
		"single answer, short":  {single, []string{`{"total_count":3,"fee_records":[1,2]}`}, "2 records came, 3 are announced", 0},
		"nothing announced":     {open, []string{`{"fee_records":[1,2,3]}`, `{"fee_records":[4,5,6]}`, `{"fee_records":[]}`}, "", 6},
		"nothing announced (2)": {open, []string{`{"fee_records":[1,2,3]}`, `{"fee_records":[4]}`}, "", 4},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, func(w http.ResponseWriter, _ *http.Request, n int) {
				if n > len(test.pages) {
					t.Errorf("page %d was asked", n)
					answerError(w, 400, "", "")
					return
				}
				fmt.Fprint(w, test.pages[n-1])
			})
			rows, err := collect(t, client(t, config(s)), test.call)
			switch {
			case test.moved == "" && err != nil, test.moved != "" && !errors.Is(err, ErrMoved):
				t.Errorf("error %v", err)
			case err != nil && !strings.Contains(err.Error(), test.moved):
				t.Errorf("error %v, want %q", err, test.moved)
			}
			if len(rows) != test.rows {
				t.Errorf("%d rows, want %d", len(rows), test.rows)
			}
			if test.call.Limit == 0 && strings.Contains(s.requests()[0], "limit") {
				t.Errorf("sent %s", s.requests()[0])
			}
		})
	}
}

func TestPagesStopWhenNobodyListens(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) { page(w, 9, 1, 3) })
	for range client(t, config(s)).Pages(t.Context(), records, nil) {
		break
	}
	if n := len(s.requests()); n != 1 {
		t.Errorf("%d requests", n)
	}
}
