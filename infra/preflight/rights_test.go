package main

import (
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

func TestDeniedActions(t *testing.T) {
	var s simulation
	s.EvaluationResults = append(s.EvaluationResults, s.EvaluationResults...)
	for _, r := range []struct{ action, decision, resource string }{
		{"a:One", "allowed", ""}, {"a:Two", "implicitDeny", ""}, {"a:Two", "allowed", ""}, {"a:Three", "explicitDeny", ""}, {"a:Four", "implicitDeny", "allowed"},
	} {
		one := struct {
			EvalActionName, EvalDecision string
			ResourceSpecificResults      []struct{ EvalResourceDecision string }
		}{EvalActionName: r.action, EvalDecision: r.decision}
		if r.resource != "" {
			one.ResourceSpecificResults = []struct{ EvalResourceDecision string }{{r.resource}}
		}
		s.EvaluationResults = append(s.EvaluationResults, one)
	}
	if got := deniedBy(s); !slices.Equal(got, []string{"a:Three"}) {
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
