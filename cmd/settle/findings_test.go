package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// What rows of an edited workbook do, one by one.
func TestJudgeRemarks(t *testing.T) {
	found := []findingRow{
		{id: "aaaaaaaaaaaaaaaa", status: "new", difference: "0.37"},
		{id: "bbbbbbbbbbbbbbbb", status: "resolved", resolution: "known"},
		{id: "cccccccccccccccc", status: "closed"},
	}
	for name, c := range map[string]struct {
		remarks                     []remark
		taken, unchanged, gone, bad int
		says                        string
	}{
		"a new reason":              {remarks: []remark{{id: "aaaaaaaaaaaaaaaa", reason: "x", difference: "0.37"}}, taken: 1},
		"the same twice":            {remarks: []remark{{id: "aaaaaaaaaaaaaaaa", reason: "x"}, {id: "aaaaaaaaaaaaaaaa", reason: "x"}}, taken: 1},
		"two reasons":               {remarks: []remark{{id: "aaaaaaaaaaaaaaaa", reason: "x", reCell: "S!B2"}, {id: "aaaaaaaaaaaaaaaa", reason: "y", reCell: "S!B3"}}, taken: 1, bad: 1, says: "cell S!B3: finding aaaaaaaaaaaaaaaa has another reason in S!B2; write one"},
		"as it is":                  {remarks: []remark{{id: "bbbbbbbbbbbbbbbb", reason: "known"}}, unchanged: 1},
		"another reason":            {remarks: []remark{{id: "bbbbbbbbbbbbbbbb", reason: "better known"}}, taken: 1},
		"closed by itself":          {remarks: []remark{{id: "cccccccccccccccc", reason: "x"}}, gone: 1},
		"the difference moved":      {remarks: []remark{{id: "aaaaaaaaaaaaaaaa", reason: "x", difference: "0.36", reCell: "S!B2"}}, bad: 1, says: "cell S!B2: the difference of finding aaaaaaaaaaaaaaaa is 0.37 now, and was 0.36 when the workbook was written; settle report writes a new one"},
		"a difference that is none": {remarks: []remark{{id: "aaaaaaaaaaaaaaaa", reason: "x", difference: "n/a", reCell: "S!B2"}}, bad: 1, says: "cell S!B2: the difference of finding aaaaaaaaaaaaaaaa is 0.37 now"},
		"it says something else":    {remarks: []remark{{id: "aaaaaaaaaaaaaaaa", reason: "x", difference: "0.37", says: "0123456789abcdef", reCell: "S!B2"}}, bad: 1, says: "cell S!B2: finding aaaaaaaaaaaaaaaa says something else now"},
		"a reason and no id":        {remarks: []remark{{reason: "x", idCell: "S!A9", reCell: "S!B9"}}, bad: 1, says: "cell S!A9: a reason stands in S!B9, and no finding id here"},
		"an id that is a number":    {remarks: []remark{{id: "1.23E+15", reason: "x", idCell: "S!A9"}}, bad: 1, says: `cell S!A9: "1.23E+15" is no finding id`},
		"an id that nobody knows":   {remarks: []remark{{id: "dddddddddddddddd", reason: "x", idCell: "S!A9"}}, bad: 1, says: "there is no finding dddddddddddddddd"},
		"a book for a reason":       {remarks: []remark{{id: "aaaaaaaaaaaaaaaa", reason: strings.Repeat("长", longestReason+1), reCell: "S!B2"}}, bad: 1, says: "cell S!B2: the reason has 2001 characters"},
	} {
		t.Run(name, func(t *testing.T) {
			taken, unchanged, gone, bad := judge(c.remarks, found)
			if len(taken) != c.taken || unchanged != c.unchanged || gone != c.gone || len(bad) != c.bad {
				t.Errorf("%d taken, %d unchanged, %d gone, faults %v", len(taken), unchanged, gone, bad)
			}
			if c.says != "" && (len(bad) == 0 || !strings.Contains(bad[0].Error(), c.says)) {
				t.Errorf("got %v, want %s", bad, c.says)
			}
		})
	}
}

// A difference counts as another only beyond what a cell can hold.
func TestMoved(t *testing.T) {
	for _, c := range []struct {
		shown, now string
		want       bool
	}{
		{"0.37", "0.37", false}, {"0.37000000", "0.37", false}, {"", "0.37", false}, {"0.37", "", true}, {"n/a", "0.37", true}, {"n/a", "", false},
		{"0.36", "0.37", true}, {"0.00000001", "0.00000003", true}, {"1234567890.1234599", "1234567890.12345678", false}, {"-0.37", "0.37", true},
	} {
		if got := moved(c.shown, c.now); got != c.want {
			t.Errorf("moved(%q, %q) = %t", c.shown, c.now, got)
		}
	}
}

// The header is found below a title, in one row or two, and what is no workbook is said to be none.
func TestReadRemarks(t *testing.T) {
	write := func(sheet string, rows ...[]any) string {
		t.Helper()
		book := excelize.NewFile()
		if err := book.SetSheetName("Sheet1", sheet); err != nil {
			t.Fatal(err)
		}
		for i, row := range rows {
			if err := book.SetSheetRow(sheet, fmt.Sprintf("A%d", i+1), &row); err != nil {
				t.Fatal(err)
			}
		}
		path := t.TempDir() + "/book.xlsx"
		if err := book.SaveAs(path); err != nil {
			t.Fatal(err)
		}
		return path
	}
	got, err := readRemarks(write("差异明细", []any{"示例云 2026-10"}, nil, []any{"异常编号\nFinding ID", "差额\nDifference", "处理备注\nResolution"}, []any{"aaaaaaaaaaaaaaaa", 0.37, " done "}, []any{"bbbbbbbbbbbbbbbb", 1, ""}, []any{"合计", 1.37}))
	if err != nil || len(got) != 1 || got[0] != (remark{"aaaaaaaaaaaaaaaa", "done", "0.37", "", "差异明细!A4", "差异明细!C4"}) {
		t.Errorf("got %v, %v", got, err)
	}
	got, err = readRemarks(write("差异明细 Findings", []any{"异常编号", "解决原因"}, []any{"Finding ID", "Resolution"}, []any{"aaaaaaaaaaaaaaaa", "done"}))
	if err != nil || len(got) != 1 || got[0].reCell != "差异明细 Findings!B3" {
		t.Errorf("two header rows: got %v, %v", got, err)
	}
	for want, path := range map[string]string{
		"no sheet 差异明细":       write("概览", []any{"异常编号", "处理备注"}),
		"no header with":      write("差异明细", []any{"异常编号", "原因"}),
		"no such file":        t.TempDir() + "/none.xlsx",
		"not an .xlsx workbo": "findings_test.go",
	} {
		if _, err := readRemarks(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", path, err, want)
		}
	}
}

// An exported list of nothing is a list all the same.
func TestExportOfNothing(t *testing.T) {
	var csv, json, xlsx bytes.Buffer
	if err := findingsCSV(&csv, nil); err != nil || !strings.Contains(csv.String(), "finding_id,") {
		t.Errorf("csv: %q, %v", csv.String(), err)
	}
	if err := findingsJSON(&json, nil); err != nil || json.String() != "[\n]\n" {
		t.Errorf("json: %q, %v", json.String(), err)
	}
	if err := findingsXLSX(&xlsx, nil); err != nil || xlsx.Len() == 0 {
		t.Errorf("xlsx: %v", err)
	}
}
