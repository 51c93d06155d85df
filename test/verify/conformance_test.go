package main

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestCases reads the output of go test -json.
func TestCases(t *testing.T) {
	for name, test := range map[string]struct {
		mark, want, got string
		oneDomain       bool
		outcome         outcome
		seen            string
	}{
		"same":       {"doc", "101", "101", false, expected, "101"},
		"differs":    {"doc", "101", "403", false, differs, "403"},
		"observed":   {"rest, observed", "101", "403", false, differs, "403"},
		"rest":       {"rest", "101", "403", false, recorded, "403 (the local run: 101)"},
		"restSame":   {"rest", "101", "101", false, expected, "101"},
		"unknown":    {"unknown", "101", "101", false, recorded, "101 (so does the local run)"},
		"behindSite": {"doc", "101", "403", true, recorded, "403 (the local run: 101)"},
		"slow":       {"doc", "x", "not applicable: it takes ten minutes: use -slow", false, notApplicable, "it takes ten minutes: use -slow"},
		"noResult":   {"doc", "x", "", false, differs, "the case failed: see go test -run 'TestBehaviour/all/handshake/noResult$' ./test/conformance"},
	} {
		t.Run(name, func(t *testing.T) {
			c := &cases{values: map[string]map[string]string{}, took: map[string]time.Duration{}}
			attribute := func(key, value string) {
				c.read(fmt.Sprintf(`{"Action":"attr","Test":"TestBehaviour/all/handshake/%s","Key":%q,"Value":%q}`, name, key, value))
			}
			attribute("section", "1.3")
			attribute("mark", test.mark)
			attribute("want", test.want)
			if test.got != "" {
				attribute("got", test.got)
			}
			c.read(`{"Action":"fail","Test":"TestBehaviour/all/handshake/` + name + `","Elapsed":0.5}`)
			rows := c.rows(test.oneDomain)
			if len(rows) != 1 || rows[0].outcome != test.outcome || rows[0].seen != test.seen || rows[0].id != "conformance/handshake/"+name {
				t.Errorf("got %+v, want %s, %s", rows, test.outcome, test.seen)
			}
			if !c.failed || c.took["conformance/handshake/"+name] != 500*time.Millisecond {
				t.Errorf("got failed %t, times %v", c.failed, c.took)
			}
		})
	}
}

// TestCasesBehindSite checks that, with one domain, a case has no expectation if CloudFront answers
// in place of the API.
func TestCasesBehindSite(t *testing.T) {
	for name, want := range map[string]outcome{
		"handshake/version": recorded, "frame/ping": recorded, "httpRefusal/root": recorded, "connections/goneGet": differs, "signature/noHost": differs,
	} {
		c := &cases{order: []string{name}, values: map[string]map[string]string{name: {"mark": "observed", "want": "404", "got": "403"}}}
		if rows := c.rows(true); len(rows) != 1 || rows[0].outcome != want {
			t.Errorf("%s: got %+v, want %s", name, rows, want)
		}
		if rows := c.rows(false); len(rows) != 1 || rows[0].outcome != differs {
			t.Errorf("%s without one domain: got %+v, want %s", name, rows, differs)
		}
	}
}

// TestCasesWithoutResults checks that the errors of the compiler are kept, and that a case which
// needs an API of its own has no row.
func TestCasesWithoutResults(t *testing.T) {
	c := &cases{values: map[string]map[string]string{}, took: map[string]time.Duration{}}
	c.read(`{"Action":"build-output","ImportPath":"x","Output":"x.go:1:1: does not compile\n"}`)
	c.read("not JSON")
	if text := strings.Join(c.output, ""); text != "x.go:1:1: does not compile\nnot JSON\n" || c.failed {
		t.Errorf("got %q, failed %t", text, c.failed)
	}
	c.read(`{"Action":"attr","Test":"TestBehaviour/all/reply/x","Key":"got","Value":"not applicable: it needs an API of its own"}`)
	if rows := c.rows(false); len(rows) != 0 {
		t.Errorf("got the rows %+v, want none", rows)
	}
}
