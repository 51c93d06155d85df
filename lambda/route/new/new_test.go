package main

import (
	"context"
	"go/format"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sallyport/lambda/route"
)

func table(t *testing.T) route.Table {
	t.Helper()
	type none struct{}
	table, err := route.NewTable(route.Reply("taken", "d", func(context.Context, route.Caller, none) (none, error) { return none{}, nil }))
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func TestCreateRefuses(t *testing.T) {
	for name, want := range map[string]string{
		"":            "the name is missing: run make route NAME=time",
		"taken":       `route "taken" is declared twice`,
		"Time":        `route "Time" is not a name: want a lower-case letter`,
		"a b":         `is not a name`,
		"../x":        `is not a name`,
		"$connect":    "belong to API Gateway",
		"refresh":     "reserved name",
		"table":       `all.go already declares Table or a type of its messages: choose another name than "table"`,
		"help":        "all.go already declares Help",
		"some":        "all.go already declares Some",
		"other_thing": "other-thing.go: file exists",
		"old":         "old_test.go: file exists",
	} {
		folder := t.TempDir()
		files := map[string]string{"all.go": "package app\n\nfunc Table() {}\n\ntype HelpRequest struct{}\n\nvar Some = 1\n", "other-thing.go": "package app\n", "old_test.go": "package app_test\n"}
		for file, text := range files {
			if err := os.WriteFile(filepath.Join(folder, file), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := create(folder, name, table(t)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got error %v, want one with %q", name, err, want)
		}
		if got, _ := os.ReadDir(folder); len(got) != len(files) {
			t.Errorf("%q: got %v, want no new file", name, got)
		}
	}
}

// With every name, the files have the format of gofmt and are built on every system.
func TestCreate(t *testing.T) {
	for name, want := range map[string]struct{ file, identifier string }{
		"time": {"time.go", "Time"}, "open-orders": {"open-orders.go", "OpenOrders"}, "smoke_test": {"smoke-test.go", "SmokeTest"},
		"for_windows": {"for-windows.go", "ForWindows"}, "a-": {"a-.go", "A"}, "camelCase2": {"camelCase2.go", "CamelCase2"},
	} {
		folder := t.TempDir()
		if err := create(folder, name, table(t)); err != nil {
			t.Fatal(err)
		}
		for _, file := range []string{want.file, strings.TrimSuffix(want.file, ".go") + "_test.go"} {
			text, err := os.ReadFile(filepath.Join(folder, file))
			if err != nil {
				t.Fatal(err)
			}
			if formatted, err := format.Source(text); err != nil || string(formatted) != string(text) {
				t.Errorf("%s is not formatted (error %v):\n%s", file, err, text)
			}
			if !strings.Contains(string(text), want.identifier) {
				t.Errorf("%s: got\n%s\nwant %s in it", file, text, want.identifier)
			}
		}
	}
}
