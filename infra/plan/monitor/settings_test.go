package monitor

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const declarations = `
name: test
runtime: go
config:
  text: {type: string, default: ""}
  number: {type: integer, default: 3}
  flag: {type: boolean, default: false}
  list: {type: array, items: {type: string}, default: [a]}
  needed: {type: string}
  aws:region: {value: eu-west-1}
`

func TestReadSettings(t *testing.T) {
	tests := []struct {
		name, stack string
		want        map[string]string // beyond the defaults
	}{
		{"defaults", "config: {test:needed: x}", nil},
		{"noNamespace", "config: {needed: y}", map[string]string{"test:needed": "y"}},
		{"values", `config: {needed: x, text: "5", number: 4, flag: true, list: [b, c], aws:region: us-east-1}`, map[string]string{
			"test:text": "5", "test:number": "4", "test:flag": "true", "test:list": `["b","c"]`, "aws:region": "us-east-1",
		}},
		{"text", `config: {needed: x, number: "4", flag: "true"}`, map[string]string{"test:number": "4", "test:flag": "true"}},
		{"provider", `config: {needed: x, aws:defaultTags: {tags: {a: b}}}`, map[string]string{"aws:defaultTags": `{"tags":{"a":"b"}}`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := readSettings(files(t, test.stack))
			if err != nil {
				t.Fatal(err)
			}
			want := map[string]string{
				"test:text": "", "test:number": "3", "test:flag": "false", "test:list": `["a"]`, "test:needed": "x", "aws:region": "eu-west-1",
			}
			for k, v := range test.want {
				want[k] = v
			}
			if diff := cmp.Diff(got.config, want); diff != "" {
				t.Errorf("-got +want:\n%s", diff)
			}
			if got.project != "test" {
				t.Errorf("got project %q, want test", got.project)
			}
		})
	}
}

func TestReadSettingsErrors(t *testing.T) {
	tests := []struct{ name, stack, want string }{
		{"unknownKey", "config: {needed: x, numbre: 4}", "test:numbre is not a key of this project: Pulumi.yaml declares flag, list, needed, number, text"},
		{"missing", "config: {}", "test:needed is not set, and Pulumi.yaml gives it no default"},
		{"integer", "config: {needed: x, number: many}", "test:number is many: want type integer"},
		{"boolean", "config: {needed: x, flag: 1}", "test:flag is 1: want type boolean"},
		{"string", "config: {needed: 1}", "test:needed is 1: want type string"},
		{"array", "config: {needed: x, list: {a: b}}", `test:list is {"a":"b"}: want type array`},
		{"encrypted", "config: {needed: {secure: abc}}", "test:needed is encrypted"},
		{"noYAML", "config: [", "yaml"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := readSettings(files(t, test.stack))
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "stack.yaml") {
				t.Errorf("got %v, want the file and %q in it", err, test.want)
			}
		})
	}
	t.Run("noFile", func(t *testing.T) {
		_, err := readSettings(t.TempDir(), "stack.yaml")
		if err == nil || !strings.Contains(err.Error(), "Pulumi.yaml") {
			t.Errorf("got %v, want the file in it", err)
		}
	})
}

// files writes a project with a stack.
func files(t *testing.T, stack string) (dir, stackFile string) {
	t.Helper()
	dir = t.TempDir()
	write(t, filepath.Join(dir, "Pulumi.yaml"), declarations)
	stackFile = filepath.Join(dir, "stack.yaml")
	write(t, stackFile, stack)
	return dir, stackFile
}

func TestNewCloudErrors(t *testing.T) {
	tests := []struct {
		name   string
		config map[string]string
		want   string
	}{
		{"noRegion", nil, "aws:region is not set"},
		{"namingMode", map[string]string{"aws:region": "eu-west-1", "pulumi:autonaming": `{"mode":"verbatim"}`}, "pulumi:autonaming"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := newCloud(settings{project: "test", config: test.config}, "dev")
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q in it", err, test.want)
			}
		})
	}
}
