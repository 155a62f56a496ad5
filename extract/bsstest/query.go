package bsstest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// apiError is an answer that refuses.
type apiError struct {
	status        int
	code, message string
}

func (e *apiError) body(iam bool) []byte {
	if iam {
		return fmt.Appendf(nil, `{"error":{"code":%d,"message":%s,"title":%s}}`, e.status, quote(e.message), quote(http.StatusText(e.status)))
	}
	return fmt.Appendf(nil, `{"error_code":%s,"error_msg":%s}`, quote(e.code), quote(e.message))
}

func badParameter(format string, args ...any) *apiError {
	return &apiError{http.StatusBadRequest, "CBC.0100", "Parameter error: " + fmt.Sprintf(format, args...)}
}

// query is a request's parameters, of the query string or of the JSON body, with the first mistake found.
type query struct {
	values url.Values
	body   map[string]any
	post   bool
	caller *customer // nil: the partner
	style  style
	now    int64 // Unix second at which the server answers
	err    *apiError
}

func readQuery(r *http.Request, body []byte) (*query, *apiError) {
	q := &query{post: r.Method == http.MethodPost}
	q.style.english = r.Header.Get("X-Language") == "en_US"
	if !q.post {
		values, err := url.ParseQuery(r.URL.RawQuery)
		if err != nil {
			return nil, badParameter("query string")
		}
		q.values = values
		return q, nil
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := d.Decode(&q.body); err != nil {
		return nil, badParameter("request body is not JSON")
	}
	return q, nil
}

func (q *query) fail(err *apiError) {
	if q.err == nil {
		q.err = err
	}
}

// text returns a parameter. In a body null is absent, and an empty string is no filter: absent too. In a query string
// an empty value is refused, as the documents say for most parameters.
func (q *query) text(name string) (string, bool) {
	if !q.post {
		if !q.values.Has(name) {
			return "", false
		}
		v := q.values.Get(name)
		if v == "" {
			q.fail(badParameter("%s must not be empty", name))
		}
		return v, v != ""
	}
	switch v := q.body[name].(type) {
	case nil:
	case string:
		return v, v != ""
	default:
		q.fail(badParameter("%s must be a string", name))
	}
	return "", false
}

// lenient is text for the query parameters of which the documents say that empty means no filter.
func (q *query) lenient(name string) (string, bool) {
	v := q.values.Get(name)
	return v, v != ""
}

func (q *query) required(name string) string {
	v, ok := q.text(name)
	if !ok {
		q.fail(badParameter("%s is required", name))
	}
	return v
}

// number returns an integer parameter within [low, high], or fallback where it is absent.
func (q *query) number(name string, fallback, low, high int) int {
	var text string
	if q.post {
		switch v := q.body[name].(type) {
		case nil:
			return fallback
		case json.Number:
			text = v.String()
		default:
			q.fail(badParameter("%s must be an integer", name))
			return fallback
		}
	} else if v, ok := q.text(name); ok {
		text = v
	} else {
		return fallback
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < low || n > high {
		q.fail(badParameter("%s must be an integer from %d to %d", name, low, high))
		return fallback
	}
	return n
}

// cycle is a required parameter YYYY-MM.
func (q *query) cycle(name string) month {
	m, err := parseMonth(q.required(name))
	if err != nil {
		q.fail(badParameter("%s must be YYYY-MM", name))
	}
	return m
}

// date is a date YYYY-MM-DD in UTC+8, as the Unix second of its first instant.
func (q *query) date(name string) (int64, bool) {
	v, ok := q.text(name)
	if !ok {
		return 0, false
	}
	t, err := time.ParseInLocation(time.DateOnly, v, beijing)
	if err != nil {
		q.fail(badParameter("%s must be YYYY-MM-DD", name))
		return 0, false
	}
	return t.Unix(), true
}

// instant is a UTC instant 2006-01-02T15:04:05Z; unlike other texts it must not be empty.
func (q *query) instant(name string) (int64, bool) {
	v, present := q.body[name].(string)
	if !present {
		return 0, false
	}
	t, err := time.Parse("2006-01-02T15:04:05Z", v)
	if err != nil {
		q.fail(badParameter("%s must be an instant like 2019-05-06T08:05:01Z", name))
	}
	return t.Unix(), true
}

// within reads one page's place.
func (q *query) within(maxOffset, maxLimit int) page {
	return page{offset: q.number("offset", 0, 0, maxOffset), limit: q.number("limit", 10, 1, maxLimit)}
}
