package main

import (
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"settle/extract/bsstest"
)

// BenchmarkMonth runs a whole month against the built-in BSS without quota, both in this process, and reports records/s from
// first request to published snapshot, rows/s of each stage, and the peak memory of the process:
//
//	go test -run '^$' -bench Month -benchtime 1x -timeout 30m ./cmd/settle
//
// SETTLE_BENCH_RECORDS and SETTLE_BENCH_CUSTOMERS change its size (1,000,000 records of 100 customers).
func BenchmarkMonth(b *testing.B) {
	records, customers := benchSize("SETTLE_BENCH_RECORDS", 1_000_000), benchSize("SETTLE_BENCH_CUSTOMERS", 100)
	for b.Loop() {
		watch := &memoryWatch{b: b}
		m := newMonth(b, bsstest.Options{Seed: 1, Customers: customers, Records: records}, nil)
		began := time.Now()
		s := m.run(RunOptions{Progress: watch})
		b.Log(s.RunID, s.Parties, "parties,", s.Parked, "parked, findings", s.Findings)
		var toSnapshot time.Duration
		for _, g := range s.Stages {
			b.Logf("%-18s %9d rows in %7.2f s: %9.0f rows/s", g.Name, g.Rows, g.Took.Seconds(), float64(g.Rows)/g.Took.Seconds())
			if g.Name == "workbooks" {
				toSnapshot = time.Since(began) - g.Took
			}
		}
		b.ReportMetric(float64(records)/toSnapshot.Seconds(), "records/s")
		b.ReportMetric(watch.published, "MB-to-snapshot")
		b.ReportMetric(peakMemory(b), "MB-with-workbooks")
	}
}

// memoryWatch notes the peak memory when the snapshot is published.
type memoryWatch struct {
	b         *testing.B
	published float64
}

func (w *memoryWatch) Stage(name string, _ int64) {
	if name == "workbooks" {
		w.published = peakMemory(w.b)
	}
}
func (*memoryWatch) Add(int64) {}
func (*memoryWatch) Done()     {}

func benchSize(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return otherwise
}

// peakMemory is the process's largest resident set, in MB.
func peakMemory(b *testing.B) float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Skip("no /proc here: ", err)
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			if err != nil {
				b.Fatal(err)
			}
			return kb / 1024
		}
	}
	return 0
}
