// Package plan holds what a Pulumi program declares, as data: every resource
// with its type, name, inputs and the outputs that AWS would compute.
//
// A plan is made by package monitor, committed as JSON, reviewed as a diff and
// read by the local run, which thereby needs no Pulumi SDK.
package plan

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
)

// Version is the version of the JSON form. A reader refuses every other one.
const Version = 1

// Plan is what a program declares for one stack.
type Plan struct {
	Version   int            `json:"version"`
	Project   string         `json:"project"`
	Stack     string         `json:"stack"`
	Resources []Resource     `json:"resources"`
	Outputs   map[string]any `json:"outputs"`
}

// Resource is one declared resource, or a component that groups some.
//
// In Inputs, a file stands as {"file": "path"} and an archive as
// {"archive": "path"}, with the path relative to the project. A secret stands
// as {"secret": true}, without its value.
type Resource struct {
	Type   string `json:"type"`
	Name   string `json:"name"`
	Parent string `json:"parent,omitempty"` // name of the component it belongs to
	ID     string `json:"id,omitempty"`     // empty for a component
	// After names what must exist before it although its inputs do not
	// mention it, as "type name", sorted.
	After []string `json:"after,omitempty"`
	// Formerly is what a component was called before it was renamed, as "type
	// name" or one of the two. Under it the engine finds the component again,
	// and all that belongs to it.
	Formerly []string `json:"formerly,omitempty"`
	// Stays tells that it is kept when the stack is destroyed.
	Stays bool `json:"stays,omitempty"`
	// Protected is whether the engine refuses to delete or replace it. Then the
	// engine also refuses to destroy the stack, before it deletes anything.
	Protected bool `json:"protected,omitempty"`
	// Ignores lists the inputs whose changes the engine ignores.
	Ignores []string       `json:"ignores,omitempty"`
	Inputs  map[string]any `json:"inputs,omitempty"`
	Outputs map[string]any `json:"outputs,omitempty"` // computed by AWS, beyond the inputs
}

// Get returns the attribute key: what AWS computes, else what was declared,
// else nil.
func (r Resource) Get(key string) any {
	if v, ok := r.Outputs[key]; ok {
		return v
	}
	return r.Inputs[key]
}

// Text returns the attribute key if it is a string, else "".
func (r Resource) Text(key string) string {
	s, _ := r.Get(key).(string)
	return s
}

// OfType returns the resources of a Pulumi type such as
// "aws:apigatewayv2/route:Route", by name.
func (p Plan) OfType(typ string) []Resource {
	var rs []Resource
	for _, r := range p.Resources {
		if r.Type == typ {
			rs = append(rs, r)
		}
	}
	return rs
}

// Read reads a plan's JSON form.
func Read(r io.Reader) (Plan, error) {
	var p Plan
	if err := json.NewDecoder(r).Decode(&p); err != nil {
		return Plan{}, fmt.Errorf("read plan: %w", err)
	}
	if p.Version != Version {
		return Plan{}, fmt.Errorf("read plan: it has version %d, this program reads version %d: renew it with make plan", p.Version, Version)
	}
	return p, nil
}

// Write writes the JSON form, sorted by type, name and parent.
func (p Plan) Write(w io.Writer) error {
	p.Version = Version
	p.Resources = slices.SortedFunc(slices.Values(p.Resources), func(a, b Resource) int {
		return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Parent, b.Parent))
	})
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(p); err != nil {
		return fmt.Errorf("write plan: %w", err)
	}
	return nil
}
