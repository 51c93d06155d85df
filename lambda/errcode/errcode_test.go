package errcode_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sallyport/lambda/errcode"
)

var update = flag.Bool("update", false, "write the generated files anew")

// The files that are generated from the catalogue.
const (
	document = "../../docs/errors.md"
	console  = "../../frontend/src/errors.json"
)

// The catalogue must have every constant, once, in the order of the source.
func TestAllHasEveryCode(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "errcode.go", nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var want []errcode.Code
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok {
			code, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, errcode.Code(code))
		}
		return true
	})
	var got []errcode.Code
	for _, f := range errcode.All() {
		got = append(got, f.Code)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("codes (-constants +catalogue):\n%s", diff)
	}
}

func TestEveryCodeHasTexts(t *testing.T) {
	for _, f := range errcode.All() {
		t.Run(string(f.Code), func(t *testing.T) {
			for _, text := range []string{f.Meaning, f.Cause, f.Remedy} {
				if !strings.HasSuffix(text, ".") && !strings.HasSuffix(text, ".)") {
					t.Errorf("got %q, want a sentence", text)
				}
			}
			if strings.Count(f.Meaning, ". ") > 0 || strings.ContainsAny(f.Meaning, "`\"") {
				t.Errorf("got meaning %q, want one plain sentence", f.Meaning)
			}
			if f.Status != 0 && f.Status/100 != 4 && f.Status != 503 {
				t.Errorf("got status %d, want that of a refusal", f.Status)
			}
			if got := errcode.Of(f.Code); got != f {
				t.Errorf("got %+v of the code, want %+v", got, f)
			}
		})
	}
}

func TestOfUnknownCode(t *testing.T) {
	if got, want := errcode.Of("no_such"), (errcode.Entry{Code: "no_such"}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestGeneratedFiles(t *testing.T) {
	for path, want := range map[string]string{document: markdown(), console: forConsole(t)} {
		if *update {
			if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Errorf("%s differs from the catalogue: run go test ./lambda/errcode -update (-want +got):\n%s", path, diff)
		}
	}
}

const introduction = `# Error codes

This page lists the error codes with which the function refuses a client, or ends a connection: the cause and the remedy of each.
` + "`go test ./lambda/errcode -update`" + ` generates it from ` + "`lambda/errcode`" + `: edit it there.

## Where to find the code

- **In the function's log**: the line of the event has the fields ` + "`code`" + ` and ` + "`reason`" + ` or ` + "`error`" + `, and also ` + "`trace`" + `, ` + "`connectionId`" + `,
  ` + "`user`" + ` and ` + "`gatewayRequestId`" + `. [troubleshooting.md](troubleshooting.md) has the commands that find the line. The line of a
  refused handshake has the route ` + "`authorizer`" + ` (or ` + "`$connect`" + `) and the outcome ` + "`refused`" + `, ` + "`denied`" + ` or ` + "`failed`" + `.
- **In a message** of the socket: ` + "`{\"type\":\"error\",\"data\":{\"code\":\"...\",\"message\":\"...\"}}`" + ` if the connection stays open,
  ` + "`{\"type\":\"closing\", ...}`" + ` with the same members before the server ends it (with close code 1000).
- **In an answer of the HTTP API** (` + "`POST /tickets`" + `, ` + "`DELETE /connections`" + `): the body is the same ` + "`error`" + `, with the status below.
- **In the error of an invocation**: a malformed push or disconnect command fails with ` + "`command_invalid: ...`" + `.

**If the log has no line**, API Gateway refused the handshake without the function, and there is no code.
[api-gateway-symptoms.md](api-gateway-symptoms.md#the-handshake-is-refused) has the causes of each status.

A status below is that of a refused handshake or request. "-" means that only messages, or the error of an invocation, have the code.

`

// markdown returns docs/errors.md: a table of the codes, and a section for each code.
func markdown() string {
	var b strings.Builder
	b.WriteString(introduction)
	b.WriteString("| code | status | meaning |\n|---|---|---|\n")
	for _, f := range errcode.All() {
		fmt.Fprintf(&b, "| [%s](#%s) | %s | %s |\n", f.Code, f.Code, status(f), f.Meaning)
	}
	for _, f := range errcode.All() {
		fmt.Fprintf(&b, "\n## %s\n\n%s Status: %s.\n\n- **Cause**: %s\n- **Remedy**: %s\n", f.Code, f.Meaning, status(f), f.Cause, f.Remedy)
	}
	return b.String()
}

func status(f errcode.Entry) string {
	if f.Status == 0 {
		return "-"
	}
	return strconv.Itoa(f.Status)
}

// forConsole returns errors.json: an object by code, in the format of Biome. The console shows
// plain text without backquotes.
func forConsole(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	b.WriteString("{\n")
	for i, f := range errcode.All() {
		if i > 0 {
			b.WriteString(",\n")
		}
		fmt.Fprintf(&b, "  %q: ", f.Code)
		enc.SetIndent("  ", "  ")
		if err := enc.Encode(struct {
			Meaning string `json:"meaning"`
			Remedy  string `json:"remedy"`
		}{f.Meaning, strings.ReplaceAll(f.Remedy, "`", "")}); err != nil {
			t.Fatal(err)
		}
		b.Truncate(b.Len() - 1)
	}
	b.WriteString("\n}\n")
	return b.String()
}
