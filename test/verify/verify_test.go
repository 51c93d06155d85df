package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"sallyport/test/conformance/target"
	"sallyport/test/support"
)

const root = "../.."

// result is the result of a run of the program.
type result struct {
	code           int
	output, report string
}

// verified runs the program in the folder of the project.
func verified(t *testing.T, ctx context.Context, environ []string, args ...string) result { //nolint:revive // t comes first, as in all helpers
	t.Helper()
	file := filepath.Join(t.TempDir(), "report.md")
	var out bytes.Buffer
	code := run(ctx, append(args, "-report", file, "-timeout", support.HangLimit.String()), environ, &out)
	report, err := os.ReadFile(file)
	if err != nil && code != 2 {
		t.Fatal(err)
	}
	return result{code, out.String(), string(report)}
}

// table returns the title of the report's table that has the row of a behaviour, or "".
func (r result) table(id string) string {
	title := ""
	for line := range strings.Lines(r.report) {
		if heading, ok := strings.CutPrefix(line, "## "); ok {
			title = strings.TrimSpace(heading)
		}
		if strings.HasPrefix(line, "| "+id+" |") {
			return title
		}
	}
	return ""
}

// wantPrivate checks that neither output nor report has a token or a secret.
func (r result) wantPrivate(t *testing.T, secrets ...string) {
	t.Helper()
	for name, text := range map[string]string{"output": r.output, "report": r.report} {
		if m := regexp.MustCompile(`eyJ[\w-]{8,}\.`).FindString(text); m != "" {
			t.Errorf("%s: got a token, %s", name, m)
		}
		for _, secret := range secrets {
			if secret != "" && strings.Contains(text, secret) {
				t.Errorf("%s: got the secret %s", name, secret)
			}
		}
	}
	if m := regexp.MustCompile(`\b(?:\d{12}|\d{1,3}(?:\.\d{1,3}){3})\b`).FindString(r.report); m != "" {
		t.Errorf("report: got the number or address %s", m)
	}
}

// startLocal starts a local run.
func startLocal(t *testing.T, flags ...string) *target.Local {
	t.Helper()
	t.Chdir(root)
	support.DependOn(t, "test/conformance", "docs/api-gateway.md")
	folder, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	local, err := target.Start(t.Context(), folder, t.TempDir(), flags...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := local.Stop(); err != nil {
			t.Error(err)
		}
	})
	return local
}

// of returns the environment of a run against the outputs in file.
func of(file string) []string {
	return append(os.Environ(), "SALLYPORT_OUTPUTS="+file, "GOFLAGS=-race")
}

// TestLocal verifies the local run. Everything is as expected, and with one fault between the
// program and the system, the row of that behaviour is not.
func TestLocal(t *testing.T) {
	local := startLocal(t)
	t.Run("asExpected", func(t *testing.T) { testExpected(t, local) })
	for _, f := range faults() {
		t.Run(f.name, func(t *testing.T) { f.test(t, local) })
	}
}

func testExpected(t *testing.T, local *target.Local) {
	t.Helper()
	r := verified(t, t.Context(), of(local.OutputsFile), "-local")
	if r.code != 0 {
		t.Errorf("got exit code %d, want 0:\n%s", r.code, r.output)
	}
	r.wantPrivate(t, local.Key.SecretAccessKey)
	for _, text := range []string{"This report is about the local run", "| region | " + local.Region + " |", "| commit | "} {
		if !strings.Contains(r.report, text) {
			t.Errorf("the report has no %q:\n%s", text, r.report)
		}
	}
	for _, c := range checks() {
		title := r.table(c.id())
		skipped := c.skip != nil && title == "Not applicable"
		if want := map[bool]string{true: "Recorded", false: "As expected"}[c.want == ""]; title != want && !skipped {
			t.Errorf("%s: got the table %q, want %q", c.id(), title, want)
		}
	}
	for _, q := range questions {
		for _, id := range q.rows {
			if title := r.table(id); title == "" {
				t.Errorf("question %q: the report has no row %s", q.text, id)
			}
		}
	}
}

// TestPlanFaults verifies a local run whose plan lacks the security headers and allows a foreign
// origin.
func TestPlanFaults(t *testing.T) {
	plan := editedPlan(t, [2]string{`"ALLOWED_ORIGINS": "`, `"ALLOWED_ORIGINS": "` + foreign + ` `}, [2]string{`"frameOption": "DENY"`, `"frameOption": "SAMEORIGIN"`})
	local := startLocal(t, "-plan", plan)
	r := verified(t, t.Context(), of(local.OutputsFile), "-local", "-conformance=false", "-only", "refusals/|site/")
	wantDifferences(t, r, "refusals/foreignPage", "site/X-Frame-Options")
}

