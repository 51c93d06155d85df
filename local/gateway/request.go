package gateway

import (
	"cmp"
	"encoding/base64"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// request is what a handshake carries into the events.
type request struct {
	methodARN string
	headers   []field // sorted by name in any case, as in captures
	query     []field // in the order of their first appearance
}

// field is a header or a query parameter with all its values.
type field struct {
	name   string
	values []string
}

func (f field) last() string {
	if len(f.values) == 0 {
		return ""
	}
	return f.values[len(f.values)-1]
}

// endToEnd returns the headers without those that $connect does not see
// (api-gateway.md 3.2).
func (r request) endToEnd() []field {
	return slices.DeleteFunc(slices.Clone(r.headers), func(f field) bool {
		return f.name == "Connection" || f.name == "Upgrade" || f.name == "content-length"
	})
}

// readHeaders returns the headers as the authorizer sees them: the client's in
// its own spelling, and what API Gateway adds (api-gateway.md 2.2).
func readHeaders(r *http.Request, now time.Time) []field {
	forwarded := append(slices.Clone(r.Header.Values("X-Forwarded-For")), sourceIP(r))
	own := map[string]field{
		"Connection":        {"Connection", []string{"upgrade"}},
		"Content-Length":    {"content-length", []string{"0"}},
		"Host":              {"Host", []string{r.Host}},
		"Upgrade":           {"Upgrade", []string{"websocket"}},
		"X-Amzn-Trace-Id":   {"X-Amzn-Trace-Id", []string{newTraceID(now)}},
		"X-Forwarded-For":   {"X-Forwarded-For", []string{strings.Join(forwarded, ", ")}},
		"X-Forwarded-Port":  {"X-Forwarded-Port", []string{"443"}},
		"X-Forwarded-Proto": {"X-Forwarded-Proto", []string{"https"}},
	}
	spelling := headerCaseOf(r)
	for name, values := range r.Header {
		if _, ok := own[name]; !ok {
			own[name] = field{spelling(name), values}
		}
	}
	return slices.SortedFunc(maps.Values(own), func(a, b field) int {
		return cmp.Compare(strings.ToLower(a.name), strings.ToLower(b.name))
	})
}

// readQuery returns the parameters of a query string. What is not properly
// escaped is taken as it stands.
func readQuery(raw string) []field {
	var fields []field
	for raw != "" {
		var pair string
		pair, raw, _ = strings.Cut(raw, "&")
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		name, value = unescape(name), unescape(value)
		i := slices.IndexFunc(fields, func(f field) bool { return f.name == name })
		if i < 0 {
			i = len(fields)
			fields = append(fields, field{name: name})
		}
		fields[i].values = append(fields[i].values, value)
	}
	return fields
}

func unescape(s string) string {
	if t, err := url.QueryUnescape(s); err == nil {
		return t
	}
	return s
}

// sourceIP returns the address of the client without its port.
func sourceIP(r *http.Request) string {
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		return host
	}
	return r.RemoteAddr
}

// checkUpgrade tells why r is no WebSocket handshake, with the status that
// refuses it, or 0. After it, websocket.Accept finds nothing to object to: it
// could only do so when $connect has already run.
func checkUpgrade(r *http.Request) (status int, reason string) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(r.Header.Get("Sec-WebSocket-Key")))
	switch {
	case r.Method != http.MethodGet, !r.ProtoAtLeast(1, 1), !hasToken(r, "Connection", "upgrade"), !hasToken(r, "Upgrade", "websocket"):
		return http.StatusUpgradeRequired, "the request is no WebSocket upgrade: use a WebSocket client"
	case r.Header.Get("Sec-WebSocket-Version") != "13":
		return http.StatusBadRequest, "Sec-WebSocket-Version is not 13"
	case len(r.Header.Values("Sec-WebSocket-Key")) != 1, err != nil, len(key) != 16:
		return http.StatusBadRequest, "Sec-WebSocket-Key is not the base64 of 16 bytes, given once"
	}
	return 0, ""
}

// hasToken reports whether the comma-separated header name has token, in any case.
func hasToken(r *http.Request, name, token string) bool {
	for _, v := range r.Header.Values(name) {
		for part := range strings.SplitSeq(v, ",") {
			if strings.EqualFold(strings.TrimSpace(part), token) {
				return true
			}
		}
	}
	return false
}
