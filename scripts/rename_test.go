package scripts_test

import (
	"archive/zip"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sallyport/test/support"
)

// copyTree commits the tracked files of this repository to a new one, and returns its
// folder. Nothing else is copied, as in a clone.
func copyTree(t *testing.T) string {
	t.Helper()
	support.RepositoryFiles(t, "..")
	tree := t.TempDir()
	const copied = `cd .. && git ls-files -z | xargs -0 cp --parents -t "$1" && cd "$1" && git init -q &&
		git config user.name test && git config user.email test@example.com && git add -A && git commit -qm template`
	if out, err := exec.CommandContext(t.Context(), "bash", "-c", copied, "copy", tree).CombinedOutput(); err != nil {
		t.Fatalf("copy the tree: %v\n%s", err, out)
	}
	return tree
}

// in runs a command in a folder, and returns its exit code, output and errors. The go
// command compiles without cgo, which is faster. It leaves out the paths of source files,
// so that its cache serves copies in other folders.
func in(t *testing.T, folder, command string, args ...string) result {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), command, args...)
	cmd.Dir = folder
	cmd.Env = append(cmd.Environ(), "CGO_ENABLED=0", "GOFLAGS=-trimpath -buildvcs=false")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return result{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// A renamed copy builds and passes the repository's own checks. The test does not compile
// Pulumi.
func TestRename(t *testing.T) {
	tree := copyTree(t)
	if r := in(t, tree, "scripts/rename.sh", "--module", "github.com/acme/live", "acme-live"); r.code != 0 || !strings.Contains(r.stdout, "the project is acme-live, the module github.com/acme/live") {
		t.Fatalf("got exit code %d, %q, errors %q", r.code, r.stdout, r.stderr)
	}
	for file, want := range map[string]string{
		"go.mod": "module github.com/acme/live\n", "Pulumi.yaml": "name: acme-live\n", "README.md": "# Acme-live\n",
		"frontend/package.json": `"name": "acme-live-console"`, "local/Pulumi.local.yaml": "acme-live:issuer:",
		".golangci.yml": "local-prefixes: [github.com/acme/live]", "docs/deployer-policy.json": "arn:aws:s3:::acme-live-*",
		"lambda/main.go": `"github.com/acme/live/lambda/program"`, "lambda/handler/connection.go": `"sallyport.v1"`,
		"local/services/provider.mjs": "interaction: 'acme-live_login'", "LICENSE": "Apache License",
	} {
		text, err := os.ReadFile(filepath.Join(tree, file))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), want) {
			t.Errorf("%s does not contain %q", file, want)
		}
	}
	if r := in(t, tree, "git", "grep", "-nwi", "sallyport/infra\\|sallyport/lambda\\|sallyport-dev\\|name: sallyport", "--", ":!scripts/rename*"); r.stdout != "" {
		t.Errorf("the old name is left in\n%s", r.stdout)
	}
	if _, err := os.Stat(filepath.Join(tree, "scripts/rename_test.go")); err == nil {
		t.Error("the copy still has this test, which would fail there")
	}
	// The checks of the repository read the console's compiler.
	modules, err := filepath.Abs("../frontend/node_modules")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(modules, filepath.Join(tree, "frontend/node_modules")); err != nil {
		t.Fatal(err)
	}
	if r := in(t, tree, "make", "route", "NAME=time"); r.code != 0 {
		t.Errorf("make route: exit code %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	for _, args := range [][]string{
		{"vet", "./lambda/...", "./local", "./test/conformance", "./test/attack"}, // compiles them
		{"test", "./test/repository", "./lambda/app", "./lambda/handler"},
	} {
		if r := in(t, tree, "go", args...); r.code != 0 {
			t.Errorf("go %s: exit code %d\n%s%s", strings.Join(args, " "), r.code, r.stdout, r.stderr)
		}
	}
	requireElsewhere(t, tree)
	r := in(t, tree, "bash", "-c", "git add -A && git commit -qm renamed && scripts/rename.sh other")
	r.check(t, 1, "", "rename.sh: the Go module is github.com/acme/live already")
}

