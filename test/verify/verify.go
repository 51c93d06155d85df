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

	outputs         map[string]string // the outputs of the stack
	settings        map[string]string // by name; nil on the local run
	changed         []string          // the settings that are not the defaults
	facts           []string          // about the run, for the report
	serviceEndpoint string            // of AWS's services; empty: AWS's own
	folder          string            // a folder that only this user can read
	http            *http.Client
	secrets         []string // texts that the report must not contain

	firstUser, secondUser account        // secondUser.token is empty if there is only one user
	created               []createdThing // in the order of creation
	rows                  []row
	notDeleted            []string // things that could not be deleted
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
	if v.folder, err = os.MkdirTemp("", "verify"); err != nil {
		v.printf("verify: %v", err)
		return 2
	}
	defer func() { _ = os.RemoveAll(v.folder) }()
	v.http = v.newClient()
	defer v.http.CloseIdleConnections()
	if err := v.readSystem(ctx); err != nil {
		v.printf("verify: %s", v.scrub(err.Error()))
		return 2
	}
	defer v.cleanUp(ctx) // after a panic
	err = v.verify(ctx)
	v.cleanUp(ctx)
	if err != nil {
		v.printf("verify: %s", v.scrub(err.Error()))
	}
	file := v.reportFile(began.UTC().Format(time.DateOnly))
	if written := v.writeReport(file, began, err); written != nil {
		v.printf("verify: %v", written)
		return 2
	}
	v.printf("%s in %v: %s", v.counts(), time.Since(began).Round(time.Second), file)
	return v.exitCode(err)
}

// verify creates the users and runs all checks. It returns an error if it did not finish.
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

// exitCode returns the exit code of a run that ended with err.
func (v *verifier) exitCode(err error) int {
	code := 0
	if err != nil || len(v.notDeleted) > 0 {
		code = 2
	}
	for _, r := range v.rows {
		switch r.outcome {
		case differs:
			return 1
		case unchecked:
			code = 2
		case expected, recorded, notApplicable:
		}
	}
	return code
}

// counts returns the number of rows with each outcome, as a text.
func (v *verifier) counts() string {
	n := map[outcome]int{}
	for _, r := range v.rows {
		n[r.outcome]++
	}
	return fmt.Sprintf("%d as expected, %d differ, %d not checked, %d recorded, %d not applicable",
		n[expected], n[differs], n[unchecked], n[recorded], n[notApplicable])
}

func (v *verifier) printf(format string, args ...any) { fmt.Fprintf(v.stdout, format+"\n", args...) }

// createdThing is something that the run has created.
type createdThing struct {
	name   string
	remedy string // the command that deletes it by hand
	remove func(ctx context.Context) error
}

// cleanUp deletes everything that the run has created, in the reverse order. It also works after
// an interruption.
func (v *verifier) cleanUp(ctx context.Context) {
	ctx = context.WithoutCancel(ctx)
	for i := len(v.created) - 1; i >= 0; i-- {
		t := v.created[i]
		if err := t.remove(ctx); err != nil {
			v.notDeleted = append(v.notDeleted, v.scrub(fmt.Sprintf("%s: %v. Remedy: %s", t.name, err, t.remedy)))
			v.printf("cannot delete %s: %s\n      delete it yourself: %s", t.name, v.scrub(err.Error()), t.remedy)
			continue
		}
		v.printf("      deleted %s", t.name)
	}
	v.created = nil
}

// decode decodes the JSON text into the value at to.
func decode(text string, to any) error {
	if err := json.NewDecoder(strings.NewReader(text)).Decode(to); err != nil {
		return fmt.Errorf("read %.200q: %w", text, err)
	}
	return nil
}
