package httpapi

import (
	"encoding/base64"
	"encoding/json"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"sallyport/local/stage"
)

const (
	maxBody  = 10 << 20    // AWS: "Payload size: 10 MB"
	maxHead  = 10240       // AWS: "Total combined size of request line and header values"
	maxEvent = 6<<20 + 100 // the largest payload of Lambda
)

// call holds the parts of an event that do not come from the client.
type call struct {
	id                                string
	at                                time.Time
	routeKey, apiID, accountID, stage string
}

// event is the payload format 2.0 (api-gateway.md 13.1). Optional members are absent if
// they are empty.
type event struct {
	Version         string            `json:"version"`
	RouteKey        string            `json:"routeKey"`
	RawPath         string            `json:"rawPath"`
	RawQueryString  string            `json:"rawQueryString"`
	Cookies         []string          `json:"cookies,omitempty"`
	Headers         map[string]string `json:"headers"`
	Query           map[string]string `json:"queryStringParameters,omitempty"`
	Context         requestContext    `json:"requestContext"`
	Body            string            `json:"body,omitempty"`
	IsBase64Encoded bool              `json:"isBase64Encoded"`
}

type requestContext struct {
	AccountID    string      `json:"accountId"`
	APIID        string      `json:"apiId"`
	DomainName   string      `json:"domainName"`
	DomainPrefix string      `json:"domainPrefix"`
	HTTP         httpContext `json:"http"`
	RequestID    string      `json:"requestId"`
	RouteKey     string      `json:"routeKey"`
	Stage        string      `json:"stage"`
	Time         string      `json:"time"`
	TimeEpoch    int64       `json:"timeEpoch"`
}

type httpContext struct {
	Method    string `json:"method"`
	Path      string `json:"path"`
	Protocol  string `json:"protocol"`
	SourceIP  string `json:"sourceIp"`
	UserAgent string `json:"userAgent"`
}

// event returns the event of a request.
func (c call) event(r *http.Request, body []byte) ([]byte, error) {
	prefix, _, _ := strings.Cut(r.Host, ".")
	e := event{
		Version: "2.0", RouteKey: c.routeKey, RawPath: r.URL.Path, RawQueryString: r.URL.RawQuery,
		Cookies: cookies(r), Headers: headers(r, len(body), c.at), Query: query(r.URL.RawQuery),
		Context: requestContext{
			AccountID: c.accountID, APIID: c.apiID, DomainName: r.Host, DomainPrefix: prefix,
			HTTP:      httpContext{r.Method, r.URL.Path, r.Proto, stage.SourceIP(r), r.UserAgent()},
			RequestID: c.id, RouteKey: c.routeKey, Stage: c.stage,
			Time: c.at.UTC().Format(stage.RequestTime), TimeEpoch: c.at.UnixMilli(),
		},
		Body: string(body),
	}
	if len(body) > 0 && !isText(r.Header.Get("Content-Type"), body) {
		e.Body, e.IsBase64Encoded = base64.StdEncoding.EncodeToString(body), true
	}
	return json.Marshal(e)
}

// headers returns the headers of the client and the headers that API Gateway adds. Names
// are in lower case. Several values of a name are joined by commas.
func headers(r *http.Request, length int, now time.Time) map[string]string {
	h := map[string]string{}
	for name, values := range r.Header {
		h[strings.ToLower(name)] = strings.Join(values, ",")
	}
	delete(h, "cookie")
	forwarded := stage.SourceIP(r)
	if before := h["x-forwarded-for"]; before != "" {
		forwarded = before + ", " + forwarded
	}
	h["content-length"], h["host"] = strconv.Itoa(length), r.Host
	h["x-forwarded-for"], h["x-forwarded-port"], h["x-forwarded-proto"] = forwarded, "443", "https"
	h["x-amzn-trace-id"] = stage.NewTraceID(now)
	return h
}

// cookies returns the cookies of all Cookie headers as the client wrote them.
func cookies(r *http.Request) []string {
	var list []string
	for _, header := range r.Header.Values("Cookie") {
		for cookie := range strings.SplitSeq(header, ";") {
			if cookie = strings.TrimSpace(cookie); cookie != "" {
				list = append(list, cookie)
			}
		}
	}
	return list
}

// query returns the decoded parameters of a query string. Several values of a name are
// joined by commas.
func query(raw string) map[string]string {
	parameters := map[string]string{}
	for name, value := range stage.Query(raw) {
		if before, ok := parameters[name]; ok {
			value = before + "," + value
		}
		parameters[name] = value
	}
	return parameters
}

// isText reports whether the function gets a body as text, rather than as base64.
func isText(contentType string, body []byte) bool {
	kind, _, err := mime.ParseMediaType(contentType)
	if err != nil || !utf8.Valid(body) {
		return false
	}
	switch kind {
	case "application/json", "application/xml", "application/javascript":
		return true
	}
	return strings.HasPrefix(kind, "text/")
}

// headSize returns the size of the request line and the header values, which AWS limits.
func headSize(r *http.Request) int {
	size := len(r.Method) + len(" ") + len(r.RequestURI) + len(" ") + len(r.Proto) + len(r.Host)
	for _, values := range r.Header {
		for _, v := range values {
			size += len(v)
		}
	}
	return size
}
