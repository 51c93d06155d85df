package repository

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sallyport/test/support"
)

// maxWords is the largest number of words in README.md. Longer texts are pages in docs.
const maxWords = 1200

func TestREADMELength(t *testing.T) {
	t.Chdir(root)
	if words := len(strings.Fields(readText(t, "README.md"))); words > maxWords {
		t.Errorf("README.md has %d words, want at most %d: move the rest to a page in docs", words, maxWords)
	}
}

// maxLines is the largest number of lines of a page in docs.
const maxLines = 250

// TestPageLength checks that no page in docs is too long to read. lambda/errcode generates
// errors.md, a page for looking up a code.
func TestPageLength(t *testing.T) {
	t.Chdir(root)
	for _, page := range documents(t) {
		if filepath.Dir(page) != "docs" || page == "docs/errors.md" {
			continue
		}
		if lines := strings.Count(readText(t, page), "\n"); lines > maxLines {
			t.Errorf("%s has %d lines, want at most %d: split it by subject", page, lines, maxLines)
		}
	}
}

// TestREADMEExampleCompiles compiles the example of README.md against frontend/src/socket,
// with the compiler of the console and its options.
func TestREADMEExampleCompiles(t *testing.T) {
	t.Chdir(root)
	example := regexp.MustCompile("(?s)```ts\n(.*?)```").FindStringSubmatch(readText(t, "README.md"))
	support.DependOn(t, "frontend/src/socket", "frontend/tsconfig.json")
	if example == nil {
		t.Fatal("README.md has no example in TypeScript")
	}
	frontend, err := filepath.Abs("frontend")
	if err != nil {
		t.Fatal(err)
	}
	compiler := filepath.Join(frontend, "node_modules/typescript/bin/tsc")
	if _, err := os.Stat(compiler); err != nil {
		t.Fatalf("the TypeScript compiler is missing (%v): run npm --prefix frontend ci", err)
	}
	app := t.TempDir()
	if err := os.Symlink(filepath.Join(frontend, "src/socket"), filepath.Join(app, "socket")); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"live.ts":       example[1],
		"tsconfig.json": `{"extends": "` + frontend + `/tsconfig.json", "compilerOptions": {"types": []}, "include": ["live.ts"]}`,
	} {
		if err := os.WriteFile(filepath.Join(app, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.CommandContext(t.Context(), "node", compiler, "-p", app).CombinedOutput(); err != nil {
		t.Errorf("the example in README.md does not compile: %v\n%s", err, out)
	}
}

// TestClientExamplesCompile compiles the examples of clients of channels.
func TestClientExamplesCompile(t *testing.T) {
	t.Chdir(root)
	support.DependOn(t, "go.mod", "frontend/src", "frontend/package-lock.json")
	text, folder := readText(t, "docs/clients.md"), t.TempDir()
	frontend, err := filepath.Abs("frontend")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(frontend, "node_modules"), filepath.Join(folder, "node_modules")); err != nil {
		t.Fatal(err)
	}
	files := map[string]string{
		"tsconfig.json": `{"extends": "` + frontend + `/tsconfig.json", "compilerOptions": {"types": []}, "include": ["*.ts"]}`,
	}
	for language, want := range map[string]int{"ts": 2, "go": 1} {
		found := regexp.MustCompile("(?s)```"+language+"\n(.*?)```").FindAllStringSubmatch(text, -1)
		if len(found) != want {
			t.Fatalf("docs/clients.md: got %d examples in %s, want %d", len(found), language, want)
		}
		for i, m := range found {
			files[fmt.Sprintf("example%d.%s", i, language)] = m[1]
		}
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, command := range [][]string{
		{"node", filepath.Join(frontend, "node_modules/typescript/bin/tsc"), "-p", folder},
		{"go", "vet", filepath.Join(folder, "example0.go")},
	} {
		if out, err := exec.CommandContext(t.Context(), command[0], command[1:]...).CombinedOutput(); err != nil {
			t.Errorf("an example in docs/clients.md does not compile: %v\n%s", err, out)
		}
	}
}

// TestRouteExamplesCompile compiles the examples of routes and namespaces in the pages. Each
// example is a package of its own, so that lambda/app may have a route of the same name.
func TestRouteExamplesCompile(t *testing.T) {
	t.Chdir(root)
	support.DependOn(t, "go.mod", "lambda")
	replace, args := map[string]string{}, []string{"build", "-overlay", filepath.Join(t.TempDir(), "overlay.json")}
	for _, page := range []string{"README.md", "docs/routes.md", "docs/channels.md"} {
		for i, m := range regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(readText(t, page), -1) {
			file := filepath.Join(t.TempDir(), "example.go")
			if err := os.WriteFile(file, []byte(withImports(m[1])), 0o600); err != nil {
				t.Fatal(err)
			}
			folder := fmt.Sprintf("lambda/app/%s%d", strings.TrimSuffix(filepath.Base(page), ".md"), i)
			replace[folder+"/example.go"] = file
			args = append(args, "./"+folder)
		}
	}
	if len(replace) < 3 {
		t.Errorf("the pages have %d examples of routes and namespaces, want at least 3: is the pattern correct?", len(replace))
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(args[2], overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "go", args...).CombinedOutput(); err != nil {
		t.Errorf("an example of a route or a namespace does not compile: %v\n%s", err, out)
	}
}

// withImports returns an example as a Go file that imports the packages which the
// example uses.
func withImports(example string) string {
	text := "package app\n"
	for _, path := range []string{"context", "slices", "time", "sallyport/lambda/channel", "sallyport/lambda/identity", "sallyport/lambda/route"} {
		if strings.Contains(example, filepath.Base(path)+".") {
			text += fmt.Sprintf("import %q\n", path)
		}
	}
	return text + example
}
