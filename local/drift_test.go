package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sallyport/infra/plan"
)

// local/plan.json has the routes of the Lambda's source code.
func TestNoDrift(t *testing.T) {
	p, err := readStack(committedPlan(t))
	if err != nil {
		t.Fatal(err)
	}
	source, err := readSourceRoutes(t.Context(), "..")
	if err != nil {
		t.Fatal(err)
	}
	if len(source.Routes) < 3 || len(source.Endpoints) < 2 {
		t.Errorf("got the routes %+v", source)
	}
	if got := drift(p, source); got != nil {
		t.Errorf("got %q", got)
	}
}

func TestDrift(t *testing.T) {
	const routes = `{"Key":"$default","Replies":true},{"Key":"ping","Replies":true,"Mock":"pong"}`
	const endpoints = `{"Method":"POST","Path":"/tickets"}`
	p := stack{
		api:  apiSettings{Routes: map[string]routeSettings{"$default": {Replies: true}, "ping": {Replies: true, Mock: "pong"}}},
		http: &apiSettings{Routes: map[string]routeSettings{"POST /tickets": {}}},
	}
	withoutHTTP := p
	withoutHTTP.http = nil
	for name, c := range map[string]struct {
		stack             stack
		routes, endpoints string
		want              []string
	}{
		"none":        {p, routes, endpoints, nil},
		"newInLambda": {p, routes + `,{"Key":"whoami","Replies":true}`, endpoints, []string{"the Lambda has the route whoami, but the plan does not"}},
		"newInPlan":   {p, `{"Key":"$default","Replies":true}`, endpoints, []string{"the plan has the route ping, but the Lambda does not"}},
		"renamed": {
			p, `{"Key":"$default","Replies":true},{"Key":"pong","Replies":true,"Mock":"pong"}`, endpoints,
			[]string{"the Lambda has the route pong, but the plan does not", "the plan has the route ping, but the Lambda does not"},
		},
		"oneWay":      {p, strings.Replace(routes, "true", "false", 1), endpoints, []string{"the route $default replies to the client: false in the source, but true in the plan"}},
		"otherMock":   {p, strings.Replace(routes, "pong", "gong", 1), endpoints, []string{`the answer of API Gateway for the route ping is "gong" in the source, but "pong" in the plan`}},
		"newEndpoint": {p, routes, endpoints + `,{"Method":"GET","Path":"/me"}`, []string{"the Lambda has the route GET /me, but the plan does not"}},
		"oldEndpoint": {p, routes, "", []string{"the plan has the route POST /tickets, but the Lambda does not"}},
		"noHTTP":      {withoutHTTP, routes, endpoints, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var source sourceRoutes
			if err := json.Unmarshal([]byte(`{"routes":[`+c.routes+`],"endpoints":[`+c.endpoints+`]}`), &source); err != nil {
				t.Fatal(err)
			}
			if got := drift(c.stack, source); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// If the plan has not all routes, the run prints this at its start, with the command
// that renews the plan.
func TestDriftIsToldAtStart(t *testing.T) {
	p := committedPlan(t)
	p.Resources = slices.DeleteFunc(p.Resources, func(r plan.Resource) bool {
		return r.Type == typeRoute && r.Text("routeKey") == "whoami"
	})
	file := filepath.Join(t.TempDir(), "plan.json")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Write(f); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	told := &strings.Builder{}
	startedTelling(t, told, "-plan", file)
	for _, want := range []string{file, "the Lambda has the route whoami, but the plan does not", "run make plan, then start make run again"} {
		if !strings.Contains(told.String(), want) {
			t.Errorf("want %q in what is told:\n%s", want, told)
		}
	}
}
