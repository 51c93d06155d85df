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

// sourceRoutes are the routes in the Lambda's source code, as printed by the command
// local/routes.
type sourceRoutes struct {
	Routes    []sourceRoute `json:"routes"`
	Endpoints []struct{ Method, Path string }
}

type sourceRoute struct {
	Key     string
	Replies bool
	Mock    string
}

// readSourceRoutes reads the routes from the source code. root is the project's folder.
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

// reportDrift prints the differences between the routes of the plan and those of the
// Lambda's source code. Without it nobody would notice them: API Gateway passes a
// message for a route that is not in the plan to $default.
func (s *system) reportDrift(ctx context.Context, root string) {
	source, err := readSourceRoutes(ctx, root)
	switch differences := drift(s.stack, source); {
	case ctx.Err() != nil: // the run is ending
	case err != nil:
		s.progress.say(err.Error())
	case len(differences) > 0:
		s.progress.say("the plan " + s.settings.plan + " differs from the Lambda:\n         " + strings.Join(differences, "\n         ") +
			"\n         run make plan, then start make run again")
	}
}

// drift returns the differences between the routes of a plan and those of the Lambda.
func drift(p stack, source sourceRoutes) []string {
	want := map[string]sourceRoute{}
	for _, r := range source.Routes {
		want[r.Key] = r
	}
	have := map[string]sourceRoute{}
	for key, r := range p.api.Routes {
		have[key] = sourceRoute{Key: key, Replies: r.Replies, Mock: r.Mock}
	}
	if p.http != nil { // a stack without tickets has no HTTP API
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
			differences = append(differences, fmt.Sprintf("the Lambda has the route %s, but the plan does not", key))
		case w.Mock != h.Mock:
			differences = append(differences, fmt.Sprintf("the answer of API Gateway for the route %s is %q in the source, but %q in the plan", key, w.Mock, h.Mock))
		case w.Replies != h.Replies:
			differences = append(differences, fmt.Sprintf("the route %s replies to the client: %t in the source, but %t in the plan", key, w.Replies, h.Replies))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(have)) {
		if _, known := want[key]; !known {
			differences = append(differences, fmt.Sprintf("the plan has the route %s, but the Lambda does not", key))
		}
	}
	return differences
}
