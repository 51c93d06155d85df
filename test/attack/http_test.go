package attack

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// request is a request over HTTP.
type request struct {
	method, url, body string
	header            http.Header
	change            func(r *http.Request)
}

// response is the answer to a request.
type response struct {
	status int
	header http.Header
	body   string
}

// verdict returns status and body.
func (r response) verdict() string {
	return strings.TrimSpace(strconv.Itoa(r.status) + " " + r.body)
}

// do sends a request over a new connection. The status is 0 if there is no answer.
func do(t *testing.T, q request) response {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), hangLimit)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, q.method, q.url, strings.NewReader(q.body))
	if err != nil {
		t.Fatal(err)
	}
	if q.header != nil {
		r.Header = q.header
	}
	if q.change != nil {
		q.change(r)
	}
	resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
	if err != nil {
		return response{body: err.Error()}
	}
	defer func() { _ = resp.Body.Close() }()
	text, _ := io.ReadAll(resp.Body)
	return response{resp.StatusCode, resp.Header, string(text)}
}

// authorized returns the headers that a page of the site sends with a token.
func (v *victim) authorized(token string) http.Header {
	return http.Header{"Authorization": {"Bearer " + token}, "Origin": {v.site}}
}

// askTicket requests a ticket.
func (v *victim) askTicket(t *testing.T, header http.Header) response {
	t.Helper()
	return do(t, request{method: http.MethodPost, url: v.http + "/tickets", header: header})
}
