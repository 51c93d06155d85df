// Package plan describes the resources that a Pulumi program declares: type, name,
// inputs, and the outputs that AWS would compute.
//
// Package monitor creates a plan from a program. The plan is committed as JSON and
// reviewed as a diff. The local run reads it, so that it needs no Pulumi SDK.
package plan

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
)

// Version is the version of the JSON form. Read refuses every other version.
const Version = 1

// Plan contains everything that a program declares for one stack.
type Plan struct {
	Version   int            `json:"version"`
	Project   string         `json:"project"`
	Stack     string         `json:"stack"`
	Resources []Resource     `json:"resources"`
	Outputs   map[string]any `json:"outputs"`
}

// Resource is one declared resource, or a component that groups resources.
//
// In Inputs, a file is {"file": "path"} and an archive is {"archive": "path"}, with the
// path relative to the project. A secret is {"secret": true}, without its value.
type Resource struct {
	Type   string `json:"type"`
	Name   string `json:"name"`
	Parent string `json:"parent,omitempty"` // name of the component that contains it
	ID     string `json:"id,omitempty"`     // empty for a component
	// Provider is the name of the explicit provider that creates the resource. "" is the default
	// provider, which has the region of the stack.
	Provider string `json:"provider,omitempty"`
	// After lists the explicit dependencies that the inputs do not show, as "type
	// name", sorted.
	After []string `json:"after,omitempty"`
	// Stays means that the engine keeps the resource when the stack is destroyed.
	Stays bool `json:"stays,omitempty"`
	// Protected means that the engine refuses to delete or replace the resource. The
	// engine then also refuses to destroy the stack, before it deletes anything.
	Protected bool `json:"protected,omitempty"`
	// Ignores lists the inputs whose changes the engine ignores.
	Ignores []string `json:"ignores,omitempty"`
	// ReplacedBy lists the inputs for which the program sets ReplaceOnChanges. The provider also
	// replaces the resource after changes of other inputs.
	ReplacedBy []string `json:"replacedBy,omitempty"`
	// Secrets lists the outputs that the engine encrypts in addition to the outputs of secret
	// inputs.
	Secrets []string       `json:"secrets,omitempty"`
	Inputs  map[string]any `json:"inputs,omitempty"`
	Outputs map[string]any `json:"outputs,omitempty"` // computed by AWS, beyond the inputs
}

// Get returns the attribute key: the computed value, else the declared value, else
// nil.
func (r Resource) Get(key string) any {
	if v, ok := r.Outputs[key]; ok {
		return v
	}
	return r.Inputs[key]
}

// Text returns the attribute key if it is a string, or else "".
func (r Resource) Text(key string) string {
	s, _ := r.Get(key).(string)
	return s
}

// OfType returns the resources of a Pulumi type such as TypeRoute, in the order of the
// plan.
func (p Plan) OfType(typ string) []Resource {
	var rs []Resource
	for _, r := range p.Resources {
		if r.Type == typ {
			rs = append(rs, r)
		}
	}
	return rs
}

// Read reads the JSON form of a plan. It returns an error if the text is not JSON, or
// has another version.
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
