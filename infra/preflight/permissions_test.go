package main

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
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

// An action is denied if no resource of its statement allows it, whatever those of the other
// statements of the call allow.
func TestDeniedActions(t *testing.T) {
	const x, y, z = "arn:aws:a:eu-west-1:1:x/preflight", "arn:aws:a:eu-west-1:1:y/preflight", "arn:aws:a:eu-west-1:1:z/preflight"
	passed := map[string]map[string]any{"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
	statements := []review.Statement{
		{Action: []string{"a:One"}, Resource: []string{x}},
		{Action: []string{"a:Two"}, Resource: []string{y, z}},
		{Action: []string{"iam:PassRole"}, Resource: []string{"*"}, Condition: passed},
	}
	pass := decision{"iam:PassRole", "*", contextEntries(statements[2])[0]}
	for name, test := range map[string]struct {
		answer          string
		pass            bool
		denied, missing []string
	}{
		"allowed":        {`{"EvalActionName":"a:One","EvalResourceName":"` + x + `","EvalDecision":"allowed"},{"EvalActionName":"a:Two","EvalResourceName":"` + z + `","EvalDecision":"allowed"}`, true, nil, nil},
		"specific":       {`{"EvalActionName":"a:One","EvalDecision":"implicitDeny","ResourceSpecificResults":[{"EvalResourceName":"` + x + `","EvalResourceDecision":"allowed"}]},{"EvalActionName":"a:Two","EvalResourceName":"` + y + `","EvalDecision":"allowed"}`, true, nil, nil},
		"elsewhere":      {`{"EvalActionName":"a:One","EvalResourceName":"` + y + `","EvalDecision":"allowed"},{"EvalActionName":"a:One","EvalResourceName":"` + x + `","EvalDecision":"implicitDeny"},{"EvalActionName":"a:Two","EvalResourceName":"` + y + `","EvalDecision":"explicitDeny"}`, true, []string{"a:One", "a:Two"}, nil},
		"all resources":  {`{"EvalActionName":"a:One","EvalResourceName":"*","EvalDecision":"allowed"},{"EvalActionName":"a:Two","EvalResourceName":"*","EvalDecision":"implicitDeny"}`, true, []string{"a:Two"}, nil},
		"other service":  {`{"EvalActionName":"a:One","EvalResourceName":"*","EvalDecision":"allowed"},{"EvalActionName":"a:Two","EvalResourceName":"*","EvalDecision":"allowed"}`, false, []string{"iam:PassRole"}, nil},
		"partial answer": {`{"EvalActionName":"a:One","EvalResourceName":"*","EvalDecision":"allowed"}`, true, nil, []string{"a:Two"}},
		"empty answer":   {``, true, nil, []string{"a:One", "a:Two"}},
	} {
		var s simulation
		if err := json.Unmarshal([]byte(`{"EvaluationResults": [`+test.answer+`]}`), &s); err != nil {
			t.Fatal(err)
		}
		found := s.decisions("")
		found[pass] = test.pass
		found[decision{"iam:PassRole", "*", "another condition"}] = true
		if denied, missing := denials(statements, found); !slices.Equal(denied, test.denied) || !slices.Equal(missing, test.missing) {
			t.Errorf("%s: got denied %v and missing %v, want %v and %v", name, denied, missing, test.denied, test.missing)
		}
	}
}

// Each statement of the options has a setting.
func TestOptionsAreKnown(t *testing.T) {
	t.Chdir("../..")
	if _, unchecked, err := neededStatements(configured(t, nil)); err != nil || len(unchecked) > 0 {
		t.Errorf("got the statements %v that no setting needs, error %v", unchecked, err)
	}
}

// The names are those of the stack, so that a deployer may be limited to them.
func TestExample(t *testing.T) {
	p := &preflight{options: options{stack: "acme/sallyport/prod"}, project: "sallyport", region: "eu-west-1", caller: caller{Account: "111122223333"}}
	for _, test := range []struct{ sid, pattern, want string }{
		{"Site", "*", "*"},
		{"Files", "arn:aws:s3:::sallyport-*/*", "arn:aws:s3:::sallyport-prod-site-0123abc/preflight"},
		{"Roles", "arn:aws:iam::*:role/sallyport-*", "arn:aws:iam::111122223333:role/sallyport-prod-function-0123abc"},
		{"Attach", "arn:aws:iam::*:role/sallyport-*", "arn:aws:iam::111122223333:role/sallyport-gateway-logs"},
		{"PassToGateway", "arn:aws:iam::*:role/sallyport-*", "arn:aws:iam::111122223333:role/sallyport-gateway-logs"},
		{"Gateway", "arn:aws:apigateway:*::/apis/*", "arn:aws:apigateway:eu-west-1::/apis/preflight"},
		{"Logs", "arn:aws:logs:*:*:log-group:sallyport-*:*", "arn:aws:logs:eu-west-1:111122223333:log-group:sallyport-prod-function-0123abc:preflight"},
		{"Firewall", "arn:aws:wafv2:us-east-1:*:global/webacl/sallyport-*/*", "arn:aws:wafv2:us-east-1:111122223333:global/webacl/sallyport-prod-firewall-0123abc/preflight"},
		{"PassToLambda", "lambda.amazonaws.com", "lambda.amazonaws.com"},
	} {
		if got := p.example(test.sid, test.pattern); got != test.want {
			t.Errorf("%s, %s: got %s, want %s", test.sid, test.pattern, got, test.want)
		}
	}
}

// Each pattern of the policies with the name of the project gets a name of a resource of the
// recorded plans.
func TestExampleNames(t *testing.T) {
	t.Chdir("../..")
	p := &preflight{options: options{stack: "everything"}, project: "sallyport"}
	declared := ""
	for _, plan := range []string{"everything", "one-domain-everything"} {
		text, err := os.ReadFile("infra/testdata/" + plan + ".json")
		if err != nil {
			t.Fatal(err)
		}
		declared += strings.ReplaceAll(string(text), `"sallyport-`+plan, `"sallyport-everything`)
	}
	declared = regexp.MustCompile(`-[0-9a-f]{7}"`).ReplaceAllString(declared, `-0123abc"`)
	declared = regexp.MustCompile(`-[0-9a-z]{10}\.fifo"`).ReplaceAllString(declared, `-a1b2c3d4e5.fifo"`)
	for _, file := range policyFiles {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`"arn:aws:(\w+):[^"]*sallyport-\*`).FindAllStringSubmatch(string(text), -1) {
			if name := p.physicalName(m[1]); !strings.Contains(declared, name+`"`) {
				t.Errorf("%s: got the name %s, which no resource of the plans has", m[0], name)
			}
		}
	}
}