// editedPlan writes a copy of the local run's plan in which texts are replaced, and returns the
// path of its file.
func editedPlan(t *testing.T, edits ...[2]string) string {
	t.Helper()
	plan := readFile(t, filepath.Join(root, "local", "plan.json"))
	for _, e := range edits {
		if strings.Count(plan, e[0]) != 1 {
			t.Fatalf("%s: got %d in the plan, want 1", e[0], strings.Count(plan, e[0]))
		}
		plan = strings.Replace(plan, e[0], e[1], 1)
	}
	file := filepath.Join(t.TempDir(), "plan.json")
	if err := os.WriteFile(file, []byte(plan), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// wantDifferences checks that exactly the rows ids differ, and that the exit code is 1.
func wantDifferences(t *testing.T, r result, ids ...string) {
	t.Helper()
	var found []string
	for _, m := range regexp.MustCompile(`(?m)^DIFF  (\S+)`).FindAllStringSubmatch(r.output, -1) {
		found = append(found, m[1])
		if title := r.table(m[1]); title != "Differences" {
			t.Errorf("%s: got the table %q, want Differences", m[1], title)
		}
	}
	if slices.Sort(found); !slices.Equal(found, ids) || r.code != 1 {
		t.Errorf("got exit code %d and differences in %q, want 1 and %q:\n%s", r.code, found, ids, r.output)
	}
}

func TestNoLocalRun(t *testing.T) {
	r := verified(t, t.Context(), of(filepath.Join(t.TempDir(), "outputs.json")), "-local")
	if want := "start it with make run"; r.code != 2 || !strings.Contains(r.output, want) {
		t.Errorf("got exit code %d, %s; want 2, %q", r.code, r.output, want)
	}
}

func TestOptions(t *testing.T) {
	for name, test := range map[string]struct {
		args []string
		code int
		want string
	}{
		"help":     {[]string{"-h"}, 0, "Exit codes: 0 all as expected"},
		"unknown":  {[]string{"-x"}, 2, "flag provided but not defined: -x"},
		"argument": {[]string{"dev"}, 2, `unexpected argument "dev"`},
		"both":     {[]string{"-local", "-stack", "dev"}, 2, "use only one of -local and -stack"},
		"only":     {[]string{"-only", "("}, 2, "-only is not a regular expression"},
		"timeout":  {[]string{"-timeout", "0s"}, 2, "-timeout is 0s"},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			if code := run(t.Context(), test.args, nil, &out); code != test.code || !strings.Contains(out.String(), test.want) {
				t.Errorf("got exit code %d, %s; want %d, %q", code, out.String(), test.code, test.want)
			}
		})
	}
}

func TestScrub(t *testing.T) {
	v := verifier{outputs: map[string]string{"siteUrl": "https://d1.cloudfront.net", "connectionsUrl": "https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/live"}, secrets: []string{"verify-x-a"}}
	for text, want := range map[string]string{
		"arn:aws:iam::111122223333:user/x":              "arn:aws:iam::ACCOUNT:user/x",
		"Bearer eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJh.c2ln": "Bearer TOKEN",
		"AKIAIOSFODNN7EXAMPLE":                          "KEY-ID",
		"ops@example.com from 198.51.100.4":             "ADDRESS from IP",
		"from 2001:db8:0:1:0:0:0:1":                     "from IP",
		"https://d1.cloudfront.net/ and a1b2c3d4e5":     "SITE/ and API-ID",
		"user verify-x-a on WhHAe-TROkECC5w=":           "user USER-DATA on ID",
		"1770109506120 ms":                              "1770109506120 ms",
	} {
		if got := v.scrub(text); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}

// A line is readable in a terminal. A cell shows the same characters in Markdown.
func TestLineAndCell(t *testing.T) {
	for text, want := range map[string]struct{ line, cell string }{
		`<id> & "x" a|b`:           {`<id> & "x" a|b`, `\<id> \& "x" a\|b`},
		"two\nlines, \x1b[31mred":  {`two⏎lines, \x1b[31mred`, `two⏎lines, \\x1b\[31mred`},
		`&lt; C:\* `:               {`&lt; C:\* `, `\&lt; C:\\\* `},
		"error message_invalid":    {"error message_invalid", "error message_invalid"},
		"__Host-session _x_ `a` ~": {"__Host-session _x_ `a` ~", "\\_\\_Host-session \\_x\\_ \\`a\\` \\~"},
	} {
		if got := line(text); got != want.line {
			t.Errorf("line of %q: got %q, want %q", text, got, want.line)
		}
		if got := cell(text); got != want.cell {
			t.Errorf("cell of %q: got %q, want %q", text, got, want.cell)
		}
	}
	if got := cell(strings.Repeat("<", 700)); len(got) != 2*600+len("…") || !strings.HasSuffix(got, `\<…`) {
		t.Errorf("got a cell of %d bytes, want 1200 and an ellipsis", len(got))
	}
}

// The expiry of a token may have a fraction (RFC 7519, 2).
func TestClaimsOf(t *testing.T) {
	for claims, want := range map[string]time.Time{
		`{"sub":"a"}`:                       {},
		`{"sub":"a","exp":1700000000}`:      time.Unix(1_700_000_000, 0),
		`{"sub":"a","exp":1700000000.5}`:    time.Unix(1_700_000_000, 0),
		`{"sub":"a","exp":1.7e9,"iat":"b"}`: time.Unix(1_700_000_000, 0),
		`{"sub":"a","exp":-1}`:              {},
	} {
		sub, expires, err := claimsOf("e30." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".x")
		if err != nil || sub != "a" || !expires.Equal(want) {
			t.Errorf("%s: got %q, %v, error %v; want %v", claims, sub, expires, err, want)
		}
	}
}

func TestForged(t *testing.T) {
	const token = "a.b.AAAABBBBCC"
	if got := forged(token); got == token || !strings.HasPrefix(got, "a.b.") || len(got) != len(token) {
		t.Errorf("got %s, want another signature of the same length", got)
	}
}
