package main

import (
	"fmt"
	"strings"
	"testing"
)

const bandwidthPreface = "partner: {name: x, credentials: env}\n"

func TestBandwidthRules(t *testing.T) {
	cfg, err := parseConfig("settle.yaml", []byte(bandwidthPreface+`
bandwidth:
  rank: ceil
  missing_points: zero
  algorithms:
    - {resource_id: r1, algorithm: monthly95_floor}
    - {usage_type: 95Peak_1000, algorithm: fourth_peak}
  prices:
    - {service_type_code: hws.service.type.cdn, price: 22, amount: official}
    - {resource_id: r2, price: "1.5", per: day}
`), nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, row := range cfg.Bandwidth.rules() {
		got = append(got, strings.ReplaceAll(fmt.Sprint(row...), "<nil>", "-"))
	}
	want := []string{
		"1 - - -r1monthly95floor - - - -",
		"2 - -95Peak_1000 -fourth_peak - - - - -",
		"3hws.service.type.cdn - - - - - -22month official",
		"4 - - -r2 - - -1.5day payable",
		"5 - - - - -ceilzero - - -",
	}
	for i := range want {
		want[i] = strings.ReplaceAll(want[i], " ", "")
		if i < len(got) {
			got[i] = strings.ReplaceAll(got[i], " ", "")
		}
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if rules := (BandwidthConfig{}).rules(); rules != nil {
		t.Errorf("a config that says nothing makes rules: %v", rules)
	}
}

// Everything wrong is said at once, each with its line.
func TestBandwidthConfigIsChecked(t *testing.T) {
	_, err := parseConfig("settle.yaml", []byte(bandwidthPreface+`bandwidth:
  rank: round
  missing_points: guess
  algorithms: [{algorithm: p95}, {resource_id: r}]
  prices:
    - {price: -1, per: week}
    - {amount: list, price: 123456789}
`), nil)
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{
		`settle.yaml:3: bandwidth.rank: "round" is none of floor, ceil`, `settle.yaml:4: bandwidth.missing_points`,
		`bandwidth.algorithms[0].algorithm: "p95" is none of`, `bandwidth.algorithms[1].algorithm: is missing`,
		`settle.yaml:7: bandwidth.prices[0].price: "-1" is no price`, `bandwidth.prices[0].per: "week"`,
		`bandwidth.prices[1].amount: "list"`, `bandwidth.prices[1].price: "123456789"`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %s in\n%v", want, err)
		}
	}
}
