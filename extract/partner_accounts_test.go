package extract_test

import (
	"context"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"settle/extract"
	"settle/extract/archive"
	"settle/extract/bss"
	"settle/extract/bsstest"
)

// A partner's account that may not make an account's call gets a package that says so; any other failure is one.
func TestRefusedAccountCallIsAnAnswer(t *testing.T) {
	s := bsstest.NewServer(bsstest.NewWorld(bsstest.Options{Seed: 1, Cycle: "2026-10", Customers: 4, Records: 100}), bsstest.ServerOptions{})
	t.Cleanup(s.Close)
	client, err := bss.NewClient(bss.Config{Endpoint: s.URL(), IAMEndpoint: s.URL(), Credentials: bss.Credentials{AK: s.AK(), SK: s.SK()}, RequestsPerSecond: 1000, Workers: 1, Backoff: time.Millisecond}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	a, err := archive.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	fetch := func(source extract.Source, part string, status int, code string) (archive.Manifest, error) {
		s.SetFault(func(*http.Request) *bsstest.Fault {
			if status == 0 {
				return nil
			}
			return &bsstest.Fault{Status: status, Code: code, Message: "no"}
		})
		return extract.Fetch(context.Background(), client, a, source, extract.Window{Dataset: source.Name, Cycle: "2026-10", Part: part, Items: []string{"x"}}, "R", slog.New(slog.DiscardHandler))
	}
	sources := []extract.Source{extract.PartnerAdjustments.Source, extract.PartnerBalances.Source, extract.CustomerBalances.Source, extract.PartnerAccountChanges.Source}
	for _, source := range sources {
		if m, err := fetch(source, "BALANCE_TYPE_DEBIT", 403, "CBC.0151"); err != nil || m.Skipped == "" || len(m.Pages) != 0 {
			t.Errorf("%s refused: %+v, %v", source.Name, m, err)
		}
		if _, err := fetch(source, "BALANCE_TYPE_DEBIT", 400, "CBC.0100"); err == nil {
			t.Errorf("%s: a wrong request passes for an answer", source.Name)
		}
		m, err := fetch(source, "BALANCE_TYPE_DEBIT", 0, "")
		if err != nil || m.Skipped != "" || len(m.Pages) == 0 {
			t.Errorf("%s: %+v, %v", source.Name, m, err)
		}
	}
	if _, err := fetch(extract.IndirectPartners.Source, "", 403, "CBC.0151"); err == nil {
		t.Error("a list that the month hangs on may not be skipped")
	}
}

func TestBalancesAreAskedInHundreds(t *testing.T) {
	w := extract.Window{Dataset: "customer_balances", ResellerID: "R1"}
	for range 201 {
		w.Items = append(w.Items, "c")
	}
	requests := extract.CustomerBalances.Requests(w)
	if len(requests) != 3 || len(requests[0]["customer_infos"].([]map[string]string)) != 100 || len(requests[2]["customer_infos"].([]map[string]string)) != 1 || requests[2]["indirect_partner_id"] != "R1" {
		t.Errorf("got %d requests, the last %v", len(requests), requests[len(requests)-1])
	}
}

// A month of allocations is asked for from its first to its last second in UTC+8, as UTC; account changes by days of UTC+8.
func TestAccountWindowsInTime(t *testing.T) {
	w := extract.Window{Cycle: "2026-10", Part: "BALANCE_TYPE_DEBIT"}
	got := extract.PartnerAdjustments.Requests(w)[0]
	if got["operation_time_begin"] != "2026-09-30T16:00:00Z" || got["operation_time_end"] != "2026-10-31T15:59:59Z" {
		t.Errorf("allocations: %v", got)
	}
	got = extract.PartnerAccountChanges.Requests(w)[0]
	if got["trade_time_begin"] != "2026-10-01" || got["trade_time_end"] != "2026-10-31" {
		t.Errorf("changes: %v", got)
	}
}
