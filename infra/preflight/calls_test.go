package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/preflight-policy.json instead of comparing it")

const policyFile = "../../docs/preflight-policy.json"

// The policy in the docs allows exactly the calls.
func TestPolicy(t *testing.T) {
	got, err := json.MarshalIndent(policy("sallyport"), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	if *update {
		if err := os.WriteFile(policyFile, got, 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(policyFile)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s is not the policy of the calls (%v): renew it with go test ./infra/preflight -update -run TestPolicy", policyFile, err)
	}
}

// All calls only read.
func TestCallsRead(t *testing.T) {
	reads := regexp.MustCompile(`^(get|list|describe|simulate)-`)
	permission := regexp.MustCompile(`:(Get|List|Describe|View|Simulate|GET$)`)
	for _, c := range calls() {
		if !reads.MatchString(c.operation) {
			t.Errorf("%s: want a call that reads", c)
		}
		special := c.service == "apigateway" || c.service == "budgets" // IAM has other names for their operations
		if want := c.service + ":" + camel(c.operation); c.actions != nil && !special && c.permissions() != want {
			t.Errorf("%s: got the permission %s, want %s", c, c.permissions(), want)
		}
		for _, action := range c.actions {
			if !permission.MatchString(action) {
				t.Errorf("%s needs %s, want a permission that reads", c, action)
			}
		}
	}
}

// camel returns the name of an operation in AWS's API.
func camel(operation string) string {
	var b strings.Builder
	for word := range strings.SplitSeq(operation, "-") {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}

func TestFlags(t *testing.T) {
	for name, test := range map[string]struct {
		args []string
		code int
		text string
	}{
		"calls":     {[]string{"-calls"}, ready, "aws lambda get-account-settings"},
		"help":      {[]string{"-h"}, ready, "It reads only"},
		"no flag":   {[]string{"-x"}, couldNotRun, "flag provided but not defined"},
		"argument":  {[]string{"dev"}, couldNotRun, `got the argument "dev"`},
		"no folder": {nil, couldNotRun, "run make preflight in the folder of the project"},
	} {
		t.Run(name, func(t *testing.T) {
			var both bytes.Buffer
			if code := run(t.Context(), test.args, dependencies{}, &both, &both); code != test.code || !strings.Contains(both.String(), test.text) {
				t.Errorf("got exit code %d, %s\nwant %d with %q", code, both.String(), test.code, test.text)
			}
		})
	}
}
