package httpapi

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// response is an HTTP response to the client.
type response struct {
	status  int
	headers http.Header
	body    []byte
	reason  string // of a refusal or failure, for the log; empty: the client gets the function's answer
}

// refuse returns a response of API Gateway itself.
func refuse(status int, message, reason string) *response {
	return &response{
		status: status, reason: reason, body: []byte(`{"message":"` + message + `"}`),
		headers: http.Header{"Content-Type": {"application/json"}},
	}
}

func internal(reason string) *response {
	return refuse(http.StatusInternalServerError, "Internal Server Error", reason)
}

func unavailable(reason string) *response {
	r := refuse(http.StatusServiceUnavailable, "Service Unavailable", reason)
	r.headers["Content-Type"] = nil // as captured; nil prevents a guess by net/http
	return r
}

// write sends r to the client. It ignores errors: they mean that the client is gone.
func (r *response) write(w http.ResponseWriter, id string) {
	header := w.Header()
	for name, values := range r.headers {
		header[name] = values
	}
	header.Set("Apigw-Requestid", id)
	if r.status != http.StatusNoContent && r.status != http.StatusNotModified {
		header.Set("Content-Length", strconv.Itoa(len(r.body)))
	}
	w.WriteHeader(r.status)
	_, _ = w.Write(r.body)
}

// answer is the answer of a function in the payload format 2.0.
type answer struct {
	headers map[string]json.RawMessage
	cookies []string
	body    string
	base64  bool
}

var errHeader = errors.New("the function's answer has an invalid header or cookie: want a name, and a value on one line")

// parseAnswer parses a function's answer. JSON without a statusCode is the body of a
// response with status 200; a string is sent without its quotation marks. The errors do not
// quote the answer.
func parseAnswer(result []byte) (*response, error) {
	if !json.Valid(result) {
		return nil, errors.New("the function's answer is not JSON")
	}
	var members map[string]json.RawMessage // encoding/json would ignore the case of the names for a struct
	_ = json.Unmarshal(result, &members)   // a value that is not an object has no members
	statusCode, ok := members["statusCode"]
	if !ok {
		body := bytes.TrimSpace(result)
		var text string
		if json.Unmarshal(body, &text) == nil && body[0] == '"' {
			body = []byte(text)
		}
		return &response{status: http.StatusOK, body: body, headers: http.Header{"Content-Type": {"application/json"}}}, nil
	}
	var a answer
	for name, target := range map[string]any{"headers": &a.headers, "cookies": &a.cookies, "body": &a.body, "isBase64Encoded": &a.base64} {
		if member, ok := members[name]; ok && json.Unmarshal(member, target) != nil {
			return nil, errors.New("the function's answer has a member of the wrong type: want headers (an object), cookies (a list of strings), body (a string), isBase64Encoded (a boolean)")
		}
	}
	status, err := strconv.Atoi(strings.Trim(string(statusCode), `"`))
	if err != nil || status < 200 || status > 599 {
		return nil, errors.New("the function's answer has no statusCode from 200 to 599")
	}
	return a.response(status)
}

// response returns the response with the body, the headers and the cookies of a.
func (a answer) response(status int) (*response, error) {
	r := &response{status: status, body: []byte(a.body), headers: http.Header{"Content-Type": nil}} // nil prevents a guess by net/http
	if a.base64 {
		var err error
		if r.body, err = base64.StdEncoding.DecodeString(a.body); err != nil {
			return nil, errors.New("the body of the function's answer is not base64")
		}
	}
	if len(r.body) > 0 {
		r.headers.Set("Content-Type", "text/plain;charset=UTF-8")
	}
	return r, a.addHeaders(r.headers)
}

// connectionHeaders are the headers that a function cannot set.
var connectionHeaders = map[string]bool{
	"Connection": true, "Content-Length": true, "Keep-Alive": true, "Transfer-Encoding": true, "Upgrade": true, "Trailer": true, "Te": true,
}

// addHeaders adds the headers and cookies of the answer to h.
func (a answer) addHeaders(h http.Header) error {
	for name, raw := range a.headers {
		value, ok := scalar(raw)
		if !ok || !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(value) {
			return errHeader
		}
		if string(raw) != "null" && !connectionHeaders[http.CanonicalHeaderKey(name)] {
			h.Set(name, value)
		}
	}
	for _, cookie := range a.cookies {
		if !httpguts.ValidHeaderFieldValue(cookie) {
			return errHeader
		}
		h.Add("Set-Cookie", cookie)
	}
	return nil
}

// scalar returns the text of a string, or a number, boolean or null as it is written.
func scalar(raw json.RawMessage) (string, bool) {
	if raw[0] == '{' || raw[0] == '[' {
		return "", false
	}
	var text string
	if raw[0] == '"' {
		return text, json.Unmarshal(raw, &text) == nil
	}
	return string(raw), true
}
