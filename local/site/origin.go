package site

import (
	"io"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"

	"sallyport/local/stage"
)

// Origin is a custom origin of a distribution. It gets the requests of the viewer with all
// headers except Host, and with CloudFront-Viewer-Address, as the origin request policy
// AllViewerExceptHostHeader declares. The policy adds more headers of CloudFront, which are not
// emulated (api-gateway.md 17).
type Origin struct {
	// Address is the address of the origin, such as http://127.0.0.1:8081.
	Address *url.URL
	// Headers are added to each request, in place of headers of the viewer.
	Headers map[string]string
	// Transport sends the requests.
	Transport http.RoundTripper
}

// Handler returns a handler that answers with the response of the origin. It also forwards
// WebSocket connections. If the origin does not answer, the response has the status 502.
func (o Origin) Handler() http.Handler {
	return &httputil.ReverseProxy{
		Rewrite:   o.rewrite,
		Transport: o.Transport,
		ErrorLog:  log.New(io.Discard, "", 0), //nolint:forbidigo // of net/http; a closed connection is not an error
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) {
			w.WriteHeader(http.StatusBadGateway)
		},
	}
}

// rewrite makes the request to the origin. CloudFront adds the address of the viewer to the end
// of X-Forwarded-For (its guide, "Request and response behavior for custom origins").
func (o Origin) rewrite(r *httputil.ProxyRequest) {
	r.Out.URL.Scheme, r.Out.URL.Host = o.Address.Scheme, o.Address.Host
	r.Out.URL.RawQuery = r.In.URL.RawQuery // ReverseProxy removes parameters that Go cannot parse
	r.Out.Host = ""
	forwarded := append(r.In.Header.Values("X-Forwarded-For"), stage.SourceIP(r.In))
	r.Out.Header.Set("X-Forwarded-For", strings.Join(forwarded, ", "))
	address := strings.NewReplacer("[", "", "]", "").Replace(r.In.RemoteAddr) // the guess of api-gateway.md 17
	r.Out.Header.Set("CloudFront-Viewer-Address", address)
	for name, value := range o.Headers {
		r.Out.Header.Set(name, value)
	}
}
