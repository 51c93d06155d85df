package main

import "testing"

// Only a summary without unknown checks says that everything is ready.
func TestJudge(t *testing.T) {
	none := newPrinter(nil, nil, false).all
	lost := []result{{Check: credentialsCheck, Status: statusUnknown}}
	for name, test := range map[string]struct {
		all     []result
		count   map[status]int
		code    int
		verdict string
	}{
		"all known":              {none, map[status]int{statusOK: 9, statusWarning: 1}, ready, "ready for pulumi up"},
		"one unknown":            {none, map[status]int{statusUnknown: 1}, ready, "nothing to change, but not everything was checked"},
		"credentials unknown":    {lost, map[status]int{statusUnknown: 1}, couldNotRun, "could not check the account"},
		"unknown, and to change": {lost, map[status]int{statusUnknown: 1, statusChange: 1}, mustChange, `not ready (correct the first line with "change", and run make preflight again)`},
	} {
		if code, verdict := judge(test.all, test.count); code != test.code || verdict != test.verdict {
			t.Errorf("%s: got %d, %q; want %d, %q", name, code, verdict, test.code, test.verdict)
		}
	}
}
