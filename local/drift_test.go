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

// The plan that is kept and the source of this checkout fit.
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
		"newInLambda": {p, routes + `,{"Key":"whoami","Replies":true}`, endpoints, []string{"the Lambda has the route whoami, the plan lacks it"}},
		"newInPlan":   {p, `{"Key":"$default","Replies":true}`, endpoints, []string{"the plan has the route ping, the Lambda lacks it"}},
		"renamed": {
			p, `{"Key":"$default","Replies":true},{"Key":"pong","Replies":true,"Mock":"pong"}`, endpoints,
			[]string{"the Lambda has the route pong, the plan lacks it", "the plan has the route ping, the Lambda lacks it"},
		},
		"oneWay":      {p, strings.Replace(routes, "true", "false", 1), endpoints, []string{"the route $default answers the sender: false in the source, true in the plan"}},
		"otherMock":   {p, strings.Replace(routes, "pong", "gong", 1), endpoints, []string{`API Gateway answers the route ping by itself with "gong" in the source, with "pong" in the plan`}},
		"newEndpoint": {p, routes, endpoints + `,{"Method":"GET","Path":"/me"}`, []string{"the Lambda has the route GET /me, the plan lacks it"}},
		"oldEndpoint": {p, routes, "", []string{"the plan has the route POST /tickets, the Lambda lacks it"}},
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

// A plan that lacks a route is told at the start, with the command that renews it.
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
	for _, want := range []string{file, "the Lambda has the route whoami, the plan lacks it", "renew it with make plan, then start anew"} {
		if !strings.Contains(told.String(), want) {
			t.Errorf("want %q in what is told:\n%s", want, told)
		}
	}
}
