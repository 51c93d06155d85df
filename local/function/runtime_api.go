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
	maxHeader   = 2 << 20     // in bytes; the X-Ray cause of an error alone can have 1 MB
	maxResponse = 6<<20 + 100 // Lambda's limit for a response, in bytes
	maxBody     = 64 << 20    // the bytes read of a larger response, so that the process sees the refusal

	apiPath   = "2018-06-01/runtime/"
	errorType = "Lambda-Runtime-Function-Error-Type"
	errorBody = "Lambda-Runtime-Function-Error-Body"
)

// serve answers requests until the process closes the connection or breaks the protocol:
// a process that waits for an event must not send another request on that connection.
func (e *environment) serve(c *runtimeConn) {
	for {
		r, err := c.receive()
		if err != nil || e.waits(c) || e.handle(c, r) != nil {
			return
		}
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return
		}
	}
}

// handle answers one request. AWS_LAMBDA_RUNTIME_API is HOST:PORT/SECRET, and runtimes put
// it before every path. A program that knows only the port can neither receive events nor
// answer them.
func (e *environment) handle(c *runtimeConn, r *http.Request) error {
	secret, path, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if r.Host != e.host || subtle.ConstantTimeCompare([]byte(secret), []byte(e.secret)) != 1 {
		return refuse(c, http.StatusForbidden, "Forbidden", "The Runtime API is for the function's own process: use AWS_LAMBDA_RUNTIME_API without changes")
	}
	if r.Header.Get("Origin") != "" || r.Header.Get("Sec-Fetch-Site") != "" {
		return refuse(c, http.StatusForbidden, "Forbidden", "The Runtime API is not for browsers")
	}
	path, _ = strings.CutPrefix(path, apiPath)
	id, verb, _ := strings.Cut(strings.TrimPrefix(path, "invocation/"), "/")
	switch {
	case r.Method == http.MethodGet && path == "invocation/next":
		return e.serveNext(c)
	case r.Method == http.MethodPost && path == "init/error":
		return e.serveInitError(c, r)
	case r.Method == http.MethodPost && verb == "response":
		return e.serveResponse(c, r, id)
	case r.Method == http.MethodPost && verb == "error":
		return e.serveError(c, r, id)
	}
	return refuse(c, http.StatusNotFound, "NotFound", r.Method+" /"+path+" is not part of the Runtime API")
}

// serveNext sends the pending event. Without one, offer sends the next event later.
func (e *environment) serveNext(c *runtimeConn) error {
	inv, ok := e.ask(c)
	switch {
	case !ok:
		return refuse(c, http.StatusForbidden, "InvalidStateTransition", "The last event is not answered")
	case inv == nil:
		return nil
	}
	return e.sendEvent(c, inv)
}

func (e *environment) sendEvent(c *runtimeConn, inv *invocation) error {
	deadline := inv.began.Add(e.fn.cfg.Timeout).UnixMilli()
	return c.send(http.StatusOK, http.Header{
		"Lambda-Runtime-Aws-Request-Id":       {inv.id},
		"Lambda-Runtime-Deadline-Ms":          {strconv.FormatInt(deadline, 10)},
		"Lambda-Runtime-Invoked-Function-Arn": {e.fn.cfg.ARN},
		"Lambda-Runtime-Trace-Id":             {inv.trace},
	}, inv.payload)
}

func (e *environment) serveResponse(c *runtimeConn, r *http.Request, id string) error {
	payload, tooLarge, err := readBody(r)
	if err != nil {
		return err
	}
	out := outcome{payload: payload}
	switch {
	case tooLarge:
		out = outcome{failure: &Error{Type: "Function.ResponseSizeTooLarge", Message: fmt.Sprintf(
			"Response payload size exceeded maximum allowed payload size (%d bytes).", maxResponse)}}
	case r.Trailer.Get(errorType) != "": // the function failed in the middle of its response
		body, _ := base64.StdEncoding.DecodeString(r.Trailer.Get(errorBody))
		out = outcome{failure: parseError(r.Trailer.Get(errorType), body)}
	}
	switch {
	case !e.answer(id, out):
		return refuse(c, http.StatusBadRequest, "InvalidRequestID", "Invalid request ID")
	case tooLarge:
		return refuse(c, http.StatusRequestEntityTooLarge, "RequestEntityTooLarge",
			fmt.Sprintf("Exceeded maximum allowed payload size (%d bytes).", maxResponse))
	}
	return accept(c)
}

func (e *environment) serveError(c *runtimeConn, r *http.Request, id string) error {
	body, _, err := readBody(r)
	switch {
	case err != nil:
		return err
	case !e.answer(id, outcome{failure: parseError(r.Header.Get(errorType), body)}):
		return refuse(c, http.StatusBadRequest, "InvalidRequestID", "Invalid request ID")
	}
	return accept(c)
}

func (e *environment) serveInitError(c *runtimeConn, r *http.Request) error {
	body, _, err := readBody(r)
	switch {
	case err != nil:
		return err
	case !e.failInit(parseError(r.Header.Get(errorType), body)):
		return refuse(c, http.StatusForbidden, "InvalidStateTransition", "The initialization is over")
	}
	return accept(c)
}

// readBody reads the body of a request. It reports whether the body exceeds maxResponse.
func readBody(r *http.Request) (body []byte, tooLarge bool, err error) {
	body, err = io.ReadAll(io.LimitReader(r.Body, maxResponse+1))
	if err != nil || len(body) <= maxResponse {
		return body, false, err
	}
	_, err = io.Copy(io.Discard, r.Body)
	return nil, true, err
}

// parseError reads an error that a runtime posted. A body that is not JSON of that form
// becomes the message.
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

func accept(c *runtimeConn) error {
	return c.send(http.StatusAccepted, nil, []byte(`{"status":"OK"}`))
}

func refuse(c *runtimeConn, status int, typ, message string) error {
	body, err := json.Marshal(Error{Type: typ, Message: message})
	if err != nil {
		return err
	}
	return c.send(status, nil, body)
}
