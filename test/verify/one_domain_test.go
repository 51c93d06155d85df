package main

import (
	"net/http"
	"strings"
	"testing"
)

// TestOneDomain verifies a local run with one domain, whose APIs accept only requests with the
// secret of the site. Then it verifies the same run as if the API's own address were that of the
// site, which sends the secret.
func TestOneDomain(t *testing.T) {
	local := startLocal(t, "-one-domain")
	const only = "^(tickets|socket|refusals|session)/|^push/sub|^channels/publish|^site/(page|content)"
	r := verified(t, t.Context(), of(local.OutputsFile), "-local", "-conformance=false", "-only", only)
	if r.code != 0 || r.table("refusals/bypass") != "As expected" {
		t.Errorf("got exit code %d and refusals/bypass in the table %q, want 0 and As expected:\n%s", r.code, r.table("refusals/bypass"), r.output)
	}
	for _, c := range sessionChecks() {
		if title := r.table(c.id()); title != "As expected" {
			t.Errorf("%s: got the table %q, want As expected", c.id(), title)
		}
	}
	for _, f := range sessionFaults() {
		t.Run(f.name, func(t *testing.T) { f.test(t, local) })
	}
	outputs := outputsOf(t, local)
	outputs["connectionsUrl"] = strings.Replace(outputs["websocketUrl"], "ws", "http", 1)
	r = verified(t, t.Context(), of(withOutputs(t, local, outputs)), "-local", "-conformance=false", "-only", "^refusals/(page|bypass)")
	wantDifferences(t, r, "refusals/bypass")
}

// sessionFaults are faults of the session cookie.
func sessionFaults() []fault {
	const only = "^session/"
	return []fault{
		{
			name: "readableCookie", output: "siteUrl", only: only, rows: []string{"session/signIn", "session/signOut"},
			change: func(resp *http.Response) {
				if cookie := resp.Header.Get("Set-Cookie"); cookie != "" {
					resp.Header.Set("Set-Cookie", strings.Replace(cookie, "; HttpOnly", "", 1))
				}
			},
		},
		{
			name: "anyOrigin", output: "siteUrl", only: only, rows: []string{"session/foreignPage", "session/noOrigin"},
			request: func(b *between, r *http.Request) {
				if r.Header.Get("Upgrade") != "" {
					r.Header.Set("Origin", "http://"+b.host)
				}
			},
		},
		{
			name: "noCSRFCheck", output: "siteUrl", only: only, rows: []string{"session/noCSRF", "session/signOutNoCSRF"},
			request: func(_ *between, r *http.Request) { r.Header.Set("X-CSRF", "1") },
		},
	}
}
