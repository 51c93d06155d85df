package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The routes that are deployed are those that lambda/app declares.
func TestGenerated(t *testing.T) {
	folder := filepath.Join("..", "..", "app")
	want, err := list(folder)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(folder, generated))
	if err != nil || string(got) != string(want) {
		t.Errorf("lambda/app/%s is out of date (error %v): run make generate", generated, err)
	}
}

func write(t *testing.T, files map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

const head = "package own\n\nimport r \"example.com/x/lambda/route\"\n\n"

func TestList(t *testing.T) {
	got, err := list(write(t, map[string]string{
		"b.go":         head + "var (\n\tShout = r.Accept(\"shout\", \"d\", f)\n\tShouted = r.Event[T](\"shouted\", \"d\")\n)\n\nvar other = f()\n",
		"a.go":         head + "// Time is a route.\nvar Time = r.Reply[In, Out](\"time\", \"d\", f)\n",
		"a_test.go":    head + "var No = r.Reply(\"no\", \"d\", f)\n",
		"generated.go": "broken",
		"helper.go":    "package own\n\nfunc f() {}\n",
	}))
	if err != nil {
		t.Fatal(err)
	}
	want := "\treturn route.NewTable(\n\t\tTime,\n\t\tShout,\n\t\tShouted,\n\t)\n"
	if !strings.Contains(string(got), want) || !strings.Contains(string(got), "package own\n\nimport \"example.com/x/lambda/route\"\n") {
		t.Errorf("got\n%s\nwant in it\n%s", got, want)
	}
}

func TestListRefusesDotImport(t *testing.T) {
	text := strings.Replace(head, "import r", "import .", 1) + "var A = Mock(\"a\", \"d\", \"b\")\n"
	if _, err := list(write(t, map[string]string{"a.go": text})); err == nil || !strings.Contains(err.Error(), "import it without a dot") {
		t.Errorf("got error %v, want one about the import", err)
	}
}

func TestListRefuses(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"inFunction": {"func f() { _ = r.Mock(\"a\", \"d\", \"b\") }\n", "a.go:5:16: this declaration would not be served"},
		"nameless":   {"var _ = r.Mock(\"a\", \"d\", \"b\")\n", "a.go:5:9: this declaration would not be served"},
		"inList":     {"var all = []any{r.Mock(\"a\", \"d\", \"b\")}\n", "a.go:5:17: this declaration would not be served"},
		"literal":    {"var A = r.Route{Key: \"a\"}\n", "a.go:5:9: this declaration would not be served"},
		"none":       {"var x r.Route\n", "declares no route"},
		"broken":     {"var\n", "expected 'IDENT'"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := list(write(t, map[string]string{"a.go": head + test.text})); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got error %v, want one with %q", err, test.want)
			}
		})
	}
}
