package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

// verifier verifies one system.
type verifier struct {
	options
	stdout io.Writer

	out             map[string]string // the outputs of the stack
	settings        map[string]string // by name; nil on the local run
	changed         []string          // the settings that are not the defaults
	facts           []string          // about the run, for the report
	serviceEndpoint string            // of AWS's services; empty: AWS's own
	work            string            // a folder that only this user can read
	http            *http.Client
	secrets         []string // texts that the report must not have

	ann, bob account // bob.token is empty if there is one user only
	made     []thing // in the order of creation
	rows     []row
	left     []string // things that could not be deleted
}

// run verifies a system and returns the exit code. It writes progress to stdout.
func run(ctx context.Context, args, environ []string, stdout io.Writer) int {
	o, err := parseOptions(args, environ, stdout)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		return 2
	}
	began := time.Now()
	v := &verifier{options: o, stdout: stdout}
	if v.work, err = os.MkdirTemp("", "verify"); err != nil {
		v.say("verify: %v", err)
		return 2
	}
	defer func() { _ = os.RemoveAll(v.work) }()
	v.http = v.newClient()
	defer v.http.CloseIdleConnections()
	if err := v.read(ctx); err != nil {
		v.say("verify: %s", v.scrub(err.Error()))
		return 2
	}
	defer v.cleanUp(ctx) // after a panic
	err = v.verify(ctx)
	v.cleanUp(ctx)
	if err != nil {
		v.say("verify: %s", v.scrub(err.Error()))
	}
	file := v.reportFile(began.UTC().Format(time.DateOnly))
	if written := v.write(file, began, err); written != nil {
		v.say("verify: %v", written)
		return 2
	}
	v.say("%s in %v: %s", v.counts(), time.Since(began).Round(time.Second), file)
	return v.code(err)
}

// verify creates the users and runs all checks. The error means that it did not finish.
func (v *verifier) verify(ctx context.Context) error {
	err := v.signIn(ctx)
	if err == nil {
		v.runChecks(ctx)
	}
	if err == nil && ctx.Err() == nil && v.conformance {
		v.runConformance(ctx)
	}
	if ctx.Err() != nil {
		return errors.New("the run was interrupted")
	}
	if err == nil && len(v.rows) == 0 {
		return fmt.Errorf("no check has a name that matches -only %q", v.only)
	}
	return err
}

// code returns the exit code of a run that ended with err.
func (v *verifier) code(err error) int {
	code := 0
	if err != nil || len(v.left) > 0 {
		code = 2
	}
	for _, r := range v.rows {
		switch r.outcome {
		case differs:
			return 1
		case unchecked:
			code = 2
		case expected, recorded, absent:
		}
	}
	return code
}

// counts returns the number of rows of each outcome, in words.
func (v *verifier) counts() string {
	n := map[outcome]int{}
	for _, r := range v.rows {
		n[r.outcome]++
	}
	return fmt.Sprintf("%d as expected, %d differ, %d not checked, %d recorded, %d not here",
		n[expected], n[differs], n[unchecked], n[recorded], n[absent])
}

func (v *verifier) say(format string, args ...any) { fmt.Fprintf(v.stdout, format+"\n", args...) }

// thing is something that the run has created.
type thing struct {
	name   string
	remedy string // deletes it by hand
	remove func(ctx context.Context) error
}

// cleanUp deletes everything that the run has created, the newest first. It also works after
// an interruption.
func (v *verifier) cleanUp(ctx context.Context) {
	ctx = context.WithoutCancel(ctx)
	for i := len(v.made) - 1; i >= 0; i-- {
		t := v.made[i]
		if err := t.remove(ctx); err != nil {
			v.left = append(v.left, v.scrub(fmt.Sprintf("%s: %v. Remedy: %s", t.name, err, t.remedy)))
			v.say("cannot delete %s: %s\n      delete it yourself: %s", t.name, v.scrub(err.Error()), t.remedy)
			continue
		}
		v.say("      deleted %s", t.name)
	}
	v.made = nil
}

// decode decodes the JSON text into the value at to.
func decode(text string, to any) error {
	if err := json.NewDecoder(strings.NewReader(text)).Decode(to); err != nil {
		return fmt.Errorf("read %.200q: %w", text, err)
	}
	return nil
}
