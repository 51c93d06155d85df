package infra

import (
	"context"
	"fmt"
	"testing"

	"sallyport/infra/review"
	"sallyport/lambda/route"
)

// asManyRoutes is the argument with which the test binary runs the program with an app
// that has many routes.
const asManyRoutes = "manyRoutes"

// many is the number of mock routes of that app, and of its other routes.
const many = 30

func manyRoutes() (declarations, error) {
	type none struct{}
	var all []route.Declaration
	for i := range many {
		all = append(all, route.Mock(fmt.Sprint("mock", i), "d", fmt.Sprint("mocked", i)))
		name := fmt.Sprint("route", i)
		if i%2 == 0 {
			all = append(all, route.Reply(name, "d", func(context.Context, route.Caller, none) (none, error) { return none{}, nil }))
		} else {
			all = append(all, route.Accept(name, "d", func(context.Context, route.Caller, none) error { return nil }))
		}
	}
	table, err := route.NewTable(all...)
	return declarations{routes: table}, err
}

// An app with many routes obeys all rules.
func TestManyRoutes(t *testing.T) {
	for _, s := range stacks {
		t.Run(s.name, func(t *testing.T) {
			p, err := runProgram(t, asManyRoutes, s.name, s.file)
			if err != nil {
				t.Fatal(err)
			}
			if got := len(of(t, p, "WEBSOCKET", "aws:apigatewayv2/route:Route")); got != 2*many+len(route.BuiltIn()) {
				t.Errorf("got %d routes, want %d", got, 2*many+len(route.BuiltIn()))
			}
			for _, rule := range review.Rules() {
				for _, found := range rule.Check(p) {
					t.Errorf("%s: %s", rule.Name, found)
				}
			}
		})
	}
}
