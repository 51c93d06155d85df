package handler_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"sallyport/lambda/errcode"
	"sallyport/lambda/identity"
)

// secrets are the parts of the events that no log may contain.
var secrets = []string{
	"TOKEN-IN-HEADER", "TOKEN-IN-QUERY", "OTHER-IN-QUERY", "TOKEN-IN-BODY", "BODY", "MESSAGE", "REASON", "COOKIE",
	ticket, ticket[:42], "TICKET-IN-HEADER",
}

// secretEvents returns events of all kinds with secrets in every part.
func secretEvents(t *testing.T) map[string][]byte {
	t.Helper()
	handshake := func(protocols string) func(map[string]any) {
		return func(e map[string]any) {
			setHeader(e, "Sec-WebSocket-Protocol", protocols)
			setHeader(e, "Authorization", "Bearer TOKEN-IN-HEADER")
			setHeader(e, "Cookie", "COOKIE")
			e["queryStringParameters"] = map[string]any{"x": "OTHER-IN-QUERY"}
			e["multiValueQueryStringParameters"] = map[string]any{"x": []any{"OTHER-IN-QUERY"}}
		}
	}
	bearer := handshake("sallyport.v1, bearer.TOKEN-IN-HEADER")
	request := func(e map[string]any) {
		setHeader(e, "authorization", "Bearer TOKEN-IN-HEADER")
		setHeader(e, "cookie", "COOKIE")
		e["body"], e["rawQueryString"] = "BODY", "x=OTHER-IN-QUERY"
		e["queryStringParameters"] = map[string]any{"x": "OTHER-IN-QUERY"}
	}
	body := func(e map[string]any) { e["body"] = `{"action":"x","text":"BODY"}` }
	return map[string][]byte{
		"authorizer": readEvent(t, "authorizer", bearer),
		"query":      readEvent(t, "authorizer", both(bearer, asQuery("TOKEN-IN-QUERY"))),
		"ticket":     readEvent(t, "authorizer", handshake("ticket."+ticket)),
		"badTicket":  readEvent(t, "authorizer", handshake("ticket.TICKET-IN-HEADER")),
		"several":    readEvent(t, "authorizer", handshake("ticket."+ticket+", bearer.TOKEN-IN-HEADER")),
		"connect":    readEvent(t, "connect", bearer),
		"message":    readEvent(t, "message", body),
		"whoami":     readEvent(t, "whoami", body),
		"refresh":    readEvent(t, "refresh", func(e map[string]any) { e["body"] = `{"action":"refresh","token":"TOKEN-IN-BODY"}` }),
		"badRefresh": readEvent(t, "refresh", func(e map[string]any) { e["body"] = `{"action":"refresh","token":["TOKEN-IN-BODY"],"x":BODY}` }),
		"disconnect": readEvent(t, "disconnect", func(e map[string]any) {
			object(e, "requestContext")["disconnectReason"] = "REASON"
		}),
		"unknownRoute": readEvent(t, "message", func(e map[string]any) {
			body(e)
			object(e, "requestContext")["routeKey"] = "shout"
		}),
		"httpTicket":  readEvent(t, "http_ticket", request),
		"httpSignOut": readEvent(t, "http_sign_out", request),
		"httpUnknown": readEvent(t, "http_ticket", func(e map[string]any) {
			request(e)
			object(object(e, "requestContext"), "http")["path"] = "/BODY"
		}),
		"httpTwoTokens": readEvent(t, "http_ticket", func(e map[string]any) { setHeader(e, "authorization", "Bearer TOKEN-IN-HEADER,x") }),
		"cookie":        readEvent(t, "authorizer", both(handshake("sallyport.v1"), func(e map[string]any) { setHeader(e, "Cookie", "__Host-session=COOKIE") })),
		"twoCookies":    readEvent(t, "authorizer", both(handshake("sallyport.v1"), func(e map[string]any) { setHeader(e, "Cookie", "__Host-session=COOKIE; __Host-session=COOKIE2") })),
		"httpCookie":    readEvent(t, "http_ticket", both(request, cookies("__Host-session=COOKIE"))),
		"session":       readEvent(t, "http_ticket", both(request, of("POST", "/session"))),
		"noSession":     readEvent(t, "http_ticket", both(request, of("DELETE", "/session"), cookies("__Host-session=COOKIE"), header("x-csrf", "1"))),
		"httpBasic":     readEvent(t, "http_ticket", func(e map[string]any) { setHeader(e, "authorization", "TOKEN-IN-HEADER") }),
		"schedule":      readEvent(t, "schedule", nil),
		"push":          []byte(`{"push":{"target":{"all":true},"message":"MESSAGE"}}`),
		"badPush":       []byte(`{"push":{"target":"BODY","message":"MESSAGE"}}`),
		"disconnectAll": []byte(`{"disconnect":{"target":{"all":true},"reason":"REASON"}}`),
		"badDisconnect": []byte(`{"disconnect":{"target":{"connection":"BODY!"},"reason":"REASON"}}`),
		"unknown":       []byte(`{"body":"BODY"}`),
		"wrongType":     []byte(`{"headers":"TOKEN-IN-HEADER","body":["BODY"]}`),
		"notJSON":       []byte(`BODY`),
	}
}

