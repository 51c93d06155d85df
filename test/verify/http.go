package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// maxBody is the limit for the body of a response, in bytes. It is larger than each body that the
// checks expect.
const maxBody = 8 << 20

// newClient returns an HTTP client that follows no redirects and does not decompress bodies. It
// uses HTTP/1.1 only, because a WebSocket handshake needs it.
func (v *verifier) newClient() *http.Client {
	t := &http.Transport{
		Proxy: http.ProxyFromEnvironment, DisableCompression: true, TLSHandshakeTimeout: v.timeout, ResponseHeaderTimeout: v.timeout,
		TLSNextProto: map[string]func(string, *tls.Conn) http.RoundTripper{}, IdleConnTimeout: time.Minute,
	}
	return &http.Client{
		Transport:     t,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// response is an HTTP response.
type response struct {
	status int
	header http.Header
	body   string
}

// errorCode returns the error code in the body of a response of the HTTP API, or "".
func (a response) errorCode() string {
	var body struct {
		Data struct{ Code string } `json:"data"`
	}
	if json.Unmarshal([]byte(a.body), &body) != nil {
		return ""
	}
	return body.Data.Code
}

// String returns the status and the error code.
func (a response) String() string {
	return strings.TrimSpace(fmt.Sprintf("%d %s", a.status, a.errorCode()))
}

// header returns headers from pairs of name and value.
func header(pairs ...string) http.Header {
	h := http.Header{}
	for i := 0; i+1 < len(pairs); i += 2 {
		h.Add(pairs[i], pairs[i+1])
	}
	return h
}

// request sends a request and reads the response.
func (v *verifier) request(ctx context.Context, method, address, body string, h http.Header) (response, error) {
	ctx, cancel := context.WithTimeout(ctx, v.timeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(body))
	if err != nil {
		return response{}, err
	}
	r.Header = h
	if r.Header == nil {
		r.Header = http.Header{}
	}
	resp, err := v.http.Do(r)
	if err != nil {
		return response{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode == http.StatusSwitchingProtocols { // there is no body
		return response{status: resp.StatusCode, header: resp.Header}, nil
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	return response{resp.StatusCode, resp.Header, string(text)}, err
}

// upgrade is a WebSocket handshake.
type upgrade struct {
	protocols []string // empty: the header is absent
	origin    string   // empty: the header is absent
	query     string   // without ?
	address   string   // empty: websocketUrl
	offer     string   // of extensions; empty: none
	cookie    string   // empty: the header is absent
}

// handshake sends a handshake, and closes the connection if it is accepted.
func (v *verifier) handshake(ctx context.Context, u upgrade) (response, error) {
	h := header("Connection", "Upgrade", "Upgrade", "websocket", "Sec-WebSocket-Version", "13", "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
	for name, value := range map[string]string{
		"Sec-WebSocket-Protocol": strings.Join(u.protocols, ", "), "Origin": u.origin, "Sec-WebSocket-Extensions": u.offer, "Cookie": u.cookie,
	} {
		if value != "" {
			h.Set(name, value)
		}
	}
	address := u.address
	if address == "" {
		address = v.outputs["websocketUrl"]
	}
	if u.query != "" {
		address += "?" + u.query
	}
	return v.request(ctx, http.MethodGet, overHTTP(address), "", h)
}

// overHTTP returns a ws address with the scheme http, and wss with https.
func overHTTP(address string) string { return "http" + strings.TrimPrefix(address, "ws") }

// serviceURL returns the address of a service of AWS in the stack's region.
func (v *verifier) serviceURL(name string) string {
	if v.serviceEndpoint != "" {
		return v.serviceEndpoint
	}
	return "https://" + name + "." + v.outputs["region"] + ".amazonaws.com"
}

// names returns the sorted names of the headers.
func names(h http.Header) string {
	var all []string
	for name := range h {
		all = append(all, strings.ToLower(name))
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

// ticket requests a ticket for a user. origin is the header Origin of the request; "": none.
func (v *verifier) ticket(ctx context.Context, u account, origin string) (string, error) {
	a, err := v.requestTicket(ctx, "Bearer "+u.token, origin)
	if err != nil {
		return "", err
	}
	var body struct {
		Data struct{ Ticket string }
	}
	if err := decode(a.body, &body); err != nil || body.Data.Ticket == "" {
		return "", fmt.Errorf("the HTTP API returns %v and no ticket", a)
	}
	v.secrets = append(v.secrets, body.Data.Ticket)
	return body.Data.Ticket, nil
}

func (v *verifier) requestTicket(ctx context.Context, authorization, origin string) (response, error) {
	h := http.Header{}
	if authorization != "" {
		h.Set("Authorization", authorization)
	}
	if origin != "" {
		h.Set("Origin", origin)
	}
	return v.request(ctx, http.MethodPost, v.outputs["httpUrl"]+"/tickets", "", h)
}
