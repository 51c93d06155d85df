package infra

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// readPage returns a page of docs.
func readPage(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("../docs/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// docs/alarms.md has a section with cause and remedy for each alarm that a stack can have, and
// no section for another one.
func TestAlarmsPage(t *testing.T) {
	var names []string
	for _, r := range stackPlan(t, "everything").OfType("aws:cloudwatch/metricAlarm:MetricAlarm") {
		names = append(names, r.Name)
	}
	var described []string
	for _, section := range strings.Split(readPage(t, "alarms.md"), "\n## ")[1:] {
		name, text, _ := strings.Cut(section, "\n")
		if name == "Watch a stack" {
			continue
		}
		described = append(described, name)
		for _, part := range []string{"\n- **Cause.** ", "\n- **Remedy.** "} {
			if !strings.Contains(text, part) {
				t.Errorf("docs/alarms.md: the section %s has no %q", name, strings.TrimSpace(part))
			}
		}
	}
	slices.Sort(names)
	slices.Sort(described)
	compare(t, "sections of docs/alarms.md", described, names)
}

// docs/queries.md has each saved query, and each query that an alarm's remedy names exists.
func TestQueriesPage(t *testing.T) {
	var names, described []string
	for _, q := range queries(true) {
		names = append(names, q.Name)
	}
	_, table, _ := strings.Cut(readPage(t, "queries.md"), "\n## The queries\n")
	table, _, _ = strings.Cut(table, "\n## ")
	for _, m := range regexp.MustCompile("(?m)^\\| `([\\w-]+)` \\|").FindAllStringSubmatch(table, -1) {
		described = append(described, m[1])
	}
	compare(t, "queries of docs/queries.md", described, names)
	for _, m := range regexp.MustCompile("(?:query|queries) `([\\w-]+)`(?: and `([\\w-]+)`)?").FindAllStringSubmatch(readPage(t, "alarms.md"), -1) {
		for _, name := range m[1:] {
			if name != "" && !slices.Contains(names, name) {
				t.Errorf("docs/alarms.md names the query %s, which does not exist", name)
			}
		}
	}
}
