package plan

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var sample = Plan{
	Version: Version, Project: "p", Stack: "s",
	Resources: []Resource{
		{Type: "a:b:C", Name: "one", Parent: "x", ID: "1", Inputs: map[string]any{"name": "in", "count": 2.0}, Outputs: map[string]any{"name": "out"}},
		{Type: "a:b:C", Name: "one", Parent: "y", After: []string{"a:b:C two"}},
		{Type: "a:b:C", Name: "two"},
		{Type: "a:b:D", Name: "one"},
	},
	Outputs: map[string]any{"url": "https://x.example/?a=b&c"},
}

func TestWriteAndRead(t *testing.T) {
	shuffled := sample
	shuffled.Resources = slices.Clone(sample.Resources)
	slices.Reverse(shuffled.Resources)
	var sorted, again bytes.Buffer
	for out, p := range map[*bytes.Buffer]Plan{&sorted: sample, &again: shuffled} {
		if err := p.Write(out); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(again.String(), sorted.String()); diff != "" {
		t.Errorf("the order of the resources changes the text (-shuffled +sorted):\n%s", diff)
	}
	if !strings.Contains(sorted.String(), "a=b&c") {
		t.Errorf("got %s, want addresses without escapes", &sorted)
	}
	got, err := Read(&sorted)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got, sample); diff != "" {
		t.Errorf("-got +want:\n%s", diff)
	}
}

func TestReadErrors(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"noJSON":       {"nonsense", "read plan: invalid character"},
		"empty":        {"", "read plan: EOF"},
		"otherVersion": {`{"version": 99}`, "version 99, this program reads version 1: renew it with make plan"},
		"noVersion":    {`{}`, "version 0"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Read(strings.NewReader(test.text))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q in it", err, test.want)
			}
		})
	}
}

func TestAttributes(t *testing.T) {
	r := sample.Resources[0]
	if got := r.Text("name"); got != "out" {
		t.Errorf("got %q, want the computed value", got)
	}
	if got := r.Get("count"); got != 2.0 {
		t.Errorf("got %v, want the declared value", got)
	}
	if got := r.Text("count"); got != "" {
		t.Errorf("got %q for a number, want an empty text", got)
	}
	if got := r.Get("other"); got != nil {
		t.Errorf("got %v, want nil", got)
	}
	if got := len(sample.OfType("a:b:C")); got != 3 {
		t.Errorf("got %d resources of the type, want 3", got)
	}
}

func FuzzRead(f *testing.F) {
	committed, err := os.ReadFile("../../local/plan.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(committed)
	f.Add([]byte(`{"version": 1, "resources": [{"inputs": {"a": [null]}}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := Read(bytes.NewReader(data))
		if err != nil {
			return
		}
		var b bytes.Buffer
		if err := p.Write(&b); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(&b); err != nil {
			t.Errorf("cannot read the written plan: %v", err)
		}
	})
}
