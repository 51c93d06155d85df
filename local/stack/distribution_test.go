package stack

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sallyport/infra/plan"
	"sallyport/local/site"
)

// oneDomainPlan returns the committed plan with the socket and the HTTP API behind the
// distribution.
func oneDomainPlan(t *testing.T) plan.Plan {
	t.Helper()
	p, err := ReadPlan("../one-domain.json")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestReadOneDomain(t *testing.T) {
	s, err := Read(oneDomainPlan(t))
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, path := range []string{"/live", "/tickets", "/connections", "/session", "/other"} {
		for _, b := range s.Site.Behaviors {
			if b.Pattern.Match(path) {
				paths = append(paths, path+" "+b.Origin.API)
			}
		}
	}
	if d := cmp.Diff([]string{"/live " + s.API.ID, "/tickets " + s.HTTP.ID, "/connections " + s.HTTP.ID, "/session " + s.HTTP.ID}, paths); d != "" {
		t.Error("paths and origins: want -, got +:\n" + d)
	}
	want := Origin{API: s.API.ID, Headers: map[string]string{}, SecretHeaders: []string{"X-Origin-Secret"}}
	if d := cmp.Diff(want, s.Site.Behaviors[0].Origin); d != "" {
		t.Error("origin: want -, got +:\n" + d)
	}
	if b := s.Site.Behaviors[0]; len(b.Methods) != 7 || len(b.Headers) != 0 {
		t.Errorf("got the methods %v and the headers %v, want 7 methods and no headers", b.Methods, b.Headers)
	}
	if want := []site.ErrorPage{{Code: 404, Status: 404, Path: "/index.html"}}; s.Site.Missing != 404 || !slices.Equal(s.Site.Pages, want) {
		t.Errorf("missing objects: got the status %d and the pages %v, want 404 and %v", s.Site.Missing, s.Site.Pages, want)
	}
}

func TestLocalizeOneDomain(t *testing.T) {
	p, err := Localize(oneDomainPlan(t), Addresses{Site: "http://127.0.0.1:1", API: "http://127.0.0.1:2", Issuer: "http://127.0.0.1:3", HTTP: "http://127.0.0.1:4"})
	if err != nil {
		t.Fatal(err)
	}
	for output, want := range map[string]string{
		"websocketUrl": "ws://127.0.0.1:1/live", "httpUrl": "http://127.0.0.1:1", "siteUrl": "http://127.0.0.1:1",
		"connectionsUrl": "http://127.0.0.1:2/live", "issuer": "http://127.0.0.1:3",
	} {
		if got := outputText(p, output); got != want {
			t.Errorf("%s: got %s, want %s", output, got, want)
		}
	}
}

// The status of a missing object depends on the permissions of CloudFront. An error page needs no
// status of its own.
func TestReadErrorPages(t *testing.T) {
	p := committedPlan(t)
	if s, err := Read(p); err != nil || s.Site.Missing != 403 || !slices.Equal(s.Site.Pages, []site.ErrorPage{{Code: 403, Status: 404, Path: "/index.html"}}) {
		t.Errorf("got %d and %v, %v, want 403 and a page for it", s.Site.Missing, s.Site.Pages, err)
	}
	policy := p.OfType(plan.TypeBucketPolicy)[0]
	policy.Inputs["policy"] = strings.Replace(policy.Text("policy"), `"s3:GetObject"`, `["s3:GetObject","s3:ListBucket"]`, 1)
	p.OfType(plan.TypeDistribution)[0].Inputs["customErrorResponses"] = []any{
		map[string]any{"errorCode": 404.0, "responsePagePath": "/index.html"}, map[string]any{"errorCode": 500.0, "errorCachingMinTtl": 0.0},
	}
	if s, err := Read(p); err != nil || s.Site.Missing != 404 || !slices.Equal(s.Site.Pages, []site.ErrorPage{{Code: 404, Status: 404, Path: "/index.html"}}) {
		t.Errorf("got %d and %v, %v, want 404 and a page for it", s.Site.Missing, s.Site.Pages, err)
	}
}

func TestReadDistributionErrors(t *testing.T) {
	for name, c := range map[string]struct {
		change func(first map[string]any, origin map[string]any)
		want   string
	}{
		"unknownOrigin": {func(b, _ map[string]any) { b["targetOriginId"] = "x" }, `the behavior /live of the distribution: its origin "x" is not declared`},
		"otherServer":   {func(_, o map[string]any) { o["domainName"] = "www.example.com" }, "its origin www.example.com is not the address of an API of the plan"},
		"originPath":    {func(_, o map[string]any) { o["originPath"] = "/v1" }, "/v1 is not the address of an API of the plan"},
		"hostForwarded": {func(b, _ map[string]any) { b["originRequestPolicyId"] = "x" }, `its origin request policy is "x", want b689b0a8-`},
		"function":      {func(b, _ map[string]any) { b["functionAssociations"] = []any{map[string]any{}} }, "it has a function, which is not emulated here"},
		"edgeLambda":    {func(b, _ map[string]any) { b["lambdaFunctionAssociations"] = []any{map[string]any{}} }, "it has a function, which is not emulated here"},
		"policy":        {func(b, _ map[string]any) { b["responseHeadersPolicyId"] = "x" }, "with the ID x, want one"},
		"pattern":       {func(b, _ map[string]any) { b["pathPattern"] = "/a b" }, `the path pattern is "/a b"`},
	} {
		t.Run(name, func(t *testing.T) {
			p := oneDomainPlan(t)
			d := p.OfType(plan.TypeDistribution)[0]
			c.change(d.Inputs["orderedCacheBehaviors"].([]any)[0].(map[string]any), d.Inputs["origins"].([]any)[1].(map[string]any))
			_, err := Read(p)
			wantError(t, err, c.want)
		})
	}
}
