package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"sallyport/test/conformance/target"
)

// fault is one fault of a system: a proxy between the program and the local run adds it.
type fault struct {
	name    string
	output  string // the address before which the proxy is
	only    string // the checks that run
	rows    []string
	request func(b *between, r *http.Request)
	answer  func(w http.ResponseWriter, r *http.Request) bool // nil: the system answers
	change  func(resp *http.Response)
}

// faults are faults that verify must find, one at a time.
func faults() []fault {
	return []fault{
		{
			name: "noSecurityHeader", output: "siteUrl", only: "^site/", rows: []string{"site/Referrer-Policy"},
			change: func(resp *http.Response) { resp.Header.Del("Referrer-Policy") },
		},
		{
			name: "inlineScripts", output: "siteUrl", only: "^site/c", rows: []string{"site/contentSecurityPolicy"},
			change: func(resp *http.Response) {
				h := resp.Header.Get("Content-Security-Policy")
				resp.Header.Set("Content-Security-Policy", strings.Replace(h, "script-src 'self'", "script-src 'self' 'unsafe-inline'", 1))
			},
		},
		{
			name: "otherConfig", output: "siteUrl", only: "^site/c", rows: []string{"site/config"},
			change: func(resp *http.Response) {
				if strings.HasSuffix(resp.Request.URL.Path, "/config.json") {
					const text = `{"websocketUrl":"wss://other.example"}`
					_ = resp.Body.Close()
					resp.Body, resp.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
					resp.Header.Del("Content-Length")
				}
			},
		},
		{
			name: "noCache", output: "siteUrl", only: "^site/assets", rows: []string{"site/assets"},
			change: func(resp *http.Response) { resp.Header.Set("Cache-Control", "no-cache") },
		},
		{
			name: "noOriginCheck", output: "websocketUrl", only: "^refusals/", rows: []string{"refusals/foreignPage", "refusals/nullOrigin", "refusals/similarOrigin"},
			request: func(_ *between, r *http.Request) { r.Header.Del("Origin") },
		},
		{
			name: "reusableTicket", output: "websocketUrl", only: "^tickets/(connect|reuse)", rows: []string{"tickets/reuse"},
			request: func(b *between, r *http.Request) {
				offer := r.Header.Get("Sec-WebSocket-Protocol")
				if b.again(offer) && strings.Contains(offer, "ticket.") {
					r.Header.Set("Sec-WebSocket-Protocol", ownProtocol+", bearer."+b.token)
				}
			},
		},
		{
			name: "queryToken", output: "websocketUrl", only: "^refusals/query", rows: []string{"refusals/queryToken", "refusals/queryTokenAndProtocol"},
			request: func(_ *between, r *http.Request) {
				if token := r.URL.Query().Get("token"); token != "" {
					r.Header.Set("Sec-WebSocket-Protocol", ownProtocol+", bearer."+token)
					r.URL.RawQuery = ""
				}
			},
		},
		{
			name: "noSignatureCheck", output: "websocketUrl", only: "^refusals/(forged|bearer)", rows: []string{"refusals/forgedToken"},
			request: func(b *between, r *http.Request) {
				r.Header.Set("Sec-WebSocket-Protocol", ownProtocol+", bearer."+b.token)
			},
		},
		{
			name: "ticketForAll", output: "httpUrl", only: "^tickets/(issue|noToken)", rows: []string{"tickets/noToken"},
			request: func(b *between, r *http.Request) {
				if r.Header.Get("Authorization") == "" {
					r.Header.Set("Authorization", "Bearer "+b.token)
				}
			},
		},
		{
			name: "openCORS", output: "httpUrl", only: "^tickets/preflight", rows: []string{"tickets/preflightForeign"},
			change: func(resp *http.Response) {
				if resp.StatusCode == http.StatusForbidden {
					_ = resp.Body.Close()
					resp.StatusCode, resp.Body, resp.ContentLength = http.StatusNoContent, http.NoBody, 0
					resp.Header.Set("Access-Control-Allow-Origin", "*")
				}
			},
		},
		{
			name: "openManagement", output: "connectionsUrl", only: "^unsigned/", rows: []string{"unsigned/connectionsPost"},
			answer: func(_ http.ResponseWriter, r *http.Request) bool {
				return r.Method == http.MethodPost && strings.Contains(r.URL.Path, "@connections")
			},
		},
		{
			name: "lostPush", output: "connectionsUrl", only: "^push/(sub|nobody)", rows: []string{"push/sub"},
			answer: func(w http.ResponseWriter, r *http.Request) bool {
				if !strings.HasSuffix(r.URL.Path, "/invocations") {
					return false
				}
				_, _ = io.WriteString(w, `{"sent":0,"gone":0,"failed":0}`)
				return true
			},
		},
	}
}

// test verifies the local run behind the fault.
func (f fault) test(t *testing.T, local *target.Local) {
	t.Helper()
	token, err := local.Token(t.Context(), target.TokenRequest{User: "other"})
	if err != nil {
		t.Fatal(err)
	}
	b := &between{fault: f, token: token, seen: map[string]bool{}}
	outputs := outputsOf(t, local)
	to, err := url.Parse(overHTTP(outputs[f.output]))
	if err != nil {
		t.Fatal(err)
	}
	b.host = to.Host
	server := httptest.NewServer(b)
	t.Cleanup(server.Close)
	for name, address := range outputs {
		if name == f.output || f.output == "siteUrl" { // with one domain, all addresses have the host of the site
			outputs[name] = strings.Replace(address, "//"+to.Host, "//"+server.Listener.Addr().String(), 1)
		}
	}
	r := verified(t, t.Context(), of(withOutputs(t, local, outputs)), "-local", "-conformance=false", "-only", f.only)
	wantDifferences(t, r, f.rows...)
}

// outputsOf returns the outputs of a local run.
func outputsOf(t *testing.T, local *target.Local) map[string]string {
	t.Helper()
	var outputs map[string]string
	if err := json.Unmarshal([]byte(readFile(t, local.OutputsFile)), &outputs); err != nil {
		t.Fatal(err)
	}
	return outputs
}

// withOutputs writes other outputs, with the credentials of a local run in the same folder. It
// returns the path of the outputs.
func withOutputs(t *testing.T, local *target.Local, outputs map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	text, err := json.Marshal(outputs)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{"outputs.json": string(text), "credentials": readFile(t, local.CredentialsFile)} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(folder, "outputs.json")
}

// between is a proxy with a fault.
type between struct {
	fault
	host  string // of the system
	token string // of a user that the program does not know

	mu   sync.Mutex // guards seen
	seen map[string]bool
}

// again reports whether it was called with the text before.
func (b *between) again(text string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	before := b.seen[text]
	b.seen[text] = true
	return before
}

func (b *between) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if b.answer != nil && b.answer(w, r) {
		return
	}
	proxy := httputil.ReverseProxy{
		Rewrite: func(p *httputil.ProxyRequest) {
			p.Out.URL.Scheme, p.Out.URL.Host = "http", b.host
			p.Out.Host = p.In.Host // the signature covers it
			if b.output == "siteUrl" {
				p.Out.Host = b.host
				if rest, ok := strings.CutPrefix(p.Out.Header.Get("Origin"), "http://"+p.In.Host); ok { // the proxy is the site
					p.Out.Header.Set("Origin", "http://"+b.host+rest)
				}
			}
			if b.request != nil {
				b.request(b, p.Out)
			}
		},
		ModifyResponse: func(resp *http.Response) error {
			if b.change != nil {
				b.change(resp)
			}
			return nil
		},
	}
	proxy.ServeHTTP(w, r)
}
