package drift_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"sallyport/local/drift"
	"sallyport/local/stack"
)

// local/plan.json has the routes of the function's source code.
func TestNoDrift(t *testing.T) {
	declared, err := stack.ReadPlan("../plan.json")
	if err != nil {
		t.Fatal(err)
	}
	p, err := stack.Read(declared)
	if err != nil {
		t.Fatal(err)
	}
	source, err := drift.ReadRoutes(t.Context(), "../..")
	if err != nil {
		t.Fatal(err)
	}
	if len(source.Routes) < 3 || len(source.Endpoints) < 2 {
		t.Errorf("got the routes %+v", source)
	}
	if got := drift.Compare(p, source); got != nil {
		t.Errorf("got %q, want none: run make plan", got)
	}
}

func TestDrift(t *testing.T) {
	const routes = `{"Key":"$default","Replies":true},{"Key":"ping","Replies":true,"Mock":"pong"}`
	const endpoints = `{"Method":"POST","Path":"/tickets"}`
	p := stack.Stack{
		API:  stack.API{Routes: map[string]stack.Route{"$default": {Replies: true}, "ping": {Replies: true, Mock: "pong"}}},
		HTTP: &stack.API{Routes: map[string]stack.Route{"POST /tickets": {}}},
	}
	const session = `,{"Method":"POST","Path":"/session","Session":true}`
	withCookie := p
	withCookie.Function.Environment = map[string]string{"SESSION_COOKIE": "true"}
	withoutHTTP := p
	withoutHTTP.HTTP = nil
	for name, c := range map[string]struct {
		stack             stack.Stack
		routes, endpoints string
		want              []string
	}{
		"none":        {p, routes, endpoints, nil},
		"newInLambda": {p, routes + `,{"Key":"whoami","Replies":true}`, endpoints, []string{"the function has the route whoami, but the plan does not"}},
		"newInPlan":   {p, `{"Key":"$default","Replies":true}`, endpoints, []string{"the plan has the route ping, but the function does not"}},
		"renamed": {
			p, `{"Key":"$default","Replies":true},{"Key":"pong","Replies":true,"Mock":"pong"}`, endpoints,
			[]string{"the function has the route pong, but the plan does not", "the plan has the route ping, but the function does not"},
		},
		"oneWay":      {p, strings.Replace(routes, "true", "false", 1), endpoints, []string{"the route $default replies to the client: false in the source, but true in the plan"}},
		"otherMock":   {p, strings.Replace(routes, "pong", "gong", 1), endpoints, []string{`the answer of API Gateway for the route ping is "gong" in the source, but "pong" in the plan`}},
		"newEndpoint": {p, routes, endpoints + `,{"Method":"GET","Path":"/me"}`, []string{"the function has the route GET /me, but the plan does not"}},
		"oldEndpoint": {p, routes, "", []string{"the plan has the route POST /tickets, but the function does not"}},
		"cookieOff":   {p, routes, endpoints + session, nil},
		"cookieOn":    {withCookie, routes, endpoints + session, []string{"the function has the route POST /session, but the plan does not"}},
		"noHTTP":      {withoutHTTP, routes, endpoints, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var source drift.Routes
			if err := json.Unmarshal([]byte(`{"routes":[`+c.routes+`],"endpoints":[`+c.endpoints+`]}`), &source); err != nil {
				t.Fatal(err)
			}
			if got := drift.Compare(c.stack, source); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
