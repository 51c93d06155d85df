package function

import (
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

const (
	maxHeader   = 2 << 20     // the X-Ray cause of an error alone may take 1 MB
	maxResponse = 6<<20 + 100 // Lambda's limit of a response
	maxBody     = 64 << 20    // read of a larger one, so that the process sees the refusal

	apiPath   = "2018-06-01/runtime/"
	errorType = "Lambda-Runtime-Function-Error-Type"
	errorBody = "Lambda-Runtime-Function-Error-Body"
)

// serve answers one request after the other, until the process ends the
// connection or breaks the protocol: while it waits for an event it may send
// nothing else there.
func (e *environment) serve(l *runtimeConn) {
	for {
		r, err := l.receive()
		if err != nil || e.waits(l) || e.handle(l, r) != nil {
			return
		}
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return
		}
	}
}

// handle answers one request of the process. AWS_LAMBDA_RUNTIME_API is
// HOST:PORT/SECRET, and runtimes put it before every path. A program that knows only
// the port can neither take events nor answer them.
func (e *environment) handle(l *runtimeConn, r *http.Request) error {
	secret, path, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if r.Host != e.host || subtle.ConstantTimeCompare([]byte(secret), []byte(e.secret)) != 1 {
		return refuse(l, http.StatusForbidden, "Forbidden", "The Runtime API is for the function's own process: use AWS_LAMBDA_RUNTIME_API without changes")
	}
	if r.Header.Get("Origin") != "" || r.Header.Get("Sec-Fetch-Site") != "" {
		// A page that tries every port. It must not take an event away.
		return refuse(l, http.StatusForbidden, "Forbidden", "The Runtime API is not for browsers")
	}
	path, _ = strings.CutPrefix(path, apiPath)
	id, verb, _ := strings.Cut(strings.TrimPrefix(path, "invocation/"), "/")
	switch {
	case r.Method == http.MethodGet && path == "invocation/next":
		return e.serveNext(l)
	case r.Method == http.MethodPost && path == "init/error":
		return e.serveInitError(l, r)
	case r.Method == http.MethodPost && verb == "response":
		return e.serveResponse(l, r, id)
	case r.Method == http.MethodPost && verb == "error":
		return e.serveError(l, r, id)
	}
	return refuse(l, http.StatusNotFound, "NotFound", r.Method+" /"+path+" is not part of the Runtime API")
}

func (e *environment) serveNext(l *runtimeConn) error {
	inv, ok := e.ask(l)
	switch {
	case !ok:
		return refuse(l, http.StatusForbidden, "InvalidStateTransition", "The last event is not answered")
	case inv == nil:
		return nil // the holder of an event will send it
	}
	return e.sendEvent(l, inv)
}

func (e *environment) sendEvent(l *runtimeConn, inv *invocation) error {
	deadline := inv.began.Add(e.fn.cfg.Timeout).UnixMilli()
	return l.send(http.StatusOK, http.Header{
		"Content-Type":                        {"application/json"},
		"Lambda-Runtime-Aws-Request-Id":       {inv.id},
		"Lambda-Runtime-Deadline-Ms":          {strconv.FormatInt(deadline, 10)},
		"Lambda-Runtime-Invoked-Function-Arn": {e.fn.cfg.ARN},
		"Lambda-Runtime-Trace-Id":             {inv.trace},
	}, inv.payload)
}

func (e *environment) serveResponse(l *runtimeConn, r *http.Request, id string) error {
	payload, tooLarge, err := readBody(r)
	if err != nil {
		return err
	}
	out := outcome{payload: payload}
	switch {
	case tooLarge:
		out = outcome{failure: &Error{Type: "Function.ResponseSizeTooLarge", Message: fmt.Sprintf(
			"Response payload size exceeded maximum allowed payload size (%d bytes).", maxResponse)}}
	case r.Trailer.Get(errorType) != "": // it failed in the middle of its response
		body, _ := base64.StdEncoding.DecodeString(r.Trailer.Get(errorBody))
		out = outcome{failure: parseError(r.Trailer.Get(errorType), body)}
	}
	switch {
	case !e.answer(id, out):
		return refuse(l, http.StatusBadRequest, "InvalidRequestID", "Invalid request ID")
	case tooLarge:
		return refuse(l, http.StatusRequestEntityTooLarge, "RequestEntityTooLarge",
			fmt.Sprintf("Exceeded maximum allowed payload size (%d bytes).", maxResponse))
	}
	return accept(l)
}

func (e *environment) serveError(l *runtimeConn, r *http.Request, id string) error {
	body, _, err := readBody(r)
	if err != nil {
		return err
	}
	failure := parseError(r.Header.Get(errorType), body)
	if !e.answer(id, outcome{failure: failure}) {
		return refuse(l, http.StatusBadRequest, "InvalidRequestID", "Invalid request ID")
	}
	return accept(l)
}

func (e *environment) serveInitError(l *runtimeConn, r *http.Request) error {
	body, _, err := readBody(r)
	if err != nil {
		return err
	}
	if !e.failInit(parseError(r.Header.Get(errorType), body)) {
		return refuse(l, http.StatusForbidden, "InvalidStateTransition", "The initialization is over")
	}
	return accept(l)
}

// readBody reads what the process posts, and reports whether it was more than is
// allowed.
func readBody(r *http.Request) (body []byte, tooLarge bool, err error) {
	body, err = io.ReadAll(io.LimitReader(r.Body, maxResponse+1))
	if err != nil || len(body) <= maxResponse {
		return body, false, err
	}
	_, err = io.Copy(io.Discard, r.Body)
	return nil, true, err
}

// parseError reads an error as runtimes post it. What is no JSON of that form is
// the message.
func parseError(typ string, body []byte) *Error {
	var failure Error
	if err := json.Unmarshal(body, &failure); err != nil {
		failure = Error{Message: string(body)}
	}
	if failure.Type == "" {
		failure.Type = typ
	}
	return &failure
}

func accept(l *runtimeConn) error {
	return l.send(http.StatusAccepted, http.Header{"Content-Type": {"application/json"}}, []byte(`{"status":"OK"}`))
}

func refuse(l *runtimeConn, status int, typ, message string) error {
	body, err := json.Marshal(Error{Type: typ, Message: message})
	if err != nil {
		return err
	}
	return l.send(status, http.Header{"Content-Type": {"application/json"}}, body)
}