func TestLogHoldsNoSecrets(t *testing.T) {
	failures := map[string]error{
		"none":    nil,
		"refused": errcode.Refuse(errcode.TokenInvalid, "signature does not verify"),
		"denied":  errcode.Refuse(errcode.TokenAudience, "token is for another"),
		"down":    errors.New("it is down"),
	}
	clocks := map[string]time.Time{"now": now, "late": expires.Add(time.Hour)}
	for failureName, failure := range failures {
		for clock, at := range clocks {
			for name, payload := range secretEvents(t) {
				t.Run(name+"/"+failureName+"/"+clock, func(t *testing.T) {
					w := newFixture().at(at).open("alice", connectionID, "other")
					w.config.Metrics, w.config.ConnectionsPerUser, w.config.MessagesPerMinute, w.config.SessionCookie = "sallyport-test", 1, 1, true
					w.table.tickets[ticketHash] = aTicket()
					w.table.err = failure
					w.verify = func(got string) (identity.User, time.Time, error) {
						if !slices.Contains(secrets, got) {
							t.Errorf("verified %q, want a secret", got)
						}
						return person("alice"), expires, failure
					}
					fate := func(context.Context, string) error { return failure }
					w.posts.post, w.posts.disconnect = fate, fate
					_, err := w.invoke(t.Context(), payload)
					w.lines(t)
					for _, secret := range append(secrets, ticketHash) {
						if strings.Contains(w.log.String(), secret) {
							t.Errorf("log contains %s: %s", secret, w.log.String())
						}
						if err != nil && strings.Contains(err.Error(), secret) {
							t.Errorf("error contains %s: %v", secret, err)
						}
					}
				})
			}
		}
	}
}

// A header of a client cannot add a line or a field to the log.
func TestLogIsOneLine(t *testing.T) {
	for _, value := range []string{"x\n{\"level\":\"info\"}", "\x1b[31m", "\u2028", "\"}\r\n{", strings.Repeat("x", 10_000)} {
		w := newFixture()
		_, _ = w.invoke(t.Context(), readEvent(t, "authorizer", func(e map[string]any) { setHeader(e, "Origin", value) }))
		lines := w.lines(t)
		if len(lines) != 1 || lines[0]["outcome"] != "denied" || w.log.Len() > 1000 || strings.Contains(w.log.String(), "\x1b") {
			t.Errorf("%.20q: got log %s, want one short line", value, w.log.String())
		}
	}
}

func TestLogLineOfEachEvent(t *testing.T) {
	tests := []struct {
		event   string
		route   string
		hasUser bool
		outcome string
	}{
		{"authorizer", "authorizer", true, "allowed"},
		{"connect", "$connect", true, "ok"},
		{"message", "$default", true, "ok"},
		{"whoami", "whoami", true, "ok"},
		{"disconnect", "$disconnect", true, "ok"},
		{"refresh", "refresh", true, "ok"},
		{"push_connection", "push", false, "ok"},
		{"disconnect_connection", "disconnect", false, "ok"},
	}
	for _, test := range tests {
		t.Run(test.event, func(t *testing.T) {
			w := newFixture().open("alice", connectionID)
			if _, err := w.invoke(t.Context(), readEvent(t, test.event, nil)); err != nil {
				t.Fatal(err)
			}
			lines := w.lines(t)
			if len(lines) != 1 {
				t.Fatalf("got %d lines, want 1: %v", len(lines), lines)
			}
			line := lines[0]
			want := map[string]any{
				"level": "info", "requestId": "request-1", "connectionId": connectionID, "route": test.route, "outcome": test.outcome,
			}
			if test.hasUser {
				want["user"], want["userId"] = "alice", issuer+"#sub-alice"
			}
			for key, want := range want {
				if line[key] != want {
					t.Errorf("got %s %v, want %v", key, line[key], want)
				}
			}
			if ms, ok := line["durationMs"].(float64); !ok || ms < 0 {
				t.Errorf("got duration %v, want milliseconds", line["durationMs"])
			}
		})
	}
}

// A panic of a handler ends the process after the log line was written.
func TestLogLineOfPanic(t *testing.T) {
	w := newFixture()
	w.verify = func(string) (identity.User, time.Time, error) { panic("a bug") }
	defer func() {
		if recover() == nil {
			t.Error("got no panic, want the panic of the verifier")
		}
		if line := w.lines(t)[0]; line["outcome"] != "panicked" || line["level"] != "error" || line["requestId"] != "request-1" {
			t.Errorf("got %v, want a line about the panic", line)
		}
	}()
	_, _ = w.invoke(t.Context(), readEvent(t, "authorizer", nil))
}
