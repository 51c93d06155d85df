package run

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"sallyport/infra/build"
	"sallyport/local/function"
	"sallyport/local/gateway"
	"sallyport/local/livereload"
	"sallyport/local/site"
)

// TestReloadLambda edits a function while a connection is open.
func TestReloadLambda(t *testing.T) {
	root := t.TempDir()
	edit(t, root, "go.mod", "module small\n\ngo 1.26\n")
	edit(t, root, "lambda/main.go", answering("one"))
	edit(t, root, "local/routes/main.go", "package main\n\nimport \"os\"\n\nfunc main() { os.Stdout.WriteString(`{\"routes\":[{\"key\":\"news\"}]}`) }\n")
	path, err := build.Binary(t.Context(), root, build.Target{})
	if err != nil {
		t.Fatal(err)
	}
	f, err := function.New(function.Config{Name: "small", Path: path, Timeout: hangLimit})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	messages := &strings.Builder{}
	src := (&system{progress: newProgress(messages), binary: path, function: f}).lambdaSource(root)
	c := dial(t, f)

	for _, step := range []struct {
		name, file, content string
		answer, message     string
	}{
		{"start", "notes.txt", "not a source", "one", ""},
		{"edit", "lambda/main.go", answering("two"), "two", "the function has the route news, but the plan does not\n         run make plan"},
		{"broken", "lambda/main.go", answering("two") + "\nvar x int = nothing\n", "two", "lambda/main.go:26:13: undefined: nothing"},
		{"repaired", "lambda/main.go", answering("two"), "two", "the function is the same as before"},
		{"newFile", "lambda/more/more.go", "package more\n", "two", "the function is the same as before"},
		{"test", "lambda/main_test.go", "package main\n", "two", ""},
		{"module", "go.mod", "module small\n\ngo 1.26\n// edited\n", "two", "the function is the same as before"},
		{"editAgain", "lambda/main.go", answering("three"), "three", "the edited Lambda runs"},
	} {
		edit(t, root, step.file, step.content)
		messages.Reset()
		src.Check(t.Context()) // finds the edit
		src.Check(t.Context()) // finds no further edit, and builds
		src.Check(t.Context()) // finds nothing
		if got := ask(t, c); got != step.answer {
			t.Errorf("%s: got the answer %q, want %q", step.name, got, step.answer)
		}
		if got := messages.String(); !strings.Contains(got, step.message) || step.message == "" && got != "" {
			t.Errorf("%s: got the message %q, want %q", step.name, got, step.message)
		}
	}
}

// answering returns the source of a function that answers every event with text.
func answering(text string) string {
	return `package main

import (
	"net/http"
	"os"
	"strings"
)

func main() {
	api := "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/invocation/"
	for {
		event, err := http.Get(api + "next")
		if err != nil {
			return
		}
		event.Body.Close()
		path := api + event.Header.Get("Lambda-Runtime-Aws-Request-Id") + "/response"
		answer, err := http.Post(path, "", strings.NewReader(` + "`" + `{"statusCode":200,"body":"` + text + `"}` + "`" + `))
		if err != nil {
			return
		}
		answer.Body.Close()
	}
}
`
}

// dial connects to a gateway that sends its messages to f.
func dial(t *testing.T, f gateway.Invoker) *websocket.Conn {
	t.Helper()
	g, err := gateway.New(gateway.Config{
		APIID: "small", Region: "eu-west-1", AccountID: "000000000000", Stage: "live", RouteSelection: "$request.body.action",
		Routes: map[string]gateway.Route{"$default": {Integration: gateway.Integration{Invoker: f}, RouteResponse: true}},
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(g)
	t.Cleanup(func() {
		_ = g.Close(context.WithoutCancel(t.Context()))
		server.Close()
	})
	c, _, err := websocket.Dial(t.Context(), server.URL+"/live", nil) //nolint:bodyclose // Dial closes it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.CloseNow() })
	return c
}

func ask(t *testing.T, c *websocket.Conn) string {
	t.Helper()
	if err := c.Write(t.Context(), websocket.MessageText, []byte("hello")); err != nil {
		t.Fatal(err)
	}
	_, answer, err := c.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return string(answer)
}

// TestReloadConsole edits a console that a script in place of npm builds. The site serves
// complete builds only, even while another run builds in the same folder.
func TestReloadConsole(t *testing.T) {
	root, bin := t.TempDir(), t.TempDir()
	edit(t, bin, "npm", "#!/bin/sh\n[ $1 != --version ] || exec echo 10.8.2\n[ $1 = ci ] && exec mkdir node_modules\nmkdir -p dist && cp src/* dist && [ ! -e dist/broken ]\n")
	edit(t, bin, "node", "#!/bin/sh\necho v20.19.0\n")
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	edit(t, root, "frontend/package-lock.json", "{}")
	edit(t, root, "frontend/src/index.html", "one")
	files, err := build.FrontendFiles(t.Context(), root, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	messages := &strings.Builder{}
	sys := &system{progress: newProgress(messages)}
	if sys.site, err = site.New(site.Config{Objects: []site.Object{{Key: "index.html"}}, Root: "index.html"}, files); err != nil {
		t.Fatal(err)
	}
	src := sys.consoleSource(root)

	for _, step := range []struct{ name, file, content, page, message string }{
		{"start", "frontend/dist/x.html", "not a source", "one", ""},
		{"otherRunBuilds", "frontend/dist/index.html", "incomplete", "one", ""},
		{"edit", "frontend/src/index.html", "two", "two", "the edited console is served"},
		{"undeclared", "frontend/src/photo.jpeg", "x", "two", "no object of the kind of photo.jpeg"},
		{"broken", "frontend/src/broken", "x", "two", "run npm run build: exit status 1"},
	} {
		edit(t, root, step.file, step.content)
		messages.Reset()
		src.Check(t.Context())
		src.Check(t.Context())
		page := httptest.NewRecorder()
		sys.site.ServeHTTP(page, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
		if got := page.Body.String(); got != step.page {
			t.Errorf("%s: got the page %q, want %q", step.name, got, step.page)
		}
		if got := messages.String(); !strings.Contains(got, step.message) || step.message == "" && got != "" {
			t.Errorf("%s: got the message %q, want %q", step.name, got, step.message)
		}
	}
}

// edit writes a file.
func edit(t *testing.T, root, name, content string) {
	t.Helper()
	path := filepath.Join(root, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o700); err != nil {
		t.Fatal(err)
	}
}

// The system watches the sources of this project until it stops.
func TestWatchSources(t *testing.T) {
	sys := newSystem(testSettings(t), t.Output())
	sources := sys.sources("../..")
	for i, want := range []string{"../../lambda/main.go", "../../frontend/index.html"} {
		files := sources[i].Files()
		if !slices.Contains(files, want) {
			t.Errorf("got the watched files %v, want %s among them", files, want)
		}
		for _, path := range files {
			if strings.Contains(path, "node_modules") || strings.HasSuffix(path, "_test.go") {
				t.Errorf("got the watched file %s", path)
			}
		}
	}
	sys.onEnd(livereload.Watch(sources))
	if err := sys.stop(); err != nil {
		t.Error(err)
	}
}
