package main

import (
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sallyport/lambda/channel"
	"sallyport/lambda/route"
)

var update = flag.Bool("update", false, "write the golden files")

// The generated files agree with the Go types.
func TestGenerated(t *testing.T) {
	root := filepath.Join("..", "..")
	files, err := generate(root)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 3 {
		t.Errorf("got %d files, want 3", len(files))
	}
	for name, want := range files {
		if got, err := os.ReadFile(filepath.Join(root, name)); err != nil || string(got) != want {
			t.Errorf("%s is out of date (error %v): run make generate", name, err)
		}
	}
}

type line struct {
	SKU   string   `json:"sku"`
	Count int      `json:"count"`
	Price *float64 `json:"price"`
	Note  string   `json:"note,omitempty"`
}

type order struct {
	Lines  []line            `json:"lines"`
	Labels map[string]string `json:"two words"`
	Gift   bool              `json:"gift,omitempty"`
	Extra  json.RawMessage   `json:"extra"`
}

// A table with every kind of declaration, and every kind of Go type.
func sample(t *testing.T) contract {
	t.Helper()
	table, err := route.NewTable(
		route.Reply("price", "computes a price", func(context.Context, route.Caller, order) (float64, error) { return 0, nil }),
		route.Accept("buy", `buys "it" | 'them' */`, func(context.Context, route.Caller, order) error { return nil }),
		route.Mock("ping", "keeps the connection open", "pong"),
		route.Default("echo", "returns the message", func(_ context.Context, _ route.Caller, body string) (string, error) { return body, nil }),
		route.Event[[]line]("sold", "tells about a sale"),
		route.Event[string]("buyMessage", "has the name of a message of the route buy"),
		route.Event[struct{}]("emptied-out", "tells that\nthe shop is empty"),
		route.Error("shop_closed", "The shop is closed.", "Come back tomorrow."),
	)
	if err != nil {
		t.Fatal(err)
	}
	channels, err := channel.NewTable(channel.Namespace{Name: "shop"}, channel.Namespace{Name: "customer", Subscribe: channel.Owner, Own: true})
	if err != nil {
		t.Fatal(err)
	}
	c, err := describe(table, channels)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestSample(t *testing.T) {
	c := sample(t)
	document, err := asyncAPI(c)
	if err != nil {
		t.Fatal(err)
	}
	page, err := fill("# Page\n\n<!-- generated: client messages -->\nold\n<!-- end -->\nkept\n<!-- generated: server messages -->\n<!-- end -->\n<!-- generated: error codes -->\n<!-- end -->\n", c)
	if err != nil {
		t.Fatal(err)
	}
	ts, err := typescript(c)
	if err != nil {
		t.Fatal(err)
	}
	for name, got := range map[string]string{"contract.ts": ts, "asyncapi.json": document, "protocol.md": page} {
		file := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if want, err := os.ReadFile(file); err != nil || got != string(want) {
			t.Errorf("%s differs (error %v); go test ./lambda/contract -update writes it. Got:\n%s", file, err, got)
		}
	}
}

// An example of a route is a message that the route accepts.
func TestExamplesFit(t *testing.T) {
	for _, r := range sample(t).Routes {
		if r.Kind == route.KindMock || r.Key == route.Refresh {
			continue
		}
		if _, err := r.Handle(t.Context(), route.Caller{}, exampleOf(r)); err != nil {
			t.Errorf("%s: %s is refused: %v", r.Key, exampleOf(r), err)
		}
	}
}

func TestFillWithoutMarkers(t *testing.T) {
	for _, page := range []string{"", "<!-- generated: client messages -->\n", "<!-- generated: server messages -->\n<!-- end -->\n"} {
		if _, err := fill(page, sample(t)); err == nil || !strings.Contains(err.Error(), "docs/protocol.md lacks") {
			t.Errorf("%q: got error %v, want one about the markers", page, err)
		}
	}
}

func TestTypesWithoutSchema(t *testing.T) {
	table, err := route.NewTable(route.Event[struct {
		F func() `json:"f"`
	}]("odd", "has a function"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := describe(table, channel.Table{}); err == nil || !strings.Contains(err.Error(), "event odd: describe the Go type") {
		t.Errorf("got error %v, want one that names the event", err)
	}
}
