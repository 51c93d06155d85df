package repository

import (
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"sallyport/test/support"
)

// npmPackages are the folders with a package.json.
var npmPackages = []string{"frontend", "local/services", "test/conformance/clients", "test/bench/offline", "test/asyncapi"}

const dependenciesPage = "docs/dependencies.md"

// TestDependencies checks that the page names all direct dependencies, with the version in
// use, and no others.
func TestDependencies(t *testing.T) {
	t.Chdir(root)
	used := goRequirements(t)
	for _, dir := range npmPackages {
		for name, version := range readPackage(t, dir).direct() {
			if other, ok := used[name]; ok && other != version {
				t.Errorf("%s/package.json has %s %s, another package.json %s: use one version", dir, name, version, other)
			}
			used[name] = version
		}
	}
	named := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^\| (\S+) \| (v?\d\S*) \| .+ \| .+ \|$`).FindAllStringSubmatch(readText(t, dependenciesPage), -1) {
		if _, twice := named[m[1]]; twice {
			t.Errorf("%s names %s twice", dependenciesPage, m[1])
		}
		named[m[1]] = m[2]
	}
	for name, version := range used {
		if got, ok := named[name]; !ok {
			t.Errorf("%s does not name %s %s: add its purpose and its licence", dependenciesPage, name, version)
		} else if got != version {
			t.Errorf("%s names %s %s, but %s is used", dependenciesPage, name, got, version)
		}
	}
	for name := range named {
		if _, ok := used[name]; !ok {
			t.Errorf("%s names %s, which is not a direct dependency", dependenciesPage, name)
		}
	}
}

// TestToolsAreNamed checks that the page names the tools of the scripts and of the workflow.
func TestToolsAreNamed(t *testing.T) {
	t.Chdir(root)
	page := readText(t, dependenciesPage)
	tools := []struct{ file, name, pattern string }{
		{".ci/check", "golangci-lint", `(?m)^golangci_lint=(\S+)$`},
		{".ci/advisories", "govulncheck", `(?m)^govulncheck=(\S+)$`},
	}
	for _, file := range workflowFiles {
		for _, m := range regexp.MustCompile(`uses: (\w\S+)@`).FindAllStringSubmatch(readText(t, file), -1) {
			tools = append(tools, struct{ file, name, pattern string }{file, m[1], regexp.QuoteMeta(m[1]) + `@\S+ # (\S+)`})
		}
	}
	for _, tool := range tools {
		found := regexp.MustCompile(tool.pattern).FindAllStringSubmatch(readText(t, tool.file), -1)
		if len(found) == 0 {
			t.Errorf("%s does not have the version of %s", tool.file, tool.name)
		}
		for _, m := range found {
			if want := tool.name + " " + m[1]; !strings.Contains(page, want) {
				t.Errorf("%s does not name %s, which %s uses", dependenciesPage, want, tool.file)
			}
		}
	}
}

// workflowFiles are the files that use actions. Package workflow checks that each action is
// named by its commit.
var workflowFiles = []string{".github/workflows/check.yml", ".github/workflows/aws.yml", ".github/actions/aws/action.yml"}

func TestPinned(t *testing.T) {
	t.Chdir(root)
	exact := regexp.MustCompile(`^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$`)
	for _, dir := range npmPackages {
		for name, version := range readPackage(t, dir).direct() {
			if !exact.MatchString(version) {
				t.Errorf("%s/package.json has %s %s: name one version", dir, name, version)
			}
		}
		checkLock(t, dir)
	}
}

// checkLock checks that each package of a lockfile has its hash.
func checkLock(t *testing.T, dir string) {
	t.Helper()
	var lock struct {
		Packages map[string]struct{ Version, Integrity string }
	}
	if err := json.Unmarshal([]byte(readText(t, dir+"/package-lock.json")), &lock); err != nil {
		t.Fatal(err)
	}
	direct := readPackage(t, dir).direct()
	for path, p := range lock.Packages {
		if path != "" && !strings.HasPrefix(p.Integrity, "sha512-") {
			t.Errorf("%s/package-lock.json has no SHA-512 of %s", dir, path)
		}
	}
	for name, version := range direct {
		if got := lock.Packages["node_modules/"+name].Version; got != version {
			t.Errorf("%s/package-lock.json has %s %q, want %s as in package.json", dir, name, got, version)
		}
	}
}

// npmPackage has the dependencies of a package.json.
type npmPackage struct {
	Dependencies, DevDependencies, PeerDependencies, OptionalDependencies map[string]string
}

func (p npmPackage) direct() map[string]string {
	all := map[string]string{}
	for _, m := range []map[string]string{p.Dependencies, p.DevDependencies, p.PeerDependencies, p.OptionalDependencies} {
		maps.Copy(all, m)
	}
	return all
}

func readPackage(t *testing.T, dir string) npmPackage {
	t.Helper()
	var p npmPackage
	if err := json.Unmarshal([]byte(readText(t, dir+"/package.json")), &p); err != nil {
		t.Fatal(err)
	}
	return p
}

// goRequirements returns the versions of the direct requirements in go.mod, by module.
func goRequirements(t *testing.T) map[string]string {
	t.Helper()
	support.DependOn(t, "go.mod")
	out, err := exec.CommandContext(t.Context(), "go", "mod", "edit", "-json").Output()
	if err != nil {
		t.Fatal(err)
	}
	var mod struct {
		Require []struct {
			Path, Version string
			Indirect      bool
		}
	}
	if err := json.Unmarshal(out, &mod); err != nil {
		t.Fatal(err)
	}
	direct := map[string]string{}
	for _, r := range mod.Require {
		if !r.Indirect {
			direct[r.Path] = r.Version
		}
	}
	return direct
}

func readText(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
