package gateway

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// connectionInPath returns the connection id of a path below the stage,
// @connections/ID, with either part percent-encoded or not (api-gateway.md 7.1).
func connectionInPath(rest string) (id string, ok bool) {
	_, second, _ := strings.Cut(rest, "/")
	if !managed(rest) || second == "" || rest[0] == '/' {
		return "", false
	}
	id, err := url.PathUnescape(second)
	return id, err == nil
}

// managed returns whether a path below the stage is meant for the management API,
// be it with slashes too many.
func managed(rest string) bool {
	first, _, _ := strings.Cut(strings.TrimLeft(rest, "/"), "/")
	name, err := url.PathUnescape(first)
	return err == nil && name == "@connections"
}

// manage answers a call of the management API (api-gateway.md 7).
func (g *Gateway) manage(w http.ResponseWriter, r *http.Request, id string) {
	status, text := http.StatusOK, ""
	c, body, refused := g.checkCall(w, r, id)
	switch {
	case refused != nil:
	case c == nil:
		refused = gone()
	case r.Method == http.MethodPost:
		refused = c.push(body)
	case r.Method == http.MethodGet:
		text = c.describe()
	default:
		status, refused = http.StatusNoContent, c.delete()
	}
	header := w.Header()
	if refused == nil || refused.status != http.StatusBadRequest { // as captured
		header["X-Amzn-Trace-Id"] = []string{newTraceID(time.Now())}
	}
	if refused != nil {
		g.config.Log.Warn().Int("status", refused.status).Str("method", r.Method).Str("reason", refused.reason).Msg("management call refused")
		refused.write(w)
		return
	}
	awsHeader(w)
	if status != http.StatusNoContent {
		header["Content-Type"] = []string{"application/json"}
	}
	writeBody(w, status, text)
}

// checkCall refuses calls that are not allowed or make no sense. It returns the
// connection, nil if there is none, and the body of the call.
func (g *Gateway) checkCall(w http.ResponseWriter, r *http.Request, id string) (*conn, []byte, *refusal) {
	switch r.Method {
	case http.MethodPost, http.MethodGet, http.MethodDelete:
	default:
		return nil, nil, &refusal{http.StatusForbidden, "ForbiddenException", messageBody(textForbidden), "the method is not POST, GET or DELETE"}
	}
	if r.Header.Get("Authorization") == "" && !r.URL.Query().Has("X-Amz-Signature") {
		return nil, nil, &refusal{http.StatusForbidden, "MissingAuthenticationTokenException", messageBody("Missing Authentication Token"), "the request is not signed"}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, int64(g.config.Limits.Message)))
	if err != nil {
		return nil, nil, unreadable(err)
	}
	if g.config.Verify != nil {
		if err := g.config.Verify(r, body); err != nil {
			return nil, nil, badSignature(err)
		}
	}
	if !g.account.Take(time.Now()) {
		return nil, nil, throttled("throttled: more requests than the account allows")
	}
	if !isID(id) {
		text := appendMember(nil, `{"message":`, "Invalid connectionId: "+id)
		return nil, nil, &refusal{http.StatusBadRequest, "BadRequestException", string(append(text, '}')), "the connection id is malformed"}
	}
	return g.connection(id), body, nil
}

// unreadable is the refusal for a body that is too long or breaks off.
func unreadable(err error) *refusal {
	var long *http.MaxBytesError
	if errors.As(err, &long) {
		return &refusal{
			http.StatusRequestEntityTooLarge, "PayloadTooLargeException", messageBody("Request Too Long"),
			fmt.Sprintf("the message has more than %d bytes", long.Limit),
		}
	}
	return &refusal{http.StatusBadRequest, "BadRequestException", messageBody("Bad Request"), "the body breaks off"}
}

// badSignature is the refusal for what Verify does not accept.
func badSignature(err error) *refusal {
	kind := "InvalidSignatureException"
	var typed interface {
		error
		ErrorType() string
	}
	if errors.As(err, &typed) {
		kind = typed.ErrorType()
	}
	text := appendMember(nil, `{"message":`, err.Error())
	return &refusal{http.StatusForbidden, kind, string(append(text, '}')), "the signature is not valid: " + kind}
}

// push sends a message to the client.
func (c *conn) push(text []byte) *refusal {
	if c.unsent.Load() > int64(c.gateway.config.Limits.Unsent) {
		return throttled("the client does not take what was already sent")
	}
	if err := c.send(text); err != nil {
		return gone()
	}
	return nil
}

// gone is the refusal for a connection that is closed or never was. Its body is
// empty (api-gateway.md 7.2).
func gone() *refusal {
	return &refusal{http.StatusGone, "GoneException", "", "the connection is gone"}
}

func throttled(reason string) *refusal {
	return &refusal{http.StatusTooManyRequests, "LimitExceededException", messageBody(textThrottled), reason}
}

// delete closes the connection; when it returns, the connection is gone.
func (c *conn) delete() *refusal {
	if !c.end(deleted) {
		return gone()
	}
	c.gateway.running.Go(func() { c.sayGoodbye(deleted) })
	return nil
}

// describe returns the body of a GET, printed as AWS does (api-gateway.md 7.2).
func (c *conn) describe() string {
	const layout = "2006-01-02T15:04:05.000Z"
	userAgent := []byte("null")
	if c.userAgent != "" {
		userAgent = appendString(nil, c.userAgent)
	}
	at := c.connectedAt.UTC()
	var b bytes.Buffer
	b.WriteString("{\n  \"identity\" : {\n    \"sourceIp\" : ")
	b.Write(appendString(nil, c.sourceIP))
	b.WriteString(",\n    \"userAgent\" : ")
	b.Write(userAgent)
	b.WriteString("\n  },\n  \"connectedAt\" : \"" + at.Format(layout))
	b.WriteString("\",\n  \"lastActiveAt\" : \"" + at.Add(time.Duration(c.heard.Load())).Format(layout) + "\"\n}")
	return b.String()
}
