package main

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestSettings(t *testing.T) {
	const domain = `"p:oneDomain":{"value":"true"}`
	for name, test := range map[string]struct {
		values string
		status status
		text   string
	}{
		"defaults":      {`{}`, statusOK, "valid"},
		"list":          {`{"p:allowedOrigins":{"value":"[\"https://a.example\"]","objectValue":["https://a.example"]}}`, statusOK, ""},
		"wrong":         {`{"p:memory":{"value":"1"}}`, statusChange, `setting memory is "1"`},
		"together":      {`{"p:monthlyBudget":{"value":"5"}}`, statusChange, "setting alarmEmail is"},
		"queue":         {`{"p:reservedConcurrency":{"value":"4"}}`, statusChange, "setting reservedConcurrency is"},
		"secret":        {`{` + domain + `,"p:originSecrets":{"secret":true}}`, statusOK, "values not read: originSecrets"},
		"no secret":     {`{` + domain + `}`, statusChange, "setting originSecrets"},
		"clear text":    {`{` + domain + `,"p:originSecrets":{"value":"[\"0123456789abcdef0123456789abcdef\"]"}}`, statusChange, "originSecrets is in clear text"},
		"environment":   {`{"p:memory":{"value":"[unknown]"}}`, statusOK, "values not read: memory"},
		"other project": {`{"q:memory":{"value":"1"}}`, statusOK, "valid"},
	} {
		p := &preflight{project: "p", region: "eu-west-1", hasChannels: true, stackRead: true}
		if err := json.Unmarshal([]byte(test.values), &p.values); err != nil {
			t.Fatal(err)
		}
		got := p.checkSettings(t.Context())
		expect(t, name, got, test.status, test.text)
		if strings.Contains(got.String(), "0123456789abcdef") {
			t.Errorf("%s: got the secret in %s", name, got)
		}
	}
	expect(t, "no stack", (&preflight{}).checkSettings(t.Context()), statusUnknown, "use the defaults")
}

// A stack that is deployed stays in its region and its account.
func TestDeployedElsewhere(t *testing.T) {
	region := "eu-west-1"
	p := &preflight{
		aws: &aws{}, stackRead: true, values: map[string]configValue{"aws:region": {Value: &region}},
		outputs: map[string]any{"region": "us-east-1", "queueUrl": "https://sqs.us-east-1.amazonaws.com/444455556666/a.fifo"},
	}
	expect(t, "region", p.checkRegion(t.Context()), statusChange, "eu-west-1, but the stack is deployed in us-east-1")
	if got := p.deployedAccount(); got != "444455556666" {
		t.Errorf("got the account %q, want 444455556666", got)
	}
	p.outputs = map[string]any{"region": "eu-west-1", "queueUrl": "x"}
	expect(t, "same region", p.checkRegion(t.Context()), statusOK, "eu-west-1")
	if got := p.deployedAccount(); got != "" {
		t.Errorf("got the account %q, want none", got)
	}
}

// The results are in the order of the checks. The names of slow checks are printed after two
// seconds, after a change, and every ten seconds.
func TestProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var stdout, stderr bytes.Buffer
		p := &preflight{printer: newPrinter(&stdout, &stderr, false)}
		wait := func(d time.Duration) func(context.Context) result {
			return func(context.Context) result {
				time.Sleep(d) // of the fake clock of testing/synctest
				return ok("done", "")
			}
		}
		if err := p.all(t.Context(), []check{{"slow", wait(17 * time.Second)}, {"quick", wait(3 * time.Second)}}); err != nil {
			t.Fatal(err)
		}
		if got, want := stdout.String(), "ok       slow: done\nok       quick: done\n"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		got := strings.Join(strings.Fields(stderr.String()), " ")
		if want := "still checking: slow, quick still checking: slow still checking: slow"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

// The exit code of an interrupted preflight is couldNotRun.
func TestInterrupted(t *testing.T) {
	t.Chdir("../..")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var stdout, stderr bytes.Buffer
	if code := run(ctx, nil, dependencies{}, &stdout, &stderr); code != couldNotRun || !strings.Contains(stderr.String(), "interrupted") {
		t.Errorf("got exit code %d, %s", code, stderr.String())
	}
}
