package bss

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Call describes one API method.
type Call struct {
	Name   string // SDK method name, for logs and errors: "ListSubCustomerBillDetail"
	Method string // GET or POST
	Path   string
	Rows   string // JSON name of the list in the answer: "fee_records"
	Total  string // JSON name of the announced total ("total_count" or "count"); empty: the call announces none
	Limit  int    // page size asked for (the documented maximum); 0: the call does not page, no offset and limit are sent
}

// Params are query values (GET: strings, integers, booleans) or members of the JSON body (POST).
// nil and "" are never sent: to this API an empty string can be a filter value.
type Params map[string]any

// Span is a byte range of a page's Body.
type Span struct{ Start, End int }

// Page is one answer of the API.
type Page struct {
	Request   string // "GET /path?sorted=query" or "POST /path {json}"; never headers
	Offset    int
	Body      []byte    // exactly as received
	Total     int64     // announced number of records in the whole window; -1 when the call announces none
	Rows      []Span    // every element of the Rows list, in order
	RequestID string    // X-Request-Id of the answer
	Time      time.Time // when the answer was complete
	Tries     int       // how often the request was sent
}

// request is a call with its parameters filled in, ready to be sent any number of times.
type request struct {
	method string
	url    *url.URL
	path   string // of the API, the key of its quota
	body   string
	text   string // as Page.Request prints it
}

func newRequest(base *url.URL, call Call, p Params, offset int) (request, error) {
	sent := make(map[string]any, len(p)+2)
	for name, v := range p {
		if v != nil && v != "" {
			sent[name] = v
		}
	}
	if call.Limit > 0 {
		sent["offset"], sent["limit"] = offset, call.Limit
	}
	u := *base
	u.Path += call.Path
	r := request{method: call.Method, url: &u, path: call.Path}
	switch call.Method {
	case http.MethodGet:
		query, err := encodeQuery(sent)
		if err != nil {
			return request{}, err
		}
		u.RawQuery = query
		r.text = "GET " + call.Path
		if query != "" {
			r.text += "?" + query
		}
	case http.MethodPost:
		body, err := encodeBody(sent)
		if err != nil {
			return request{}, err
		}
		r.body = body
		r.text = "POST " + call.Path + " " + body
	default:
		return request{}, fmt.Errorf("method %q: a call is GET or POST", call.Method)
	}
	return r, nil
}

// encodeQuery writes the query as the signature's canonical form has it (sorted, %20 for a blank), so that nothing on
// the way finds a second spelling.
func encodeQuery(sent map[string]any) (string, error) {
	values := make(url.Values, len(sent))
	for name, v := range sent {
		switch v := v.(type) {
		case string:
			values.Set(name, v)
		case int:
			values.Set(name, strconv.Itoa(v))
		case int64:
			values.Set(name, strconv.FormatInt(v, 10))
		case bool:
			values.Set(name, strconv.FormatBool(v))
		default:
			return "", fmt.Errorf("query parameter %s is a %T: only text, integers and booleans are sent", name, v)
		}
	}
	return string(bytes.ReplaceAll([]byte(values.Encode()), []byte("+"), []byte("%20"))), nil
}

func encodeBody(sent map[string]any) (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(sent); err != nil {
		return "", fmt.Errorf("encode body: %w", err)
	}
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n"))), nil
}
