package bsstest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
)

// keys sign requests; the signing below is written apart from auth.go, so that one checks the other.
type keys struct{ ak, sk, token string }

func partner(s *Server) keys { return keys{s.AK(), s.SK(), ""} }

// request builds and signs GET path?values (body == "") or POST path body.
func (k keys) request(t testing.TB, s *Server, path string, values url.Values, body string, at time.Time) *http.Request {
	t.Helper()
	method := http.MethodGet
	if body != "" {
		method = http.MethodPost
	}
	target := s.URL() + path
	if len(values) > 0 {
		target += "?" + values.Encode()
	}
	r, err := http.NewRequest(method, target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Sdk-Date", at.UTC().Format("20060102T150405Z"))
	signed := "x-sdk-date"
	lines := "x-sdk-date:" + r.Header.Get("X-Sdk-Date") + "\n"
	if k.token != "" {
		r.Header.Set("X-Security-Token", k.token)
		signed = "x-sdk-date;x-security-token"
		lines += "x-security-token:" + k.token + "\n"
	}
	var pairs []string
	for name, list := range values {
		for _, v := range list {
			pairs = append(pairs, url.PathEscape(name)+"="+strings.ReplaceAll(url.QueryEscape(v), "+", "%20"))
		}
	}
	sort.Strings(pairs)
	hex256 := func(text string) string { d := sha256.Sum256([]byte(text)); return hex.EncodeToString(d[:]) }
	canonical := method + "\n" + path + "/\n" + strings.Join(pairs, "&") + "\n" + lines + "\n" + signed + "\n" + hex256(body)
	mac := hmac.New(sha256.New, []byte(k.sk))
	fmt.Fprintf(mac, "SDK-HMAC-SHA256\n%s\n%s", r.Header.Get("X-Sdk-Date"), hex256(canonical))
	r.Header.Set("Authorization", fmt.Sprintf("SDK-HMAC-SHA256 Access=%s, SignedHeaders=%s, Signature=%x", k.ak, signed, mac.Sum(nil)))
	return r
}

func send(t testing.TB, r *http.Request) (int, []byte) {
	t.Helper()
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.Header.Get("X-Request-Id") == "" || resp.Header.Get("Date") == "" {
		t.Error("answer without X-Request-Id or Date")
	}
	return resp.StatusCode, body
}

// call sends one request; a map of strings goes into the query string of a GET, one of anything into a POST's body.
func (k keys) call(t testing.TB, s *Server, name string, params map[string]any) (int, []byte) {
	t.Helper()
	for _, c := range calls {
		if c.name != name {
			continue
		}
		values, body := url.Values{}, ""
		if c.method == http.MethodPost {
			b, err := json.Marshal(params)
			if err != nil {
				t.Fatal(err)
			}
			body = string(b)
			if params == nil {
				body = "{}"
			}
		} else {
			for key, v := range params {
				values.Set(key, fmt.Sprint(v))
			}
		}
		return send(t, k.request(t, s, c.path, values, body, s.now()))
	}
	t.Fatalf("no call %s", name)
	return 0, nil
}

// row is a record as JSON: numbers as decimal.Decimal.
type row map[string]any

func (r row) amount(t testing.TB, name string) decimal.Decimal {
	t.Helper()
	switch v := r[name].(type) {
	case nil:
		return decimal.Zero
	case json.Number:
		return decimal.RequireFromString(v.String())
	case string:
		return decimal.RequireFromString(v)
	default:
		t.Fatalf("%s is %T", name, v)
		return decimal.Zero
	}
}

func decode(t testing.TB, body []byte) map[string]any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(string(body)))
	d.UseNumber()
	var v map[string]any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v in %.300s", err, body)
	}
	return v
}

func rowsOf(t testing.TB, v map[string]any, list string) []row {
	t.Helper()
	items, ok := v[list].([]any)
	if !ok {
		t.Fatalf("no list %s in %.300v", list, v)
	}
	var rows []row
	for _, x := range items {
		rows = append(rows, x.(map[string]any))
	}
	return rows
}

// walk reads all pages of a call and checks that the announced total is met.
func (k keys) walk(t testing.TB, s *Server, name, list, total string, limit int, params map[string]any) []row {
	t.Helper()
	var all []row
	for {
		p := map[string]any{"offset": len(all), "limit": limit}
		for key, v := range params {
			p[key] = v
		}
		status, body := k.call(t, s, name, p)
		if status != http.StatusOK {
			t.Fatalf("%s %v: %d %s", name, p, status, body)
		}
		v := decode(t, body)
		rows := rowsOf(t, v, list)
		all = append(all, rows...)
		announced := row(v).amount(t, total).IntPart()
		if int64(len(all)) == announced {
			return all
		}
		if len(rows) != limit {
			t.Fatalf("%s %v: %d rows of %d, %d announced", name, p, len(rows), limit, announced)
		}
	}
}

// customerKeys gets temporary keys; status is that of IAM.
func customerKeys(t testing.TB, s *Server, id string, seconds int) (keys, int) {
	t.Helper()
	body := fmt.Sprintf(`{"auth":{"identity":{"methods":["assume_role"],"assume_role":{"domain_id":%q,"agency_name":%q,"duration_seconds":%d}}}}`, id, s.PlatformID(), seconds)
	status, answer := send(t, partner(s).request(t, s, tokenPath, nil, body, s.now()))
	if status != http.StatusCreated {
		return keys{}, status
	}
	c := decode(t, answer)["credential"].(map[string]any)
	return keys{c["access"].(string), c["secret"].(string), c["securitytoken"].(string)}, status
}

func serve(t testing.TB, w *World, o ServerOptions) *Server {
	t.Helper()
	s := NewServer(w, o)
	t.Cleanup(s.Close)
	return s
}
