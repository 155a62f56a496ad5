package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// BandwidthConfig says how resources that are billed by their bandwidth points are proved: which algorithm bills which resource, and
// what a unit of bandwidth costs by contract. The vendor documents neither.
type BandwidthConfig struct {
	Rank       string               `yaml:"rank"`           // how 5 % of the points become a whole number: floor, or ceil; "": floor
	Missing    string               `yaml:"missing_points"` // points that the vendor does not have: skip leaves them out of the count, zero counts them as 0; "": skip
	Algorithms []BandwidthAlgorithm `yaml:"algorithms"`     // the first that matches; without one, enhanced95 for usage type 95peak_plus and monthly95 for the others
	Prices     []BandwidthPrice     `yaml:"prices"`         // the first that matches
}

// BandwidthAlgorithm names the algorithm that bills the resources it matches; an empty match is any.
type BandwidthAlgorithm struct {
	ServiceTypeCode  string `yaml:"service_type_code"`
	ResourceTypeCode string `yaml:"resource_type_code"`
	UsageType        string `yaml:"usage_type"` // letter case matters
	ResourceID       string `yaml:"resource_id"`
	Algorithm        string `yaml:"algorithm"` // one of bandwidthAlgorithms
}

// BandwidthPrice is the contract's price of one unit of bandwidth for the resources it matches; an empty match is any.
type BandwidthPrice struct {
	ServiceTypeCode  string `yaml:"service_type_code"`
	ResourceTypeCode string `yaml:"resource_type_code"`
	UsageType        string `yaml:"usage_type"` // letter case matters
	ResourceID       string `yaml:"resource_id"`
	Price            string `yaml:"price"`  // yuan for one unit, a decimal text
	Per              string `yaml:"per"`    // month, of which the days used are paid for, or day; "": month
	Amount           string `yaml:"amount"` // the amount of the fee record that it makes: payable, or official; "": payable
}

// bandwidthAlgorithms are the algorithms that can be named; monthly95 takes its rank from the config.
var bandwidthAlgorithms = []string{"monthly95", "monthly95_floor", "monthly95_ceil", "enhanced95", "daily95_average", "daily_peak_average", "fourth_peak"}

// rules are the rows of ops.bandwidth_rules: the config's entries in their order, what holds for all last.
func (c BandwidthConfig) rules() (rows [][]any) {
	add := func(match [4]string, algorithm, rank, missing, price, per, basis string) {
		row := []any{len(rows) + 1}
		for _, text := range append(match[:], algorithm, rank, missing, price, per, basis) {
			row = append(row, nullable(text))
		}
		rows = append(rows, row)
	}
	for _, a := range c.Algorithms {
		algorithm, rank := a.Algorithm, ""
		if r, ok := strings.CutPrefix(algorithm, "monthly95_"); ok {
			algorithm, rank = "monthly95", r
		}
		add([4]string{a.ServiceTypeCode, a.ResourceTypeCode, a.UsageType, a.ResourceID}, algorithm, rank, "", "", "", "")
	}
	for _, p := range c.Prices {
		add([4]string{p.ServiceTypeCode, p.ResourceTypeCode, p.UsageType, p.ResourceID}, "", "", "", p.Price, or(p.Per, "month"), or(p.Amount, "payable"))
	}
	if c.Rank != "" || c.Missing != "" {
		add([4]string{}, "", c.Rank, c.Missing, "", "", "")
	}
	return rows
}

// nullable is a text of the database; the empty one is NULL.
func nullable(text string) any {
	if text == "" {
		return nil
	}
	return text
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

var bandwidthPrice = regexp.MustCompile(`^[0-9]{1,7}(\.[0-9]{1,8})?$`)

func (c BandwidthConfig) check(bad func(key, what, remedy string)) {
	oneOf := func(key, value string, allowed ...string) {
		if value != "" && !slices.Contains(allowed, value) {
			bad(key, quoted(value)+" is none of "+strings.Join(allowed, ", "), "write one of them")
		}
	}
	oneOf("bandwidth.rank", c.Rank, "floor", "ceil")
	oneOf("bandwidth.missing_points", c.Missing, "skip", "zero")
	for i, a := range c.Algorithms {
		key := fmt.Sprintf("bandwidth.algorithms[%d].algorithm", i)
		if a.Algorithm == "" {
			bad(key, "is missing", "write one of "+strings.Join(bandwidthAlgorithms, ", "))
		}
		oneOf(key, a.Algorithm, bandwidthAlgorithms...)
	}
	for i, p := range c.Prices {
		key := fmt.Sprintf("bandwidth.prices[%d]", i)
		if !bandwidthPrice.MatchString(p.Price) {
			bad(key+".price", quoted(p.Price)+" is no price", `write yuan for one unit with up to 8 decimals, for example "22.00"`)
		}
		oneOf(key+".per", p.Per, "month", "day")
		oneOf(key+".amount", p.Amount, "payable", "official")
	}
}
