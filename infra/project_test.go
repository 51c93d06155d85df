package infra

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
)

// The engine's own loader accepts the project. lambda/setting tests the settings in it.
func TestPulumiYAML(t *testing.T) {
	project, err := workspace.LoadProject("../Pulumi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if project.Template == nil || project.Template.Quickstart == "" {
		t.Fatal("Pulumi.yaml has no template for pulumi new")
	}
	for key := range project.Template.Config {
		if _, ok := project.Config[key]; !ok && key != "aws:region" {
			t.Errorf("pulumi new asks for %s, which is no setting", key)
		}
	}
	for key, c := range project.Config {
		if strings.Contains(key, ":") {
			continue
		}
		if c.Type == nil || c.Default == nil || c.Description == "" {
			t.Errorf("%s has no type, no default or no description", key)
			continue
		}
		if !workspace.ValidateConfigValue(*c.Type, c.Items, c.Default) {
			t.Errorf("%s: %v is not of type %s", key, c.Default, *c.Type)
		}
	}
}

func TestList(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "assets"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"index.html", "assets/b.js", "assets/a.css"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := filesIn(dir)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"assets/a.css", "assets/b.js", "index.html"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if _, err := filesIn(filepath.Join(dir, "nothing")); err == nil {
		t.Error("got no error for a missing folder")
	}
}
