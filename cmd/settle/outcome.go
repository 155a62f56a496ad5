package main

import "time"

type Summary struct {
	RunID, Cycle, Mode, Snapshot string
	Datasets                     []DatasetCount
	Parties, Parked              int
	Totals                       Totals
	Findings                     map[string]int // by severity: B, W, I
	Files                        []string
	Took                         time.Duration
	Stages                       []Stage
}

type Totals struct{ Official, Payable, ExclTax, Tax, InclTax string } // decimal texts

type DatasetCount struct {
	Name                   string
	Windows, Missing, Rows int64
	Requests               int64
}

type Stage struct {
	Name string
	Rows int64
	Took time.Duration
}
