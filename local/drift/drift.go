// Package drift compares the routes of a plan with the routes of the function's source code.
package drift

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os/exec"
	"slices"

	"sallyport/local/stack"
)

// Routes are the routes in the function's source code, as printed by the command
// local/routes.
type Routes struct {
	Routes    []Route `json:"routes"`
	Endpoints []struct {
		Method, Path string
		Session      bool // exists only with the setting sessionCookie
	}
}

// Route is a route of the WebSocket API.
type Route struct {
	Key     string
	Replies bool
	Mock    string
}

// ReadRoutes reads the routes from the source code. root is the project's folder.
func ReadRoutes(ctx context.Context, root string) (Routes, error) {
	cmd := exec.CommandContext(ctx, "go", "run", "-buildvcs=false", "./local/routes")
	cmd.Dir = root
	var problems bytes.Buffer
	cmd.Stderr = &problems
	out, err := cmd.Output()
	if err != nil {
		return Routes{}, fmt.Errorf("read the function's routes: %w: %s", err, bytes.TrimSpace(problems.Bytes()))
	}
	var r Routes
	if err := json.Unmarshal(out, &r); err != nil {
		return Routes{}, fmt.Errorf("read the function's routes: %w", err)
	}
	return r, nil
}

// Compare returns the differences between the routes of a plan and those of the function.
func Compare(p stack.Stack, source Routes) []string {
	want := map[string]Route{}
	for _, r := range source.Routes {
		want[r.Key] = r
	}
	have := map[string]Route{}
	for key, r := range p.API.Routes {
		have[key] = Route{Key: key, Replies: r.Replies, Mock: r.Mock}
	}
	if p.HTTP != nil { // a stack without tickets has no HTTP API
		for _, e := range source.Endpoints {
			if !e.Session || p.Function.Environment["SESSION_COOKIE"] == "true" {
				want[e.Method+" "+e.Path] = Route{}
			}
		}
		for key := range p.HTTP.Routes {
			have[key] = Route{}
		}
	}
	var differences []string
	for _, key := range slices.Sorted(maps.Keys(want)) {
		w := want[key]
		switch h, planned := have[key]; {
		case !planned:
			differences = append(differences, fmt.Sprintf("the function has the route %s, but the plan does not", key))
		case w.Mock != h.Mock:
			differences = append(differences, fmt.Sprintf("the answer of API Gateway for the route %s is %q in the source, but %q in the plan", key, w.Mock, h.Mock))
		case w.Replies != h.Replies:
			differences = append(differences, fmt.Sprintf("the route %s replies to the client: %t in the source, but %t in the plan", key, w.Replies, h.Replies))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(have)) {
		if _, known := want[key]; !known {
			differences = append(differences, fmt.Sprintf("the plan has the route %s, but the function does not", key))
		}
	}
	return differences
}