// requireElsewhere checks that another module can require the renamed one: the go command
// downloads it from a proxy, and finds the packages that a Pulumi program imports.
func requireElsewhere(t *testing.T, tree string) {
	t.Helper()
	const module, version = "github.com/acme/live", "v0.1.0"
	proxy := filepath.Join(t.TempDir(), module, "@v")
	mod, err := os.ReadFile(filepath.Join(tree, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(proxy, 0o700); err != nil {
		t.Fatal(err)
	}
	for suffix, text := range map[string]string{".mod": string(mod), ".info": `{"Version":"` + version + `"}`, ".zip": zipped(t, tree, module+"@"+version+"/")} {
		if err := os.WriteFile(filepath.Join(proxy, version+suffix), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	address := "file://" + strings.TrimSuffix(proxy, module+"/@v")
	r := in(t, t.TempDir(), "env", "GOFLAGS=-modcacherw", "GOSUMDB=off", "GOPROXY="+address, "GOMODCACHE="+t.TempDir(), "go", "mod", "download", "-json", module+"@"+version)
	if r.code != 0 {
		t.Errorf("download the module: exit code %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	other := t.TempDir()
	sums, err := os.ReadFile(filepath.Join(tree, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"go.mod":  "module example.com/orders\n\ngo 1.26.6\n\nrequire " + module + " " + version + "\n\nreplace " + module + " => " + tree + "\n",
		"go.sum":  string(sums),
		"main.go": "package main\n\nimport (\n\t_ \"" + module + "/infra\"\n\t_ \"" + module + "/lambda/setting\"\n)\n\nfunc main() {}\n",
	} {
		if err := os.WriteFile(filepath.Join(other, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r = in(t, other, "env", "GOPROXY=off", "go", "list", "-mod=mod", "-deps", ".")
	if r.code != 0 || !strings.Contains(r.stdout, module+"/infra\n") {
		t.Errorf("import the packages elsewhere: exit code %d\n%s", r.code, r.stderr)
	}
}

// zipped returns a zip of the tracked files of a tree, whose names begin with prefix.
func zipped(t *testing.T, tree, prefix string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name := range strings.SplitSeq(strings.TrimSuffix(in(t, tree, "git", "ls-files", "-z").stdout, "\x00"), "\x00") {
		text, err := os.ReadFile(filepath.Join(tree, name))
		if os.IsNotExist(err) {
			continue // rename.sh has removed it
		}
		if err != nil {
			t.Fatal(err)
		}
		entry, err := z.Create(prefix + name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := entry.Write(text); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestRenameRefuses(t *testing.T) {
	tree := copyTree(t)
	for _, test := range []struct {
		args   []string
		stderr string
	}{
		{nil, "give one NAME"},
		{[]string{"a", "b"}, "give one NAME"},
		{[]string{"Acme"}, `the name "Acme" is not valid: use 2 to 20 lower-case letters`},
		{[]string{"acme-"}, `the name "acme-" is not valid`},
		{[]string{"a/b"}, `the name "a/b" is not valid`},
		{[]string{"abcdefghijklmnopqrstu"}, "is not valid"},
		{[]string{"my-cognito"}, "contains aws, amazon or cognito"},
		{[]string{"sallyport"}, "is the name of the template"},
		{[]string{"--module", "git@github.com:acme/live", "acme"}, `the module "git@github.com:acme/live" is not valid`},
		{[]string{"net"}, `the module "net" begins like a package of Go's standard library`},
		{[]string{"--module"}, "--module needs a value"},
		{[]string{"--force", "acme"}, "unknown option --force"},
	} {
		r := in(t, tree, "scripts/rename.sh", test.args...)
		r.check(t, 2, "", "rename.sh: ")
		if !strings.Contains(r.stderr, test.stderr) {
			t.Errorf("%q: got %q, want it to contain %q", test.args, r.stderr, test.stderr)
		}
	}
	if err := os.WriteFile(filepath.Join(tree, "notes.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	in(t, tree, "scripts/rename.sh", "acme").check(t, 1, "", "changes that are not committed: commit or stash them first\n?? notes.txt")
	if r := in(t, tree, "git", "diff", "--stat"); r.stdout != "" {
		t.Errorf("a refused run changed\n%s", r.stdout)
	}
	in(t, tree, "scripts/rename.sh", "--help").check(t, 0, in(t, tree, "scripts/rename.sh", "-h").stdout, "")
}
