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
	// section lists the sections of docs/api-gateway.md with the facts that the check observes,
	// and the marks of these facts, such as "1.3 doc". Empty: the check is about this project.
	section string
	want    string // empty: a measurement
	// skip returns the reason why the check does not apply to the system, or "".
	skip func(v *verifier) string
	run  func(ctx context.Context, v *verifier) (seen string, err error)
	// duration is the time that the check takes in addition to its steps.
	duration time.Duration
}

func (c check) id() string { return c.area + "/" + c.name }

// outcome is the result of a check.
type outcome string

const (
	expected      outcome = "as expected"
	differs       outcome = "differs"
	recorded      outcome = "recorded"
	unchecked     outcome = "not checked"    // the program could not check it
	notApplicable outcome = "not applicable" // the check does not apply to the system
)

// row is a line of the report.
type row struct {
	id, description, section string
	want, seen               string
	outcome                  outcome
}

// cannotCheckError is the reason why the program could not do a check. It is not an observation of
// the system.
type cannotCheckError struct{ reason string }

func (e *cannotCheckError) Error() string { return e.reason }

func cannotCheck(format string, args ...any) error {
	return &cannotCheckError{fmt.Sprintf(format, args...)}
}

// runCheck runs a check and returns its row.
func (v *verifier) runCheck(ctx context.Context, c check) row {
	r := row{id: c.id(), description: c.description, section: c.section, want: c.want}
	if c.skip != nil {
		if reason := c.skip(v); reason != "" {
			r.outcome, r.seen = notApplicable, reason
			return r
		}
	}
	ctx, cancel := context.WithTimeout(ctx, 4*v.timeout+c.duration)
	defer cancel()
	seen, err := c.run(ctx, v)
	var cannotCheckErr *cannotCheckError
	switch {
	case errors.As(err, &cannotCheckErr):
		r.outcome, r.seen = unchecked, cannotCheckErr.reason
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
		if ctx.Err() != nil { // the result is an effect of the interruption
			return
		}
		v.add(r, time.Since(began))
	}
}

// add adds a row to the report and prints it. It does not print a check that does not apply.
func (v *verifier) add(r row, took time.Duration) {
	r.want, r.seen, r.description = v.scrub(r.want), v.scrub(r.seen), v.scrub(r.description)
	v.rows = append(v.rows, r)
	switch r.outcome {
	case expected:
		v.printf("ok    %-40s %4.1f s", r.id, took.Seconds())
	case recorded:
		v.printf("note  %-40s %s", r.id, line(r.seen))
	case differs:
		v.printf("DIFF  %-40s got %s, want %s", r.id, line(r.seen), line(r.want))
	case unchecked:
		v.printf("?     %-40s not checked: %s", r.id, line(r.seen))
	case notApplicable:
	}
}

// checks returns all checks, in their order.
func checks() []check {
	var all []check
	for _, area := range []func() []check{
		signInChecks, ticketChecks, socketChecks, refusalChecks, sessionChecks, pushChecks, disconnectChecks, channelChecks,
		siteChecks, operationChecks, firewallChecks, unsignedChecks, measurements,
	} {
		all = append(all, area()...)
	}
	return all
}

// The following functions are conditions for check.skip: they return "", or the reason why a
// check does not apply.

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
	if v.outputs["httpUrl"] == "" {
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
	if v.secondUser.token == "" {
		return "there is no second user: set SALLYPORT_SECOND_TOKEN"
	}
	return ""
}

func withChannels(v *verifier) string {
	if v.outputs["channelTableName"] == "" {
		return "the app has no channels"
	}
	return ""
}

// all returns a condition that returns the first reason of several conditions.
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
