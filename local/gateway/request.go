package gateway

import (
	"cmp"
	"encoding/base64"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"

	"sallyport/local/stage"
)

// request holds the parts of a handshake that appear in its events.
type request struct {
	methodARN string
	headers   []field // sorted by name without case, as in captures
	query     []field // in the order of the first appearance of each name
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

// endToEnd returns the headers without those that $connect does not get (api-gateway.md 3.2).
func (r request) endToEnd() []field {
	return slices.DeleteFunc(slices.Clone(r.headers), func(f field) bool {
		return f.name == "Connection" || f.name == "Upgrade" || f.name == "content-length"
	})
}

// readHeaders returns the headers for the authorizer: those of the client with the case of
// the client, and those that API Gateway adds (api-gateway.md 2.2).
func readHeaders(r *http.Request, now time.Time) []field {
	forwarded := append(slices.Clone(r.Header.Values("X-Forwarded-For")), stage.SourceIP(r))
	headers := map[string]field{
		"Connection":        {"Connection", []string{"upgrade"}},
		"Content-Length":    {"content-length", []string{"0"}},
		"Host":              {"Host", []string{r.Host}},
		"Upgrade":           {"Upgrade", []string{"websocket"}},
		"X-Amzn-Trace-Id":   {"X-Amzn-Trace-Id", []string{stage.NewTraceID(now)}},
		"X-Forwarded-For":   {"X-Forwarded-For", []string{strings.Join(forwarded, ", ")}},
		"X-Forwarded-Port":  {"X-Forwarded-Port", []string{"443"}},
		"X-Forwarded-Proto": {"X-Forwarded-Proto", []string{"https"}},
	}
	clientCase := headerCaseOf(r)
	for name, values := range r.Header {
		if _, ok := headers[name]; !ok {
			headers[name] = field{clientCase(name), values}
		}
	}
	return slices.SortedFunc(maps.Values(headers), func(a, b field) int {
		return cmp.Compare(strings.ToLower(a.name), strings.ToLower(b.name))
	})
}

// readQuery returns the decoded parameters of a query string.
func readQuery(raw string) []field {
	var fields []field
	for name, value := range stage.Query(raw) {
		i := slices.IndexFunc(fields, func(f field) bool { return f.name == name })
		if i < 0 {
			i = len(fields)
			fields = append(fields, field{name: name})
		}
		fields[i].values = append(fields[i].values, value)
	}
	return fields
}

// checkUpgrade returns 0 if r is a valid WebSocket handshake. Otherwise it returns the status
// of the refusal and the reason. websocket.Accept accepts every handshake that checkUpgrade
// accepts. It must, because it runs after $connect.
func checkUpgrade(r *http.Request) (status int, reason string) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(r.Header.Get("Sec-WebSocket-Key")))
	isUpgrade := httpguts.HeaderValuesContainsToken(r.Header.Values("Connection"), "upgrade") &&
		httpguts.HeaderValuesContainsToken(r.Header.Values("Upgrade"), "websocket")
	switch {
	case r.Method != http.MethodGet, !r.ProtoAtLeast(1, 1), !isUpgrade:
		return http.StatusUpgradeRequired, "the request is not a WebSocket handshake: use a WebSocket client"
	case r.Header.Get("Sec-WebSocket-Version") != "13":
		return http.StatusBadRequest, "Sec-WebSocket-Version is not 13"
	case len(r.Header.Values("Sec-WebSocket-Key")) != 1, err != nil, len(key) != 16:
		return http.StatusBadRequest, "Sec-WebSocket-Key is not one value with the base64 of 16 bytes"
	}
	return 0, ""
}
