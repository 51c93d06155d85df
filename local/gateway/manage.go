package gateway

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"sallyport/local/stage"
)

// connectionInPath returns the connection ID of the path @connections/ID below the stage.
// Both parts may be percent-encoded (api-gateway.md 7.1).
func connectionInPath(rest string) (id string, ok bool) {
	_, second, _ := strings.Cut(rest, "/")
	if !isManagement(rest) || second == "" || rest[0] == '/' {
		return "", false
	}
	id, err := url.PathUnescape(second)
	return id, err == nil
}

// isManagement reports whether a path below the stage belongs to the management API. It
// ignores leading slashes.
func isManagement(rest string) bool {
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
	if refused == nil || refused.status != http.StatusBadRequest { // as captured
		w.Header()["X-Amzn-Trace-Id"] = []string{stage.NewTraceID(time.Now())}
	}
	if refused != nil {
		g.refuse(w, r, refused, "management call refused")
		return
	}
	if header := awsHeader(w); status != http.StatusNoContent {
		header["Content-Type"] = []string{"application/json"}
	}
	writeBody(w, status, text)
}

// checkCall checks a management call. It returns the connection, nil if it does not exist,
// and the body of the call; or the refusal.
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
		return nil, nil, &refusal{http.StatusBadRequest, "BadRequestException", messageBody("Invalid connectionId: " + id), "the connection id is malformed"}
	}
	return g.connection(id), body, nil
}

// isID reports whether s has the form of a connection ID (api-gateway.md 7.2).
func isID(s string) bool {
	b, err := base64.URLEncoding.Strict().DecodeString(s)
	return err == nil && len(b) == stage.IDBytes
}

// unreadable returns the refusal for a body that is too long or incomplete.
func unreadable(err error) *refusal {
	var long *http.MaxBytesError
	if errors.As(err, &long) {
		return &refusal{
			http.StatusRequestEntityTooLarge, "PayloadTooLargeException", messageBody("Request Too Long"),
			fmt.Sprintf("the message has more than %d bytes", long.Limit),
		}
	}
	return &refusal{http.StatusBadRequest, "BadRequestException", messageBody("Bad Request"), "the body is incomplete"}
}

// badSignature returns the refusal for an error of Config.Verify.
func badSignature(err error) *refusal {
	kind := "InvalidSignatureException"
	var typed interface {
		error
		ErrorType() string
	}
	if errors.As(err, &typed) {
		kind = typed.ErrorType()
	}
	return &refusal{http.StatusForbidden, kind, messageBody(err.Error()), "the signature is not valid: " + kind}
}

// push sends a message to the client.
func (c *conn) push(text []byte) *refusal {
	if c.unsent.Load() > int64(c.gateway.config.Limits.Unsent) {
		return throttled("the client does not read the messages that were sent before")
	}
	if err := c.send(text); err != nil {
		return gone()
	}
	return nil
}

// gone returns the refusal for a connection that is closed or never existed. Its body is
// empty (api-gateway.md 7.2).
func gone() *refusal {
	return &refusal{http.StatusGone, "GoneException", "", "the connection is gone"}
}

func throttled(reason string) *refusal {
	return &refusal{http.StatusTooManyRequests, "LimitExceededException", messageBody(textThrottled), reason}
}

// delete closes the connection. When it returns, the connection is unknown to the management
// API.
func (c *conn) delete() *refusal {
	if !c.end(deleted) {
		return gone()
	}
	c.gateway.calls.Go(func() { c.sendClose(deleted) })
	return nil
}

// describe returns the body of a GET, formatted as AWS formats it (api-gateway.md 7.2).
func (c *conn) describe() string {
	const layout = "2006-01-02T15:04:05.000Z"
	userAgent := "null"
	if c.userAgent != "" {
		userAgent = string(encode(c.userAgent))
	}
	at := c.connectedAt.UTC()
	return fmt.Sprintf(`{
  "identity" : {
    "sourceIp" : %q,
    "userAgent" : %s
  },
  "connectedAt" : %q,
  "lastActiveAt" : %q
}`, c.sourceIP, userAgent, at.Format(layout), at.Add(time.Duration(c.lastReceived.Load())).Format(layout))
}
