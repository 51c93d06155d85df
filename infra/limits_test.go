package infra

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"sallyport/infra/configuration"
	"sallyport/infra/plan"
	"sallyport/infra/review"
	"sallyport/lambda/route"
	"sallyport/lambda/setting"
)

// longest returns the plan of everything with the longest names of project and stack. more has
// the number of characters that the name of the stack has in addition.
func longest(t *testing.T, more int) plan.Plan {
	t.Helper()
	const from = "ssssssssss"
	project, name := strings.Repeat("p", 20), strings.Repeat("s", 26+more)
	text := strings.ReplaceAll(string(encode(t, run(t, from, "testdata/Pulumi.everything.yaml"))), from, name)
	p, err := plan.Read(strings.NewReader(strings.ReplaceAll(text, "sallyport", project)))
	if err != nil {
		t.Fatal(err)
	}
	if err := configuration.CheckStack(project, name); (err == nil) != (more == 0) {
		t.Errorf("%s-%s: got %v, want an error: %t", project, name, err, more > 0)
	}
	return p
}

// With the longest names of project and stack, all names obey the rules. With one more character,
// AWS would refuse a role and the function.
func TestLongestNames(t *testing.T) {
	for more, wrong := range []bool{false, true} {
		var found []string
		for _, rule := range review.Rules() {
			found = append(found, rule.Check(longest(t, more))...)
		}
		if text := strings.Join(found, "\n"); strings.Contains(text, "Role function: name is") != wrong || len(found) > 0 != wrong {
			t.Errorf("%d more characters: got %s", more, text)
		}
	}
}

// statementOf returns a permission in the form in which Lambda shows it.
func statementOf(t *testing.T, r plan.Resource) string {
	t.Helper()
	type object map[string]any
	text, err := json.Marshal(object{
		"Sid": r.Text("statementId"), "Effect": "Allow", "Principal": object{"Service": r.Text("principal")}, "Action": r.Text("action"),
		"Resource":  "arn:aws:lambda:eu-west-1:111122223333:function:" + r.Text("function") + ":" + r.Text("qualifier"),
		"Condition": object{"ArnLike": object{"AWS:SourceArn": r.Text("sourceArn")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(text) + ","
}

func TestStatementSize(t *testing.T) {
	for _, test := range stacks {
		p := stackPlan(t, test.name)
		s := &stack{name: p.Project + "-" + p.Stack, region: "eu-west-1"}
		s.StageName = named(t, p, plan.TypeStage, "stage").ID
		var got, want int
		for _, r := range p.OfType(plan.TypePermission) {
			got, want = got+s.statementSize(r.Name), want+len(statementOf(t, r))
		}
		if got < want || got > want*6/5 {
			t.Errorf("%s: got %d bytes for the statements, want %d to %d", test.name, got, want, want*6/5)
		}
	}
}

// withRoutes returns a stack with routes whose names have a length.
func withRoutes(t *testing.T, name string, count, length int) *stack {
	t.Helper()
	type none struct{}
	var all []route.Declaration
	for i := range count {
		key := fmt.Sprintf("r%02d", i) + string(bytes.Repeat([]byte("x"), length-3))
		all = append(all, route.Accept(key, "d", func(context.Context, route.Caller, none) error { return nil }))
	}
	table, err := route.NewTable(all...)
	if err != nil {
		t.Fatal(err)
	}
	settings, err := setting.DefaultStack()
	if err != nil {
		t.Fatal(err)
	}
	return &stack{Config: configuration.Config{Stack: *settings}, name: name, region: "ap-southeast-1", routes: table.All()}
}

func TestCheckPolicy(t *testing.T) {
	long := "sallyport-" + strings.Repeat("s", 30)
	for _, test := range []struct {
		name          string
		count, length int
		want          string
	}{
		{"sallyport-dev", 39, 20, ""},
		{long, 30, 30, ""},
		{long, 39, 30, "which may have 20480: shorten the names of the routes"},
		{long, 1, 64, "has 113 characters, want at most 100: shorten the name of the route"},
	} {
		err := withRoutes(t, test.name, test.count, test.length).checkPolicy()
		if err == nil && test.want != "" || err != nil && (test.want == "" || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%d routes of %d characters in %s: got %v, want %q", test.count, test.length, test.name, err, test.want)
		}
	}
}

// The bound for the Content-Security-Policy is at least the policy of each plan.
func TestCheckContentPolicy(t *testing.T) {
	for _, test := range stacks {
		headers, _ := one(t, stackPlan(t, test.name), plan.TypeHeadersPolicy).Get("securityHeadersConfig").(map[string]any)
		content, _ := headers["contentSecurityPolicy"].(map[string]any)
		got, _ := content["contentSecurityPolicy"].(string)
		if bound := len(contentSecurityPolicy(ownOrigins)); got == "" || test.name != "everything" && len(got) > bound {
			t.Errorf("%s: got a policy of %d characters, want at most %d", test.name, len(got), bound)
		}
	}
}

// The error names the list with the most characters, and a remedy for the configuration or for code.
func TestCheckContentPolicyNamesTheList(t *testing.T) {
	origins, regions := make([]string, 20), make([]string, 3) // the most that the setting allows
	for i := range origins {
		origins[i] = fmt.Sprintf("https://%d.%s.example.com", i, strings.Repeat("a", 60))
	}
	for i := range regions {
		regions[i] = fmt.Sprintf("eu-west-%d wss://%d.%sexample.com/live https://%d.%sexample.com", i, i, strings.Repeat("b.", 110), i, strings.Repeat("c.", 110))
	}
	for name, test := range map[string]struct {
		origins, regions []string
		want, inCode     string
	}{
		"sign-in": {origins, nil, "(pulumi config rm --path 'signInOrigins[0]')", "(Settings.SignInOrigins = Settings.SignInOrigins[1:])"},
		"regions": {origins[:1], regions, "(pulumi config rm --path 'otherRegions[0]')", "(Settings.OtherRegions = Settings.OtherRegions[1:])"},
		"short":   {origins[:2], nil, "", ""},
	} {
		s := withRoutes(t, "sallyport-dev", 1, 3)
		s.SignInOrigins, s.OtherRegions = test.origins, test.regions
		err := s.checkContentPolicy()
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.HasSuffix(err.Error(), test.want) || !strings.HasSuffix(setting.InCode(err).Error(), test.inCode)) {
			t.Errorf("%s: got %v, and in code %v; want %q and %q", name, err, setting.InCode(err), test.want, test.inCode)
		}
	}
}
