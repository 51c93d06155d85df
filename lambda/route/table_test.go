package route_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sallyport/lambda/route"
)

type empty struct{}

func reply(key string) route.Route {
	return route.Reply(key, "d", func(context.Context, route.Caller, empty) (empty, error) { return empty{}, nil })
}

func replyTo[In any](key string) route.Route {
	return route.Reply(key, "d", func(context.Context, route.Caller, In) (empty, error) { return empty{}, nil })
}

func echo(answer string) route.Route {
	return route.Default(answer, "d", func(_ context.Context, _ route.Caller, body string) (string, error) { return body, nil })
}

func withKey(r route.Route, key string) route.Route {
	r.Key = key
	return r
}

func TestNewTableRefuses(t *testing.T) {
	tests := map[string]struct {
		declared []route.Declaration
		want     string
	}{
		"twice":              {[]route.Declaration{reply("a"), reply("a")}, `route "a" is declared twice: give one`},
		"two defaults":       {[]route.Declaration{echo("a"), echo("b")}, `route "$default" is declared twice`},
		"dollar":             {[]route.Declaration{reply("$connect")}, `route "$connect" begins with $`},
		"default's key":      {[]route.Declaration{withKey(echo("a"), "$connect")}, `route "$connect" begins with $`},
		"no constructor":     {[]route.Declaration{route.Route{Key: "a", Kind: route.KindReply, Answer: "a"}}, `route "a" has no handler: declare it by Reply, Accept, Mock or Default`},
		"refresh":            {[]route.Declaration{reply("refresh")}, `route "refresh" has a reserved name: choose one that is not refresh, authorizer`},
		"resource":           {[]route.Declaration{reply("authorizer")}, `route "authorizer" has a reserved name`},
		"metric":             {[]route.Declaration{reply("push")}, `route "push" has a reserved name`},
		"empty":              {[]route.Declaration{reply("")}, `route "" is not a name: want a lower-case letter`},
		"space":              {[]route.Declaration{reply("a b")}, `route "a b" is not a name`},
		"slash":              {[]route.Declaration{reply("a/b")}, `route "a/b" is not a name`},
		"letter":             {[]route.Declaration{reply("ä")}, `route "ä" is not a name`},
		"digit":              {[]route.Declaration{reply("1a")}, `route "1a" is not a name`},
		"capital":            {[]route.Declaration{reply("Time")}, `route "Time" is not a name`},
		"long":               {[]route.Declaration{reply(strings.Repeat("a", 65))}, `is not a name`},
		"in is not a struct": {[]route.Declaration{replyTo[[]string]("a")}, `route "a" has messages of the type []string: want a struct`},
		"in has action": {[]route.Declaration{replyTo[struct {
			A string `json:"action"`
		}]("a")}, `which has a field "action": rename the field`},
		"type of mock":     {[]route.Declaration{route.Mock("a", "d", `x"y`)}, `route "a": the message type "x\"y" is not a name`},
		"type of template": {[]route.Declaration{route.Mock("a", "d", `$input`)}, `route "a": the message type "$input" is not a name`},
		"type of default":  {[]route.Declaration{echo("")}, `route "$default": the message type "" is not a name`},
		"reserved type":    {[]route.Declaration{reply("closing")}, `route "closing": the message type "closing" is reserved`},
		"event":            {[]route.Declaration{route.Event[empty]("a b", "d")}, `event "a b": the message type "a b" is not a name`},
		"event like reply": {[]route.Declaration{reply("a"), route.Event[empty]("a", "d")}, `event "a": the message type "a" already belongs to route "a"`},
		"built-in code":    {[]route.Declaration{route.Error("token_expired", "m", "r")}, `error code "token_expired" is one of the handler's codes`},
		"code twice":       {[]route.Declaration{route.Error("a", "m", "r"), route.Error("a", "m", "r")}, `error code "a" is declared twice`},
		"code":             {[]route.Declaration{route.Error("A", "m", "r")}, `error code "A" is not a name`},
		"no remedy":        {[]route.Declaration{route.Error("a", "m", "")}, `error code "a" has no message or no remedy`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := route.NewTable(test.declared...)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got error %v, want one with %q", err, test.want)
			}
		})
	}
}

// An app may have 40 routes that call the function. Mock routes do not count.
func TestNewTableLimitsRoutes(t *testing.T) {
	var declared []route.Declaration
	for i := range 40 {
		declared = append(declared, reply(fmt.Sprint("r", i)), route.Mock(fmt.Sprint("m", i), "d", fmt.Sprint("t", i)))
	}
	if _, err := route.NewTable(declared...); err != nil {
		t.Errorf("got error %v for 40 routes", err)
	}
	if _, err := route.NewTable(append(declared, reply("more"))...); err == nil || !strings.Contains(err.Error(), "41 routes that call the function") {
		t.Errorf("got error %v for 41 routes, want one", err)
	}
}

// The error names every problem.
func TestNewTableNamesAll(t *testing.T) {
	_, err := route.NewTable(reply("A"), reply("B"), route.Event[empty]("C", "d"), route.Error("D", "m", "r"))
	for _, name := range []string{`"A"`, `"B"`, `"C"`, `"D"`} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("got error %v, want %s in it", err, name)
		}
	}
}

func TestTable(t *testing.T) {
	table, err := route.NewTable(
		reply("ask"), route.Mock("ping", "d", "pong"), echo("echo"), route.Event[int]("ticked", "counts"), route.Error("full", "It is full.", "Wait."),
		route.Accept("tell", "d", func(context.Context, route.Caller, empty) error { return nil }),
	)
	if err != nil {
		t.Fatal(err)
	}
	type row struct {
		Key     string
		Kind    route.Kind
		Answer  string
		Replies bool
		Mock    string
	}
	var got []row
	for _, r := range table.All() {
		got = append(got, row{r.Key, r.Kind, r.Answer, r.Replies(), r.Mock()})
		if mock := r.Mock(); mock != "" && !json.Valid([]byte(mock)) {
			t.Errorf("%s: the answer %s is not JSON", r.Key, mock)
		}
	}
	want := []row{
		{"$connect", route.KindLifecycle, "", false, ""},
		{"$disconnect", route.KindLifecycle, "", false, ""},
		{"refresh", route.KindReply, "refreshed", true, ""},
		{"ask", route.KindReply, "ask", true, ""},
		{"ping", route.KindMock, "pong", true, `{"type":"pong"}`},
		{"$default", route.KindDefault, "echo", true, ""},
		{"tell", route.KindAccept, "", true, ""},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("routes (-want +got):\n%s", diff)
	}
	if e := table.Events(); len(e) != 1 || e[0].Type != "ticked" || e[0].Data.String() != "int" || e[0].Doc != "counts" {
		t.Errorf("got events %v, want ticked", e)
	}
	if e := table.Errors(); len(e) != 1 || e[0].Entry.Code != "full" || e[0].Entry.Remedy != "Wait." {
		t.Errorf("got errors %v, want full", e)
	}
}

// A route without a handler returns an error.
func TestHandleNothing(t *testing.T) {
	for _, r := range append(route.BuiltIn(), route.Mock("ping", "d", "pong"), route.Route{}) {
		if _, err := r.Handle(t.Context(), route.Caller{}, "{}"); err == nil || !strings.Contains(err.Error(), "has no handler") {
			t.Errorf("%q: got error %v", r.Key, err)
		}
	}
}
