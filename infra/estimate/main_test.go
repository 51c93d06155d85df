package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// The worked cases in the README are what the command says.
func TestREADME(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	cases := regexp.MustCompile("`make estimate ARGS=\"([^\"]*)\"` \\| (\\$[0-9.,]+) \\|").FindAllStringSubmatch(string(text), -1)
	if len(cases) < 3 {
		t.Errorf("got %d worked cases in the README, want three", len(cases))
	}
	for _, c := range cases {
		t.Run(c[1], func(t *testing.T) {
			var out strings.Builder
			if err := run(strings.Fields(c[1]), &out, &out); err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(strings.TrimSpace(out.String()), "\n")
			if got := strings.Fields(lines[len(lines)-1]); got[len(got)-1] != c[2] {
				t.Errorf("got %s, and the README says %s", got[len(got)-1], c[2])
			}
		})
	}
}

func TestRunRefuses(t *testing.T) {
	for name, args := range map[string][]string{
		"hours":    {"-hours", "25"},
		"negative": {"-users", "-1"},
		"word":     {"many"},
		"unknown":  {"-price", "1"},
	} {
		t.Run(name, func(t *testing.T) {
			var out, problems strings.Builder
			if err := run(args, &out, &problems); err == nil || problems.Len() == 0 || out.Len() > 0 {
				t.Errorf("got %v, output %q, problems %q, want a refusal", err, out.String(), problems.String())
			}
		})
	}
}
