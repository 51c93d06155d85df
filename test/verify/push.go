package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

// object is a JSON object.
type object = map[string]any

// invoke sends an event to the function and returns its answer. The answer of a failure
// begins with "failed: ".
func (v *verifier) invoke(ctx context.Context, event object) (string, error) {
	text, err := json.Marshal(event)
	if err != nil {
		return "", err
	}
	file, err := v.writeFile("event.json", string(text))
	if err != nil {
		return "", err
	}
	output := filepath.Join(v.folder, "answer.json")
	failed, err := v.aws(ctx, "lambda", "invoke", "--function-name", v.outputs["functionName"], "--payload", "fileb://"+file,
		"--query", "FunctionError", "--output", "text", output)
	if err != nil {
		return "", err
	}
	body, err := os.ReadFile(output) //nolint:gosec // in the folder of this run
	if err != nil {
		return "", err
	}
	if strings.TrimSpace(failed) == "None" {
		return strings.TrimSpace(string(body)), nil
	}
	var failure struct{ ErrorMessage string }
	if err := decode(string(body), &failure); err != nil {
		return "", err
	}
	return "failed: " + failure.ErrorMessage, nil
}

// pushed is the message that the checks push. arrives is its text at the client.
var (
	pushed  = object{"type": "event", "data": object{"verify": 1}}
	arrives = `{"data":{"verify":1},"type":"event"}`
)

// push sends a message to a target and returns the answer of the function.
func (v *verifier) push(ctx context.Context, target object) (string, error) {
	return v.invoke(ctx, object{"push": object{"target": target, "message": pushed}})
}

const sentOne = `{"sent":1,"gone":0,"failed":0}`

// pushChecks are the checks of messages from a backend.
func pushChecks() []check {
	to := func(name, description string, target func(v *verifier, s *socket) object) check {
		return check{
			area: "push", name: name, description: description, section: "7.2 observed", want: sentOne + ", " + arrives,
			run: onConnection(func(ctx context.Context, v *verifier, s *socket) (string, error) {
				result, err := v.push(ctx, target(v, s))
				if err != nil {
					return "", err
				}
				text, err := s.next1(ctx, result)
				return result + ", " + text, err
			}),
		}
	}
	return append([]check{
		to("connection", "a push to a connection", func(_ *verifier, s *socket) object { return object{"connection": s.id} }),
		to("sub", "a push to the sub of a user", func(v *verifier, _ *socket) object { return object{"sub": v.firstUser.sub} }),
		{area: "push", name: "name", description: "a push to the name of a user", section: "7.2 observed", want: sentOne + ", " + arrives, run: onConnection(pushToName)},
		{
			area: "push", name: "otherUser", description: "a push to one user does not reach another one", want: sentOne + `, {"type":"pong"}`, skip: withSecondUser,
			run: onConnection(func(ctx context.Context, v *verifier, s *socket) (string, error) {
				other, err := v.open(ctx, v.secondUser)
				if err != nil {
					return "", err
				}
				defer other.close()
				result, err := v.push(ctx, object{"sub": v.secondUser.sub})
				if err != nil {
					return "", err
				}
				text, err := s.ask(ctx, `{"action":"ping"}`)
				return result + ", " + text, err
			}),
		},
		{
			area: "push", name: "connectionsApi", description: "a signed POST to @connections reaches the client", section: "7.1 doc, 7.2 observed", want: arrives,
			run: onConnection(func(ctx context.Context, v *verifier, s *socket) (string, error) {
				file, err := v.writeFile("message.json", arrives)
				if err != nil {
					return "", err
				}
				if _, err := v.aws(ctx, "apigatewaymanagementapi", "post-to-connection", "--endpoint-url", v.outputs["connectionsUrl"],
					"--connection-id="+s.id, "--data", "fileb://"+file); err != nil {
					return "", err
				}
				return s.read(ctx)
			}),
		},
	}, commandChecks()...)
}

// commandChecks are the checks of commands that reach nobody.
func commandChecks() []check {
	return []check{
		{
			area: "push", name: "nobody", description: "a push to a user who is not connected", want: `{"sent":0,"gone":0,"failed":0}`,
			run: func(ctx context.Context, v *verifier) (string, error) {
				return v.push(ctx, object{"sub": "verify-nobody"})
			},
		},
		{
			area: "push", name: "malformed", description: "a command with an unknown field fails with its code", want: "failed: command_invalid",
			run: func(ctx context.Context, v *verifier) (string, error) {
				result, err := v.invoke(ctx, object{"push": object{"target": object{"everyone": true}, "message": pushed}})
				result, _, _ = strings.Cut(strings.TrimPrefix(result, "failed: "), ":")
				return "failed: " + result, err
			},
		},
	}
}

