package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"

	"sallyport/lambda/originsecret"
)

// front is in front of site, socket and HTTP API, as CloudFront is with the setting oneDomain.
type front struct {
	secret string

	mu      sync.Mutex // guards outputs
	outputs map[string]string
}

func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	output := map[string]string{"/live": "websocketUrl", "/tickets": "httpUrl", "/connections": "httpUrl"}[r.URL.Path]
	if output == "" {
		output = "siteUrl"
	}
	to, err := url.Parse(overHTTP(f.outputs[output]))
	f.mu.Unlock()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	proxy := httputil.ReverseProxy{Rewrite: func(p *httputil.ProxyRequest) {
		p.Out.URL.Scheme, p.Out.URL.Host, p.Out.Host = "http", to.Host, to.Host
		if output != "siteUrl" {
			p.Out.Header.Set(originsecret.Header, f.secret)
		}
	}}
	proxy.ServeHTTP(w, r)
}

// TestOneDomain verifies a local run behind one host, whose APIs accept only requests with the
// secret of that host. Then it verifies the same run with a host that also lets an API accept
// other requests.
func TestOneDomain(t *testing.T) {
	f := &front{secret: strings.Repeat("s", 32)}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	host := server.Listener.Addr().String()
	variables := fmt.Sprintf(`"ORIGIN_SECRETS": %q, "ALLOWED_ORIGINS": "http://%s `, originsecret.Sums([]string{f.secret}), host)
	local := startLocal(t, "-plan", editedPlan(t, [2]string{`"ALLOWED_ORIGINS": "`, variables}))
	outputs := outputsOf(t, local)
	f.mu.Lock()
	f.outputs = outputsOf(t, local)
	f.mu.Unlock()
	outputs["websocketUrl"], outputs["httpUrl"], outputs["siteUrl"] = "ws://"+host+"/live", "http://"+host, "http://"+host
	const only = "^(tickets|socket|refusals)/|^push/sub|^channels/publish|^site/(page|content)"
	r := verified(t, t.Context(), of(withOutputs(t, local, outputs)), "-local", "-conformance=false", "-only", only)
	if r.code != 0 || r.table("refusals/pastSite") != "As expected" {
		t.Errorf("got exit code %d and refusals/pastSite in the table %q, want 0 and As expected:\n%s", r.code, r.table("refusals/pastSite"), r.output)
	}
	// Now the address of the stage sends the secret, too.
	outputs["connectionsUrl"] = "http://" + host + "/live"
	r = verified(t, t.Context(), of(withOutputs(t, local, outputs)), "-local", "-conformance=false", "-only", "^refusals/(page|pastSite)")
	wantDifferences(t, r, "refusals/pastSite")
}
