package setting

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write Pulumi.yaml and docs/settings.md instead of comparing them")

const (
	projectFile = "../../Pulumi.yaml"
	pageFile    = "../../docs/settings.md"
	renew       = "If the declaration is correct, run: go test ./lambda/setting -update"
)

// TestPulumiYAML compares the settings in Pulumi.yaml with the declarations.
func TestPulumiYAML(t *testing.T) {
	const marker = "  # The settings: generated from lambda/setting by go test ./lambda/setting -update\n"
	before, kept := cut(t, projectFile, marker)
	if *update {
		write(t, projectFile, before+marker+project())
		return
	}
	got, want := entries(kept), entries(project())
	for name := range want {
		if diff := cmp.Diff(want[name], got[name]); diff != "" {
			t.Errorf("setting %s: Pulumi.yaml differs from its declaration (-declared +Pulumi.yaml):\n%s\n%s", name, diff, renew)
		}
	}
	for name := range got {
		if want[name] == "" {
			t.Errorf("setting %s: Pulumi.yaml has it, but it is not declared. %s", name, renew)
		}
	}
	if !t.Failed() && kept != project() {
		t.Errorf("Pulumi.yaml has the settings in another order. %s", renew)
	}
}

// TestSettingsPage compares the tables of docs/settings.md with the declarations.
func TestSettingsPage(t *testing.T) {
	const begin, end = "<!-- begin: generated from lambda/setting by go test ./lambda/setting -update -->\n", "<!-- end -->\n"
	before, rest := cut(t, pageFile, begin)
	kept, after, _ := strings.Cut(rest, end)
	if *update {
		write(t, pageFile, before+begin+tables()+end+after)
		return
	}
	if diff := cmp.Diff(tables(), kept); diff != "" {
		t.Errorf("docs/settings.md differs from the declarations (-declared +page):\n%s\n%s", diff, renew)
	}
}

// cut returns the text of a file before and after a line.
func cut(t *testing.T, file, line string) (before, after string) {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, after, ok := strings.Cut(string(content), line)
	if !ok {
		t.Fatalf("%s has no line %q", file, line)
	}
	return before, after
}

func write(t *testing.T, file, content string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// entries returns the text of each setting in a section of Pulumi.yaml.
func entries(section string) map[string]string {
	all := map[string]string{}
	name := ""
	for line := range strings.Lines(section) {
		if strings.HasPrefix(line, "  ") && !strings.HasPrefix(line, "   ") {
			name, _, _ = strings.Cut(strings.TrimSpace(line), ":")
		}
		all[name] += line
	}
	return all
}

// project returns the settings as Pulumi.yaml has them.
func project() string {
	var b strings.Builder
	for _, g := range new(Stack).Groups() {
		for _, d := range g.Settings {
			fmt.Fprintf(&b, "  %s:\n    type: %s\n", d.Name, d.Type)
			if d.Type == "array" {
				b.WriteString("    items:\n      type: string\n")
			}
			value := d.Default
			if value == "" {
				value = `""`
			}
			fmt.Fprintf(&b, "    default: %s\n    description: >-\n%s", value, wrap(described(d), "      ", 82))
		}
	}
	return b.String()
}

// described returns the description of a setting with its allowed values.
func described(d Setting) string {
	if d.Type == "boolean" || d.Allowed == "" {
		return d.Description
	}
	return d.Description + " Allowed: " + strings.TrimSuffix(d.Allowed, ".") + "."
}

// wrap breaks a text into lines of at most width bytes, unless a word is longer.
func wrap(text, indent string, width int) string {
	var b strings.Builder
	line := indent
	for i, word := range strings.Fields(text) {
		if i > 0 && len(line)+len(word)+1 > width {
			b.WriteString(line + "\n")
			line = indent
		}
		if line != indent {
			line += " "
		}
		line += word
	}
	return b.String() + line + "\n"
}

// tables returns the tables of docs/settings.md.
func tables() string {
	var b strings.Builder
	cell := strings.NewReplacer("|", `\|`, "<", "&lt;")
	for _, g := range new(Stack).Groups() {
		fmt.Fprintf(&b, "\n### %s\n\n| setting | default | allowed | description |\n|---|---|---|---|\n", g.Title)
		for _, d := range g.Settings {
			value, allowed := "", d.Allowed
			if d.Default != "" {
				value = "`" + d.Default + "`"
			}
			if allowed == "" {
				allowed = "a text"
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", d.Name, value, cell.Replace(allowed), cell.Replace(d.Description))
		}
	}
	return b.String() + "\n"
}