// pushToName pushes to the name that whoami returns.
func pushToName(ctx context.Context, v *verifier, s *socket) (string, error) {
	text, err := s.ask(ctx, `{"action":"whoami"}`)
	var me struct{ Data struct{ User string } }
	if err != nil || decode(text, &me) != nil {
		return text, err
	}
	result, err := v.push(ctx, object{"user": me.Data.User})
	if err != nil {
		return "", err
	}
	arrived, err := s.next1(ctx, result)
	return result + ", " + arrived, err
}

// next1 reads the message of a push whose answer says that it was sent to one connection.
func (s *socket) next1(ctx context.Context, result string) (string, error) {
	if result != sentOne {
		return "nothing", nil
	}
	return s.read(ctx)
}

// disconnectChecks are the checks of orders that end connections.
func disconnectChecks() []check {
	const order = `{"disconnected":1,"gone":0,"failed":0}, closing disconnected, close 1000 Connection Closed Normally`
	by := func(name, description string, target func(v *verifier, s *socket) object) check {
		return check{
			area: "disconnect", name: name, description: description, section: "7.2 doc, 3.4 observed", want: order,
			run: onConnection(func(ctx context.Context, v *verifier, s *socket) (string, error) {
				result, err := v.invoke(ctx, object{"disconnect": object{"target": target(v, s), "reason": "Verification."}})
				if err != nil || !strings.Contains(result, `"disconnected":1`) {
					return result, err
				}
				text, err := s.readToEnd(ctx)
				return result + ", " + text, err
			}),
		}
	}
	return []check{
		by("connection", "a command ends a connection, after a message with the reason", func(_ *verifier, s *socket) object { return object{"connection": s.id} }),
		by("sub", "a command ends the connections of a user", func(v *verifier, _ *socket) object { return object{"sub": v.firstUser.sub} }),
		{
			area: "disconnect", name: "signOut", description: "DELETE /connections ends the connections of the user", section: "7.2 doc, 13.1 doc", skip: withTickets,
			want: "200, closing signed_out, close 1000 Connection Closed Normally",
			run: onConnection(func(ctx context.Context, v *verifier, s *socket) (string, error) {
				a, err := v.signOut(ctx, v.firstUser)
				if err != nil || a.status != http.StatusOK {
					return a.String(), err
				}
				text, err := s.readToEnd(ctx)
				return fmt.Sprintf("%d, %s", a.status, text), err
			}),
		},
		{
			area: "disconnect", name: "tooMany", description: "a connection over the limit of a user ends the oldest one", section: "7.2 doc", skip: withLowLimit,
			want: "closing too_many_connections, close 1000 Connection Closed Normally",
			run:  tooMany,
		},
	}
}

func (v *verifier) signOut(ctx context.Context, u account) (response, error) {
	return v.request(ctx, http.MethodDelete, v.outputs["httpUrl"]+"/connections", "", header("Authorization", "Bearer "+u.token))
}

// withLowLimit returns a reason unless a check can exceed the limit of connections.
func withLowLimit(v *verifier) string {
	switch limit := v.limit(); {
	case limit < 1 || limit > 25:
		return fmt.Sprintf("the setting connectionsPerUser is %d", limit)
	case v.setting("connectionsOverCap") == "newest":
		return "the setting connectionsOverCap is newest"
	}
	return ""
}

// limit returns the number of connections of a user: that of the local run is the default.
func (v *verifier) limit() int {
	limit := 20
	if !v.local {
		_, _ = fmt.Sscan(v.setting("connectionsPerUser"), &limit)
	}
	return limit
}

// tooMany opens one connection more than the limit and returns the end of the first one.
func tooMany(ctx context.Context, v *verifier) (string, error) {
	if withTickets(v) == "" { // connections of the checks before may not have ended yet
		if _, err := v.signOut(ctx, v.firstUser); err != nil {
			return "", err
		}
	}
	var all []*socket
	defer func() {
		for _, s := range all {
			s.close()
		}
	}()
	for range v.limit() + 1 {
		s, err := v.open(ctx, v.firstUser)
		if err != nil {
			return "", err
		}
		all = append(all, s)
	}
	return all[0].readToEnd(ctx)
}
