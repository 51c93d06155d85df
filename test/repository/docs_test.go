package repository

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sallyport/lambda/errcode"
	"sallyport/test/support"
)

// documents returns the Markdown files of root and docs.
func documents(t *testing.T) []string {
	t.Helper()
	return slices.DeleteFunc(support.RepositoryFiles(t, "."), func(file string) bool {
		dir := filepath.Dir(file)
		return filepath.Ext(file) != ".md" || dir != "." && dir != "docs"
	})
}

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.+)$`)
	fenced  = regexp.MustCompile("(?s)```.*?```")
)

// TestLinks checks that each link to a file has a file, and a heading if it names one.
func TestLinks(t *testing.T) {
	t.Chdir(root)
	for _, page := range documents(t) {
		text := fenced.ReplaceAllString(readText(t, page), "")
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			path, anchor, _ := strings.Cut(m[1], "#")
			file := page
			if path != "" {
				file = filepath.Join(filepath.Dir(page), path)
			}
			if _, err := os.Stat(file); err != nil {
				t.Errorf("%s links to %s, which does not exist", page, m[1])
			} else if anchor != "" && !slices.Contains(anchors(readText(t, file)), anchor) {
				t.Errorf("%s links to %s, which has no such heading", page, m[1])
			}
		}
	}
}

// anchors returns the names of the headings of a page in links.
func anchors(text string) []string {
	var names []string
	for _, m := range heading.FindAllStringSubmatch(text, -1) {
		name := strings.ToLower(regexp.MustCompile(`[^\w\- ]`).ReplaceAllString(m[1], ""))
		names = append(names, strings.ReplaceAll(name, " ", "-"))
	}
	return names
}

// TestPathsInDocuments checks that each file and folder in code type exists.
func TestPathsInDocuments(t *testing.T) {
	t.Chdir(root)
	path := regexp.MustCompile("`((?:infra|lambda|local|test|frontend|scripts|docs|examples|\\.ci|\\.devcontainer)/[\\w./*-]+)`")
	test := regexp.MustCompile(`\.(?:Test|Fuzz)[A-Z]\w+$`)
	for _, page := range documents(t) {
		if page == "CHANGELOG.md" { // it names files of older versions
			continue
		}
		for _, m := range path.FindAllStringSubmatch(readText(t, page), -1) {
			name := test.ReplaceAllString(m[1], "")
			if found, err := filepath.Glob(name); name != exampleRoute && (err != nil || len(found) == 0) {
				t.Errorf("%s names %s, which does not exist", page, name)
			}
		}
	}
}

// exampleRoute is the file that make route NAME=time writes.
const exampleRoute = "lambda/app/time.go"

// TestLayout checks that each folder and file in the table of README.md exists.
func TestLayout(t *testing.T) {
	t.Chdir(root)
	_, layout, _ := strings.Cut(readText(t, "README.md"), "\n## Where things are\n")
	layout, _, _ = strings.Cut(layout, "\n## ")
	rows := regexp.MustCompile("(?m)^\\| (`.+?) \\|").FindAllStringSubmatch(layout, -1)
	if len(rows) < 10 {
		t.Fatalf("got %d rows in the table, want at least 10", len(rows))
	}
	files := support.RepositoryFiles(t, ".")
	for _, row := range rows {
		for _, name := range strings.Split(row[1], ", ") {
			path := strings.Trim(name, "`")
			if !slices.ContainsFunc(files, func(file string) bool { return file == path || strings.HasPrefix(file, path+"/") }) {
				t.Errorf("README.md describes %s, which does not exist", name)
			}
		}
	}
}

// TestCodesInDocuments checks that lambda/errcode has each error code of a page. A name in
// code type and in lower case with an underscore is an error code, unless it is one of the
// others.
func TestCodesInDocuments(t *testing.T) {
	t.Chdir(root)
	codes := map[string]bool{}
	for _, f := range errcode.All() {
		codes[string(f.Code)] = true
	}
	others := []string{ // names of OAuth and OpenID Connect
		"client_id", "refresh_token", "access_token", "id_token", "id_token_hint", "offline_access", "client_secret",
		"end_session_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint", "revocation_endpoint", "at_hash", "authorization_details",
		// Of Centrifugo's protocol.
		"presence_stats", "sub_refresh", "was_recovering", "num_clients", "num_users",
	}
	name := regexp.MustCompile("`([a-z]+(?:_[a-z]+)+)`")
	for _, page := range documents(t) {
		for _, m := range name.FindAllStringSubmatch(readText(t, page), -1) {
			if !codes[m[1]] && !slices.Contains(others, m[1]) {
				t.Errorf("%s names the code %s, which lambda/errcode does not have", page, m[1])
			}
		}
	}
}

// TestSettingsInDocuments checks that Pulumi.yaml has each setting in the tables of settings.
func TestSettingsInDocuments(t *testing.T) {
	t.Chdir(root)
	project := readText(t, "Pulumi.yaml")
	name := regexp.MustCompile("`([a-zA-Z]+)[` ]")
	for page, title := range map[string]string{settingsPage: "Settings", securitySettingsPage: "Settings that matter"} {
		_, table, _ := strings.Cut(readText(t, page), "\n## "+title+"\n")
		table, _, _ = strings.Cut(table, "\n## ")
		found := 0
		for _, row := range regexp.MustCompile(`(?m)^\|.*\|$`).FindAllString(table, -1) {
			cell := strings.Split(row, "|")[1]
			if page == settingsPage {
				cell = strings.Split(row, "|")[2]
			}
			for _, m := range name.FindAllStringSubmatch(cell, -1) {
				found++
				if m[1] != "dataTraceEnabled" && !strings.Contains(project, "\n  "+m[1]+":\n") {
					t.Errorf("%s has the setting %s, which Pulumi.yaml does not", page, m[1])
				}
			}
		}
		if found < 20 {
			t.Errorf("%s names %d settings, want at least 20: is the pattern correct?", page, found)
		}
	}
}

const (
	settingsPage         = "docs/settings.md"
	securitySettingsPage = "docs/security-settings.md"
)

var (
	// citation matches "(api-gateway.md 2.3)" in a comment, with one or more sections.
	citation = regexp.MustCompile(`api-gateway\.md (\d+(?:\.\d+)?(?:(?:,| and) \d+(?:\.\d+)?)*)`)
	// cited matches a case of the conformance suite: its name, section and mark.
	cited = regexp.MustCompile(`\{"\w+", "(\d+(?:\.\d+)?)", "(?:doc|observed|rest|emulator|unknown)`)
	// broken matches a line break in a comment.
	broken = regexp.MustCompile(`\s*\n\s*(?://|\*)?\s*`)
	number = regexp.MustCompile(`\d+(?:\.\d+)?`)
)

// pages returns the text of the pages in docs that match a pattern.
func pages(t *testing.T, pattern string) string {
	t.Helper()
	files, err := filepath.Glob("docs/" + pattern)
	if err != nil || len(files) < 2 {
		t.Fatalf("docs/%s: got the pages %v (%v), want two or more", pattern, files, err)
	}
	var all strings.Builder
	for _, file := range files {
		all.WriteString(readText(t, file))
	}
	return all.String()
}

// TestSpecificationCited checks that the pages api-gateway*.md have each section that a
// comment, a page or a case of the conformance suite names. api-gateway.md is their index.
func TestSpecificationCited(t *testing.T) {
	t.Chdir(root)
	headings := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^##+ (\d+(?:\.\d+)?)\.? `).FindAllStringSubmatch(pages(t, gatewayPages), -1) {
		if headings[m[1]] {
			t.Errorf("%s has two sections %s", gatewayPages, m[1])
		}
		headings[m[1]] = true
	}
	found := map[*regexp.Regexp]int{}
	for _, file := range sources(t) {
		text := broken.ReplaceAllString(readText(t, file), " ")
		missing := map[string]bool{}
		for _, pattern := range []*regexp.Regexp{citation, cited} {
			for _, m := range pattern.FindAllStringSubmatch(text, -1) {
				found[pattern]++
				for _, section := range number.FindAllString(m[1], -1) {
					missing[section] = missing[section] || !headings[section]
				}
			}
		}
		for section, is := range missing {
			if is {
				t.Errorf("%s cites section %s, which %s does not have", file, section, gatewayPages)
			}
		}
	}
	if found[citation] < 80 || found[cited] < 200 {
		t.Errorf("found %d citations and %d cases, want at least 80 and 200: are the patterns correct?", found[citation], found[cited])
	}
}

// sources returns the files of the repository that have comments or text.
func sources(t *testing.T) []string {
	t.Helper()
	return slices.DeleteFunc(support.RepositoryFiles(t, "."), func(file string) bool {
		return !slices.Contains([]string{".go", ".ts", ".tsx", ".mjs", ".md"}, filepath.Ext(file))
	})
}

const (
	gatewayPages  = "api-gateway*.md"
	securityPages = "security*.md"
)

var (
	// goTest matches a Go test in a page, such as `lambda/token.TestVerifyAccepts`.
	goTest = regexp.MustCompile("`([a-z0-9/]+)\\.((?:Test|Fuzz)[A-Z]\\w+)`")
	// pageTest matches a test of the console in a page: `frontend/.../a.test.ts` "its title".
	pageTest = regexp.MustCompile("(?s)`(frontend/[\\w./-]+\\.(?:test|spec)\\.tsx?)`\\s+\"([^\"]+)\"")
)

// TestSecurityNamesTests checks that each test in the pages of the threat model exists.
func TestSecurityNamesTests(t *testing.T) {
	t.Chdir(root)
	page := pages(t, securityPages)
	found := goTest.FindAllStringSubmatch(page, -1)
	if len(found) < 20 {
		t.Errorf("%s names %d Go tests, want at least 20: is the pattern correct?", securityPages, len(found))
	}
	for _, m := range found {
		if !hasTest(t, m[1], m[2]) {
			t.Errorf("%s names %s in %s, which does not exist", securityPages, m[2], m[1])
		}
	}
	for _, m := range pageTest.FindAllStringSubmatch(page, -1) {
		title := strings.Join(strings.Fields(m[2]), " ")
		if _, err := os.Stat(m[1]); err != nil || !hasTitle(readText(t, m[1]), title) {
			t.Errorf("%s names %q in %s, which does not exist", securityPages, title, m[1])
		}
	}
	// The checks above miss a name that the patterns do not match.
	for _, word := range regexp.MustCompile(`\b(?:Test|Fuzz)[A-Z]\w+`).FindAllString(page, -1) {
		if !slices.ContainsFunc(found, func(m []string) bool { return m[2] == word }) {
			t.Errorf("%s names %s without its folder: write it in code type, as folder.%s", securityPages, word, word)
		}
	}
}

// hasTest reports whether a folder has a Go test of that name.
func hasTest(t *testing.T, folder, name string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(files, func(file string) bool {
		return strings.Contains(readText(t, file), fmt.Sprintf("\nfunc %s(", name))
	})
}

// hasTitle reports whether a test file of the console has a test of that title.
func hasTitle(text, title string) bool {
	return slices.ContainsFunc([]string{"'", `"`, "`"}, func(quote string) bool {
		return strings.Contains(text, "("+quote+title+quote)
	})
}
