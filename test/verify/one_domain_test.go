package main

import (
	"strings"
	"testing"
)

// TestOneDomain verifies a local run with one domain, whose APIs accept only requests with the
// secret of the site. Then it verifies the same run as if the API's own address were that of the
// site, which sends the secret.
func TestOneDomain(t *testing.T) {
	local := startLocal(t, "-one-domain")
	const only = "^(tickets|socket|refusals)/|^push/sub|^channels/publish|^site/(page|content)"
	r := verified(t, t.Context(), of(local.OutputsFile), "-local", "-conformance=false", "-only", only)
	if r.code != 0 || r.table("refusals/bypass") != "As expected" {
		t.Errorf("got exit code %d and refusals/bypass in the table %q, want 0 and As expected:\n%s", r.code, r.table("refusals/bypass"), r.output)
	}
	outputs := outputsOf(t, local)
	outputs["connectionsUrl"] = strings.Replace(outputs["websocketUrl"], "ws", "http", 1)
	r = verified(t, t.Context(), of(withOutputs(t, local, outputs)), "-local", "-conformance=false", "-only", "^refusals/(page|bypass)")
	wantDifferences(t, r, "refusals/bypass")
}
