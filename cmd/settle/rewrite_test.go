package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"

	"settle/transform/exact"
	"settle/transform/pricing"
)

// rewriting stands between the client and a server and changes what the server answered.
func rewriting(t *testing.T, upstream string, change func(path string, answer []byte) []byte) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		out, err := http.NewRequestWithContext(r.Context(), r.Method, upstream+r.URL.RequestURI(), r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		out.Header, out.Host, out.ContentLength = r.Header, r.Host, r.ContentLength // the signature covers the host
		answer, err := http.DefaultTransport.RoundTrip(out)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer func() { _ = answer.Body.Close() }()
		body, err := io.ReadAll(answer.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		if answer.StatusCode == http.StatusOK {
			body = change(r.URL.Path, body)
		}
		w.WriteHeader(answer.StatusCode)
		_, _ = w.Write(body)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// without takes a customer's rows out of an answer, and off its announced total.
func without(t *testing.T, answer []byte, customer string) []byte {
	t.Helper()
	var body map[string]json.RawMessage
	if err := json.Unmarshal(answer, &body); err != nil {
		t.Error(err)
		return answer
	}
	removed := 0
	for name, raw := range body {
		var rows []json.RawMessage
		if json.Unmarshal(raw, &rows) != nil {
			continue
		}
		kept := slices.DeleteFunc(rows, func(r json.RawMessage) bool { return bytes.Contains(r, []byte(customer)) })
		removed = len(rows) - len(kept)
		body[name], _ = json.Marshal(kept)
	}
	for _, name := range []string{"count", "total_count"} {
		if raw, ok := body[name]; ok {
			n, err := strconv.Atoi(strings.Trim(string(raw), `"`))
			if err != nil {
				t.Error(err)
			}
			body[name] = json.RawMessage(strconv.Itoa(n - removed))
		}
	}
	changed, err := json.Marshal(body)
	if err != nil {
		t.Error(err)
	}
	return changed
}

// edit writes the pricing workbook anew with a factor on the payable amount as its one rule.
func (m *month) edit(factor string) {
	m.price(m.cfg.Pricing, func(b *pricing.Book) {
		var value exact.Rate
		if err := value.SetText([]byte(factor)); err != nil {
			m.t.Fatal(err)
		}
		b.Rules[0].Method, b.Rules[0].Base, b.Rules[0].Value = "factor", "payable", value
	})
}
