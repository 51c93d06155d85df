package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// event is a line of go test -json.
type event struct {
	Action, Test, Key, Value, Output string
	Elapsed                          float64 // seconds
}

// runConformance runs the cases of test/conformance against the system, and adds a row for
// each.
func (v *verifier) runConformance(ctx context.Context) {
	const name = "conformance/all"
	if !v.only.MatchString(name) {
		return
	}
	began := time.Now()
	v.printf("      running the cases of test/conformance: a minute, or eleven minutes with -slow")
	cases, err := v.runCases(ctx)
	for _, r := range cases.rows(v.oneDomain()) {
		v.add(r, cases.took[r.id])
	}
	if err != nil {
		v.add(row{id: name, description: "the cases of test/conformance", outcome: unchecked, seen: err.Error()}, time.Since(began))
	}
}

// runCases runs the cases and returns their results. It returns an error if they could not run.
func (v *verifier) runCases(ctx context.Context) (*cases, error) {
	c := &cases{values: map[string]map[string]string{}, took: map[string]time.Duration{}}
	keys, err := v.keys(ctx)
	if err != nil {
		return c, err
	}
	outputs, err := json.Marshal(v.outputs)
	if err != nil {
		return c, err
	}
	file, err := v.writeFile("outputs.json", string(outputs))
	if err != nil {
		return c, err
	}
	// Few cases at a time: the connections of one user and the throttles are limited.
	args := []string{"test", "-json", "-count=1", "-parallel=4", "-timeout=60m", "-run=^TestBehaviour$", "./test/conformance", "-target=stack", "-outputs", file}
	if v.slow {
		args = append(args, "-slow")
	}
	cmd := exec.CommandContext(ctx, "go", args...) //nolint:gosec // the arguments are ours
	cmd.Env = slices.Concat(v.environ, keys, []string{"SALLYPORT_TOKEN=" + v.firstUser.token})
	cmd.WaitDelay = 10 * time.Second
	out, err := cmd.StdoutPipe()
	if err != nil {
		return c, err
	}
	if err := cmd.Start(); err != nil {
		return c, err
	}
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		c.read(lines.Text())
	}
	if err = cmd.Wait(); err == nil && len(c.order) == 0 {
		err = errors.New("no case ran")
	}
	if err != nil && !c.failed {
		return c, fmt.Errorf("go test: %w: %s", err, strings.Join(c.output, ""))
	}
	return c, nil
}

// keys returns the environment variables with the AWS keys with which the cases sign requests.
func (v *verifier) keys(ctx context.Context) ([]string, error) {
	if variable(v.environ, "AWS_ACCESS_KEY_ID") != "" {
		return nil, nil
	}
	var found []string
	if v.local { // version 1 of the AWS CLI cannot export keys
		for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"} {
			out, err := v.runProgram(ctx, "aws", "configure", "get", strings.ToLower(name))
			if err != nil {
				return nil, cannotCheck("the local run has no credentials: %v", err)
			}
			found = append(found, name+"="+strings.TrimSpace(out))
		}
		return found, nil
	}
	out, err := v.runProgram(ctx, "aws", "configure", "export-credentials", "--format", "process")
	var key struct {
		ID      string `json:"AccessKeyId"`
		Secret  string `json:"SecretAccessKey"`
		Session string `json:"SessionToken"`
	}
	if err != nil || decode(out, &key) != nil {
		return nil, cannotCheck("the cases sign requests, and the AWS CLI does not export its keys (version 2.9 or later does): set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or use -conformance=false")
	}
	for name, value := range map[string]string{"AWS_ACCESS_KEY_ID": key.ID, "AWS_SECRET_ACCESS_KEY": key.Secret, "AWS_SESSION_TOKEN": key.Session} {
		if value != "" {
			found = append(found, name+"="+value)
			v.secrets = append(v.secrets, value)
		}
	}
	return found, nil
}

// cases are the results of go test -json.
type cases struct {
	order  []string                     // names, SUBJECT/CASE
	values map[string]map[string]string // attributes by name
	took   map[string]time.Duration
	failed bool
	output []string // the last ten lines of output without a case
}

// read reads a line of go test -json.
func (c *cases) read(line string) {
	var e event
	if json.Unmarshal([]byte(line), &e) != nil {
		e.Output = line + "\n"
	}
	name, ok := strings.CutPrefix(e.Test, "TestBehaviour/all/")
	if ok && e.Elapsed > 0 {
		c.took["conformance/"+name] = time.Duration(e.Elapsed * float64(time.Second))
	}
	switch {
	case e.Action == "fail":
		c.failed = c.failed || ok
	case e.Action == "attr" && ok:
		if c.values[name] == nil {
			c.values[name] = map[string]string{}
			c.order = append(c.order, name)
		}
		c.values[name][e.Key] = e.Value
	case e.Output != "" && (!ok || e.Action == "build-output"):
		if c.output = append(c.output, e.Output); len(c.output) > 10 {
			c.output = c.output[1:]
		}
	}
}

// rows returns a row for each case. CloudFront is in front of a stack with one domain: the
// results of handshakes, frames and other paths of the HTTP API, which belong to the site, say
// nothing about API Gateway then, and are recorded.
func (c *cases) rows(oneDomain bool) []row {
	var all []row
	for _, name := range c.order {
		a := c.values[name]
		r := row{id: "conformance/" + name, description: a["description"], section: a["section"] + " " + strings.ReplaceAll(a["mark"], ",", ""), want: a["want"], seen: a["got"]}
		strict := strings.Contains(a["mark"], "doc") || strings.Contains(a["mark"], "observed")
		subject, _, _ := strings.Cut(name, "/")
		behindSite := oneDomain && strings.Contains(" handshake subprotocol frame httpRefusal ", " "+subject+" ")
		reason, skipped := strings.CutPrefix(r.seen, "not applicable: ")
		switch {
		case skipped && strings.HasPrefix(reason, "it needs"): // an API of its own, or the local sign-in
			continue
		case skipped:
			r.outcome, r.seen = notApplicable, reason
		case a["got"] == "": // the case ended before it had a result
			r.outcome, r.seen = differs, "the case failed: see go test -run 'TestBehaviour/all/"+name+"$' ./test/conformance"
		case r.seen == r.want && a["mark"] != "unknown":
			r.outcome = expected
		case r.seen == r.want:
			r.outcome, r.seen = recorded, r.seen+" (so does the local run)"
		case strict && !behindSite:
			r.outcome = differs
		default:
			r.outcome, r.seen = recorded, fmt.Sprintf("%s (the local run: %s)", r.seen, r.want)
		}
		all = append(all, r)
	}
	return all
}
