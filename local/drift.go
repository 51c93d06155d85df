package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os/exec"
	"slices"
	"strings"
)

// sourceRoutes are the routes that the Lambda's source declares, as command
// routes prints them.
type sourceRoutes struct {
	Routes    []sourceRoute `json:"routes"`
	Endpoints []struct{ Method, Path string }
}

type sourceRoute struct {
	Key     string
	Replies bool
	Mock    string
}

// readSourceRoutes reads them from the source in the project's folder root.
func readSourceRoutes(ctx context.Context, root string) (sourceRoutes, error) {
	cmd := exec.CommandContext(ctx, "go", "run", "-buildvcs=false", "./local/routes")
	cmd.Dir = root
	var problems bytes.Buffer
	cmd.Stderr = &problems
	out, err := cmd.Output()
	if err != nil {
		return sourceRoutes{}, fmt.Errorf("read the Lambda's routes: %w: %s", err, bytes.TrimSpace(problems.Bytes()))
	}
	var r sourceRoutes
	if err := json.Unmarshal(out, &r); err != nil {
		return sourceRoutes{}, fmt.Errorf("read the Lambda's routes: %w", err)
	}
	return r, nil
}

// tellDrift says how the plan that runs differs from the Lambda's source, for
// nothing else tells: a message to a route that the plan lacks goes to $default.
func (s *system) tellDrift(ctx context.Context, root string) {
	source, err := readSourceRoutes(ctx, root)
	switch differences := drift(s.stack, source); {
	case ctx.Err() != nil: // ending
	case err != nil:
		s.progress.say(err.Error())
	case len(differences) > 0:
		s.progress.say("the plan " + s.settings.plan + " does not fit the Lambda:\n         " + strings.Join(differences, "\n         ") +
			"\n         renew it with make plan, then start anew")
	}
}

// drift returns how the routes of a plan differ from the Lambda's.
func drift(p stack, source sourceRoutes) []string {
	want := map[string]sourceRoute{}
	for _, r := range source.Routes {
		want[r.Key] = r
	}
	have := map[string]sourceRoute{}
	for key, r := range p.api.Routes {
		have[key] = sourceRoute{Key: key, Replies: r.Replies, Mock: r.Mock}
	}
	if p.http != nil { // a stack may do without the HTTP API
		for _, e := range source.Endpoints {
			want[e.Method+" "+e.Path] = sourceRoute{}
		}
		for key := range p.http.Routes {
			have[key] = sourceRoute{}
		}
	}
	var differences []string
	for _, key := range slices.Sorted(maps.Keys(want)) {
		w := want[key]
		switch h, planned := have[key]; {
		case !planned:
			differences = append(differences, fmt.Sprintf("the Lambda has the route %s, the plan lacks it", key))
		case w.Mock != h.Mock:
			differences = append(differences, fmt.Sprintf("API Gateway answers the route %s by itself with %q in the source, with %q in the plan", key, w.Mock, h.Mock))
		case w.Replies != h.Replies:
			differences = append(differences, fmt.Sprintf("the route %s answers the sender: %t in the source, %t in the plan", key, w.Replies, h.Replies))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(have)) {
		if _, known := want[key]; !known {
			differences = append(differences, fmt.Sprintf("the plan has the route %s, the Lambda lacks it", key))
		}
	}
	return differences
}
