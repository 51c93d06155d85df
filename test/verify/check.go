package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// check is one behaviour of the system.
type check struct {
	area, name  string // unique together
	description string // for the report
	// section lists the sections of docs/api-gateway.md that the check speaks to, and the
	// marks of their facts, such as "1.3 doc". Empty: the check is about this project.
	section string
	want    string // empty: a measurement
	// skip returns the reason for which the system cannot have the behaviour, or "".
	skip func(v *verifier) string
	do   func(ctx context.Context, v *verifier) (seen string, err error)
	// lasts is the time that the check takes in addition to its steps.
	lasts time.Duration
}

func (c check) id() string { return c.area + "/" + c.name }

// outcome is the result of a check.
type outcome string

const (
	expected  outcome = "as expected"
	differs   outcome = "differs"
	recorded  outcome = "recorded"
	unchecked outcome = "not checked" // the program could not check it
	absent    outcome = "not here"    // the system cannot have it
)

// row is a line of the report.
type row struct {
	id, description, section string
	want, seen               string
	outcome                  outcome
}

// cannotError is the reason for which a check could not be done. It says nothing about the
// system.
type cannotError struct{ reason string }

func (e *cannotError) Error() string { return e.reason }

func cannot(format string, args ...any) error { return &cannotError{fmt.Sprintf(format, args...)} }

// runCheck runs a check and returns its row.
func (v *verifier) runCheck(ctx context.Context, c check) row {
	r := row{id: c.id(), description: c.description, section: c.section, want: c.want}
	if c.skip != nil {
		if reason := c.skip(v); reason != "" {
			r.outcome, r.seen = absent, reason
			return r
		}
	}
	ctx, cancel := context.WithTimeout(ctx, 4*v.patience+c.lasts)
	defer cancel()
	seen, err := c.do(ctx, v)
	var impossible *cannotError
	switch {
	case errors.As(err, &impossible):
		r.outcome, r.seen = unchecked, impossible.reason
	case err != nil && c.want == "":
		r.outcome, r.seen = recorded, "error: "+err.Error()
	case err != nil:
		r.outcome, r.seen = differs, "error: "+err.Error()
	case c.want == "":
		r.outcome, r.seen = recorded, seen
	case seen == c.want:
		r.outcome, r.seen = expected, seen
	default:
		r.outcome, r.seen = differs, seen
	}
	return r
}

// runChecks runs all checks that -only selects, and prints a line about each.
func (v *verifier) runChecks(ctx context.Context) {
	for _, c := range checks() {
		if ctx.Err() != nil || !v.only.MatchString(c.id()) {
			continue
		}
		began := time.Now()
		r := v.runCheck(ctx, c)
		if ctx.Err() != nil { // the result is that of the interruption
			return
		}
		v.add(r, time.Since(began))
	}
}

// add adds a row to the report and prints it. A check that is not here is not printed.
func (v *verifier) add(r row, took time.Duration) {
	r.want, r.seen, r.description = v.scrub(r.want), v.scrub(r.seen), v.scrub(r.description)
	v.rows = append(v.rows, r)
	switch r.outcome {
	case expected:
		v.say("ok    %-40s %4.1f s", r.id, took.Seconds())
	case recorded:
		v.say("note  %-40s %s", r.id, cell(r.seen))
	case differs:
		v.say("DIFF  %-40s got %s, want %s", r.id, cell(r.seen), cell(r.want))
	case unchecked:
		v.say("?     %-40s not checked: %s", r.id, cell(r.seen))
	case absent:
	}
}

// checks returns all checks, in their order.
func checks() []check {
	var all []check
	for _, area := range []func() []check{
		signInChecks, ticketChecks, socketChecks, refusalChecks, pushChecks, disconnectChecks, channelChecks,
		siteChecks, operationChecks, strangerChecks, measurements,
	} {
		all = append(all, area()...)
	}
	return all
}

// The reasons for which a system lacks a behaviour.

func onAWS(v *verifier) string {
	if v.local {
		return "not on the local run"
	}
	return ""
}

func onLocalRun(v *verifier) string {
	if !v.local {
		return "only the local sign-in issues such a token"
	}
	return ""
}

func withTickets(v *verifier) string {
	if v.out["httpUrl"] == "" {
		return "the setting tickets is off"
	}
	return ""
}

func withBearer(v *verifier) string {
	if v.setting("tokenInSubprotocol") == "false" {
		return "the setting tokenInSubprotocol is off"
	}
	return ""
}

func withSecondUser(v *verifier) string {
	if v.bob.token == "" {
		return "there is no second user: set SALLYPORT_SECOND_TOKEN"
	}
	return ""
}

func withQueue(v *verifier) string {
	if v.out["channelTableName"] == "" {
		return "the app has no channels"
	}
	return ""
}

// all returns the first reason of several conditions.
func all(conditions ...func(v *verifier) string) func(v *verifier) string {
	return func(v *verifier) string {
		for _, c := range conditions {
			if reason := c(v); reason != "" {
				return reason
			}
		}
		return ""
	}
}
