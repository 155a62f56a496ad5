package bss

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// feePage is a page like the service's, with records of about 1.5 KB.
func feePage(rows int) []byte {
	var b strings.Builder
	b.WriteString(`{"total_count": ` + fmt.Sprint(rows) + `, "currency": "CNY", "fee_records": [`)
	for i := range rows {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, `{"id": "rec-%d"`, i)
		for j := range 40 {
			fmt.Fprintf(&b, `, "member_name_%d": "值 value \"%d\""`, j, i*j)
		}
		fmt.Fprintf(&b, `, "official_amount": %d.12345678, "debt_amount": 0E-8, "sub": null}`, i)
	}
	b.WriteString("]}")
	return []byte(b.String())
}

func BenchmarkScan(b *testing.B) {
	body := feePage(1000)
	call := Call{Rows: "fee_records", Total: "total_count", Limit: 1000}
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		found, err := scan(body, call)
		if err != nil || len(found.rows) != 1000 {
			b.Fatal(len(found.rows), err)
		}
	}
}

var scanCall = Call{Rows: "fee_records", Total: "total_count", Limit: 10}

func TestScan(t *testing.T) {
	for name, test := range map[string]struct {
		body  string
		code  string // of the error; empty: none
		total int64
		rows  []string
	}{
		"usual":             {`{"total_count":2,"currency":"CNY","fee_records":[{"a":1},{"a":2}]}`, "", 2, []string{`{"a":1}`, `{"a":2}`}},
		"other order":       {"\n{ \"fee_records\" : [ {\"a\": \"]}\\\"\"} , 7 ,null ] ,\t\"total_count\" : \"3\" } \n", "", 3, []string{`{"a": "]}\""}`, "7", "null"}},
		"success code":      {`{"error_code":"CBC.0000","error_msg":"","total_count":0,"fee_records":[]}`, "", 0, nil},
		"null code":         {`{"error_code":null,"total_count":0,"fee_records":[]}`, "", 0, nil},
		"null and zero":     {`{"total_count":0,"fee_records":null}`, "", 0, nil},
		"zero alone":        {`{"total_count":0}`, "", 0, nil},
		"doubled in record": {`{"total_count":1,"fee_records":[{"a":1,"a":2}]}`, "", 1, []string{`{"a":1,"a":2}`}},
		"broken utf-8":      {"{\"total_count\":1,\"fee_records\":[{\"a\":\"\xff\"}]}", "", 1, []string{"{\"a\":\"\xff\"}"}},
		"same name deeper":  {`{"x":{"fee_records":[1],"total_count":9,"error_code":"X"},"total_count":0,"fee_records":[]}`, "", 0, nil},
		"error":             {`{"error_code":"CBC.5002","error_msg":"gone"}`, "CBC.5002", 0, nil},
		"error as number":   {`{"error_code":17,"total_count":0,"fee_records":[]}`, "17", 0, nil},
		"error after rows":  {`{"total_count":1,"fee_records":[1],"error_code":"CBC.0999"}`, "CBC.0999", 0, nil},
		"nothing":           {`{}`, CodeEmpty, 0, nil},
		"both null":         {`{"total_count":null,"fee_records":null}`, CodeEmpty, 0, nil},
		"no total":          {`{"fee_records":[1]}`, CodeEmpty, 0, nil},
		"total in words":    {`{"total_count":"many","fee_records":[1]}`, CodeJSON, 0, nil},
		"total below zero":  {`{"total_count":-1,"fee_records":[1]}`, CodeJSON, 0, nil},
		"total too large":   {`{"total_count":99999999999999999999,"fee_records":[1]}`, CodeJSON, 0, nil},
		"two totals":        {`{"total_count":1,"total_count":1,"fee_records":[1]}`, CodeJSON, 0, nil},
		"two lists":         {`{"total_count":1,"fee_records":[],"fee_records":[1]}`, CodeJSON, 0, nil},
		"list is object":    {`{"total_count":1,"fee_records":{"a":1}}`, CodeJSON, 0, nil},
		"top is a list":     {`[{"total_count":1}]`, CodeJSON, 0, nil},
		"top is null":       {`null`, CodeJSON, 0, nil},
		"two objects":       {`{"total_count":0,"fee_records":[]}{}`, CodeJSON, 0, nil},
		"comma":             {`{"total_count":1,"fee_records":[{"a":1,}]}`, CodeJSON, 0, nil},
		"bad escape":        {`{"total_count":1,"fee_records":["\q"]}`, CodeJSON, 0, nil},
		"page of a proxy":   {`<html>`, CodeJSON, 0, nil},
		"blank":             {" \n", CodeCut, 0, nil},
	} {
		t.Run(name, func(t *testing.T) {
			found, err := scan([]byte(test.body), scanCall)
			var e *Error
			if errors.As(err, &e) != (test.code != "") || e != nil && e.Code != test.code {
				t.Fatalf("error %v", err)
			}
			if err != nil {
				return
			}
			var rows []string
			for _, s := range found.rows {
				rows = append(rows, test.body[s.Start:s.End])
			}
			if !slices.Equal(rows, test.rows) || found.total != test.total {
				t.Errorf("rows %q, total %d", rows, found.total)
			}
		})
	}
}

// Whatever is missing at its end, a cut answer is known as one: it is asked again, not counted as an empty month.
func TestEveryCutIsSeen(t *testing.T) {
	body := feePage(2)
	for n := range body {
		_, err := scan(body[:n], scanCall)
		var e *Error
		if !errors.As(err, &e) || e.Code != CodeCut || e.class != retryMany {
			t.Fatalf("cut to %q: %v", body[:n], err)
		}
	}
}

// FuzzScan compares with encoding/json: what scan takes is JSON, and its spans are the elements of the list.
func FuzzScan(f *testing.F) {
	for _, seed := range []string{
		`{"total_count":2,"fee_records":[{"a":"]\\\""},[1,2]]}`, `{"fee_records":null,"total_count":"0"}`, `{"error_code":"CBC.1"}`,
		`{"total_count":1E0,"fee_records":[1]}`, ` { "total_count" : 1 , "fee_records" : [ {} ] } `, `{"total_count":1,"fee_records":["` + "\xff" + `"]}`,
		`{"total_count":0,"fee_records":[]}x`, `[`, ``,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		found, err := scan(body, scanCall)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || e.Code == "" && e.Message == "" {
				t.Fatalf("error %v", err)
			}
			return
		}
		var want struct {
			Rows []json.RawMessage `json:"fee_records"`
		}
		members := map[string]json.RawMessage{}
		if err := json.Unmarshal(body, &members); err != nil {
			t.Fatalf("taken, but %v", err)
		}
		if raw, ok := members["fee_records"]; ok {
			if err := json.Unmarshal(raw, &want.Rows); err != nil {
				t.Fatalf("taken, but %v", err)
			}
		}
		if len(found.rows) != len(want.Rows) || found.total < 0 {
			t.Fatalf("%d rows, total %d, want %d rows", len(found.rows), found.total, len(want.Rows))
		}
		for i, s := range found.rows {
			if !bytes.Equal(body[s.Start:s.End], want.Rows[i]) {
				t.Fatalf("row %d is %q, want %q", i, body[s.Start:s.End], want.Rows[i])
			}
		}
	})
}
