package bsstest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

const (
	algorithm  = "SDK-HMAC-SHA256"
	dateHeader = "X-Sdk-Date"
	dateFormat = "20060102T150405Z"
	// clockSkew is how far a request's date may be from the server's clock.
	clockSkew = 15 * time.Minute
)

var (
	errSignature = &apiError{http.StatusUnauthorized, "APIGW.0301", "Incorrect IAM authentication information: verify aksk signature fail"}
	errClock     = &apiError{http.StatusUnauthorized, "APIGW.0303", "Incorrect app authentication information: signature expired, the time difference exceeds 15 minutes"}
	errToken     = &apiError{http.StatusUnauthorized, "CBC.0154", "The token is illegal or expired: x_auth_token is expired"}
)

// credential is a key pair that the server knows.
type credential struct {
	sk       string
	token    string // of temporary keys
	customer *customer
	expires  time.Time
}

// authorize verifies a request's signature and tells whose it is.
func (s *Server) authorize(r *http.Request, body []byte) (*credential, *apiError) {
	ak, signed, signature, ok := parseAuthorization(r.Header.Get("Authorization"))
	if !ok || !slices.Contains(signed, strings.ToLower(dateHeader)) {
		return nil, errSignature
	}
	date := r.Header.Get(dateHeader)
	at, err := time.Parse(dateFormat, date)
	if err != nil {
		return nil, errClock
	}
	if off := s.now().Sub(at); off > clockSkew || off < -clockSkew {
		return nil, errClock
	}
	s.mu.Lock()
	c := s.credentials[ak]
	s.mu.Unlock()
	if c == nil {
		return nil, errSignature
	}
	canonical := canonicalRequest(r, body, signed)
	digest := sha256.Sum256([]byte(canonical))
	mac := hmac.New(sha256.New, []byte(c.sk))
	mac.Write([]byte(algorithm + "\n" + date + "\n" + hex.EncodeToString(digest[:])))
	given, err := hex.DecodeString(signature)
	if err != nil || !hmac.Equal(mac.Sum(nil), given) {
		return nil, errSignature
	}
	token := r.Header.Get("X-Security-Token")
	if !hmac.Equal([]byte(token), []byte(c.token)) || token != "" && !slices.Contains(signed, "x-security-token") {
		return nil, errToken
	}
	if c.customer != nil && !s.now().Before(c.expires) {
		return nil, errToken
	}
	return c, nil
}

// parseAuthorization takes apart: SDK-HMAC-SHA256 Access=AK, SignedHeaders=a;b, Signature=hex.
func parseAuthorization(header string) (ak string, signed []string, signature string, ok bool) {
	rest, ok := strings.CutPrefix(header, algorithm+" ")
	if !ok {
		return "", nil, "", false
	}
	for part := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "Access":
			ak = value
		case "SignedHeaders":
			signed = strings.Split(value, ";")
		case "Signature":
			signature = value
		}
	}
	return ak, signed, signature, ak != "" && len(signed) > 0 && signature != ""
}

// canonicalRequest is the text that both sides hash: method, path with a trailing slash, sorted query, signed
// headers, their names, and the hash of the body.
func canonicalRequest(r *http.Request, body []byte, signed []string) string {
	var b strings.Builder
	b.WriteString(r.Method + "\n")
	for part := range strings.SplitSeq(strings.TrimSuffix(r.URL.Path, "/"), "/") {
		b.WriteString(escape(part) + "/")
	}
	b.WriteString("\n" + canonicalQuery(r.URL.RawQuery) + "\n")
	for _, name := range signed {
		values := slices.Clone(r.Header.Values(name))
		if name == "host" {
			values = []string{r.Host}
		}
		slices.Sort(values)
		for _, v := range values {
			b.WriteString(name + ":" + strings.TrimSpace(v) + "\n")
		}
	}
	digest := sha256.Sum256(body)
	b.WriteString("\n" + strings.Join(signed, ";") + "\n" + hex.EncodeToString(digest[:]))
	return b.String()
}

// canonicalQuery sorts by name, then by value, and writes name=value even where there is no value.
func canonicalQuery(raw string) string {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return raw
	}
	var parts []string
	for _, name := range sortedKeys(values) {
		list := slices.Sorted(slices.Values(values[name]))
		for _, v := range list {
			parts = append(parts, escape(name)+"="+escape(v))
		}
	}
	return strings.Join(parts, "&")
}

// escape is percent-encoding of everything but the unreserved characters of RFC 3986.
func escape(s string) string {
	const upper = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_', c == '.', c == '~':
			b.WriteByte(c)
		default:
			b.WriteByte('%')
			b.WriteByte(upper[c>>4])
			b.WriteByte(upper[c&15])
		}
	}
	return b.String()
}
