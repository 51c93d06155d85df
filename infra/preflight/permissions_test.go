package main

import (
	"encoding/json"
	"slices"
	"testing"

	"sallyport/infra/review"
)

// Each statement is in one call, and no call has too many results.
func TestMerge(t *testing.T) {
	t.Chdir("../..")
	c := configured(t, map[string]string{"accessLogs": "true", "alarmEmail": "a@example.com", "monthlyBudget": "1"})
	needed, _, err := neededStatements(c)
	if err != nil {
		t.Fatal(err)
	}
	actions := func(all []review.Statement) (list []string) {
		for _, s := range all {
			if len(s.Action)*len(s.Resource) > mostResults {
				t.Errorf("%s: got %d actions on %d resources", s.Sid, len(s.Action), len(s.Resource))
			}
			list = append(list, s.Action...)
		}
		slices.Sort(list)
		return list
	}
	merged := merge(needed)
	if !slices.Equal(actions(needed), actions(merged)) || len(merged) > 8 {
		t.Errorf("got %d groups with %v", len(merged), actions(merged))
	}
	basic, _, err := neededStatements(configured(t, nil))
	if err != nil || len(basic) >= len(needed) {
		t.Errorf("got %d statements for the defaults and %d with options, error %v", len(basic), len(needed), err)
	}
}

// An action is denied if no result and no resource allows it.
func TestDeniedActions(t *testing.T) {
	var s simulation
	if err := json.Unmarshal([]byte(`{"EvaluationResults": [
		{"EvalActionName": "a:One", "EvalDecision": "allowed"},
		{"EvalActionName": "a:Two", "EvalDecision": "implicitDeny"}, {"EvalActionName": "a:Two", "EvalDecision": "allowed"},
		{"EvalActionName": "a:Three", "EvalDecision": "explicitDeny"},
		{"EvalActionName": "a:Four", "EvalDecision": "implicitDeny",
			"ResourceSpecificResults": [{"EvalResourceDecision": "allowed"}, {"EvalResourceDecision": "implicitDeny"}]}]}`), &s); err != nil {
		t.Fatal(err)
	}
	if got := deniedActions(s); !slices.Equal(got, []string{"a:Three"}) {
		t.Errorf("got %v, want only a:Three", got)
	}
}

func TestExample(t *testing.T) {
	p := &preflight{region: "eu-west-1", caller: caller{Account: "111122223333"}}
	for pattern, want := range map[string]string{
		"*":                                        "*",
		"arn:aws:s3:::sallyport-*/*":               "arn:aws:s3:::sallyport-preflight/preflight",
		"arn:aws:iam::*:role/sallyport-*":          "arn:aws:iam::111122223333:role/sallyport-preflight",
		"arn:aws:apigateway:*::/apis/*":            "arn:aws:apigateway:eu-west-1::/apis/preflight",
		"arn:aws:logs:*:*:log-group:sallyport-*:*": "arn:aws:logs:eu-west-1:111122223333:log-group:sallyport-preflight:preflight",
		"lambda.amazonaws.com":                     "lambda.amazonaws.com",
	} {
		if got := p.example(pattern); got != want {
			t.Errorf("%s: got %s, want %s", pattern, got, want)
		}
	}
}
