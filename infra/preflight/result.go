package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode"
)

// status is the status of a check.
type status string

const (
	statusOK      status = "ok"
	statusWarning status = "warning" // pulumi up works, but clients would be refused later, for example under load
	statusChange  status = "change"  // something must be changed before pulumi up
	statusUnknown status = "unknown" // the check could not read the value
)

// result is the result of a check.
type result struct {
	Check  string `json:"check"`
	Status status `json:"status"`
	Seen   string `json:"seen"`
	Want   string `json:"want,omitempty"`
	Remedy string `json:"remedy,omitempty"` // advice if the status is ok
}

func ok(seen, want string) result              { return result{Status: statusOK, Seen: seen, Want: want} }
func warning(seen, want, remedy string) result { return result{"", statusWarning, seen, want, remedy} }
func change(seen, want, remedy string) result  { return result{"", statusChange, seen, want, remedy} }
func unknown(seen, want, remedy string) result { return result{"", statusUnknown, seen, want, remedy} }

// advise returns r with advice.
func (r result) advise(note string) result {
	r.Remedy = note
	return r
}

// String returns the result as one line.
func (r result) String() string {
	text := r.Check + ": " + r.Seen
	if r.Want != "" {
		text += "; want " + r.Want
	}
	switch {
	case r.Remedy != "" && r.Status == statusOK:
		text += ". Note: " + r.Remedy
	case r.Remedy != "":
		text += ". To do: " + r.Remedy
	}
	text = strings.Map(func(c rune) rune { // a DNS server or an issuer must not control the terminal
		if !unicode.IsPrint(c) {
			return unicode.ReplacementChar
		}
		return c
	}, strings.Join(strings.Fields(text), " "))
	return fmt.Sprintf("%-8s %s", r.Status, text)
}

// printer prints results. The methods are not safe for concurrent use.
type printer struct {
	out, progressOut io.Writer
	json             bool
	all              []result
}

func newPrinter(out, progress io.Writer, asJSON bool) *printer {
	return &printer{out: out, progressOut: progress, json: asJSON, all: []result{}}
}

// print prints a result, unless the output is JSON.
func (p *printer) print(r result) error {
	p.all = append(p.all, r)
	if p.json {
		return nil
	}
	_, err := fmt.Fprintln(p.out, r)
	return err
}

// progress prints the names of the checks that still run.
func (p *printer) progress(running string) {
	_, _ = fmt.Fprintf(p.progressOut, "         still checking: %s\n", running)
}

// judge returns the exit code and the first words of the summary.
func judge(all []result, count map[status]int) (code int, verdict string) {
	for _, r := range all {
		if r.Check == credentialsCheck && r.Status == statusUnknown {
			code, verdict = couldNotRun, "could not check the account"
		}
	}
	switch {
	case count[statusChange] > 0:
		return mustChange, `not ready (correct the first line with "change", and run make preflight again)`
	case code == couldNotRun:
		return code, verdict
	case count[statusUnknown] > 0:
		return ready, "nothing to change, but not everything was checked"
	}
	return ready, "ready for pulumi up"
}

// end prints the summary and returns the exit code.
func (p *printer) end(stack string) (int, error) {
	count := map[status]int{}
	for _, r := range p.all {
		count[r.Status]++
	}
	code, verdict := judge(p.all, count)
	if p.json {
		text, err := json.MarshalIndent(map[string]any{"stack": stack, "ready": code == ready, "checks": p.all}, "", "  ")
		if err == nil {
			_, err = fmt.Fprintf(p.out, "%s\n", text)
		}
		if err != nil {
			return couldNotRun, fmt.Errorf("print the results: %w", err)
		}
		return code, nil
	}
	_, err := fmt.Fprintf(p.out, "\n%s: %d ok, %d warnings, %d to change, %d unknown\n",
		verdict, count[statusOK], count[statusWarning], count[statusChange], count[statusUnknown])
	if err != nil {
		return couldNotRun, fmt.Errorf("print the results: %w", err)
	}
	return code, nil
}
