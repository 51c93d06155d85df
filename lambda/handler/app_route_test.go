package handler_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"sallyport/lambda/handler"
	"sallyport/lambda/route"
)

type note struct {
	Text string `json:"text"`
}

var (
	shouted = route.Event[note]("shouted", "a shout")
	closed  = route.Error("shop_closed", "The shop is closed.", "Come back tomorrow.")
)

// withRoutes returns a fixture whose app has one route of each kind, and the number of calls
// of the routes.
func withRoutes(t *testing.T) (*fixture, *int) {
	t.Helper()
	calls := 0
	table, err := route.NewTable(
		shouted, closed,
		route.Reply("upper", "d", func(_ context.Context, c route.Caller, in note) (note, error) {
			calls++
			switch in.Text {
			case "closed":
				return note{}, closed
			case "because":
				return note{}, closed.Because("stock is %d", 0)
			case "down":
				return note{}, errors.New("printer is down")
			case "bad":
				return note{}, route.Invalid("The text %q is bad.", in.Text)
			case "claim":
				return note{c.Claims.Text("tenant")}, nil
			}
			return note{strings.ToUpper(in.Text) + " <" + c.User.Name}, nil
		}),
		route.Accept("shout", "d", func(ctx context.Context, c route.Caller, in note) error {
			calls++
			send := map[string]func() (route.Sent, error){
				"one":  func() (route.Sent, error) { return c.ToConnection(ctx, "b1", shouted.With(in)) },
				"user": func() (route.Sent, error) { return c.ToUser(ctx, c.User, shouted.With(in)) },
				"all":  func() (route.Sent, error) { return c.ToAll(ctx, shouted.With(in)) },
				"huge": func() (route.Sent, error) {
					return c.ToAll(ctx, shouted.With(note{strings.Repeat("x", 128<<10)}))
				},
				"empty": func() (route.Sent, error) { return c.ToAll(ctx, route.Message{}) },
			}[in.Text]
			if send == nil {
				return closed
			}
			_, err := send()
			return err
		}),
	)
	if err != nil {
		t.Fatal(err)
	}
	w := newFixture().open("alice", connectionID, "a2").open("bob", "b1")
	w.config.Routes = table
	return w, &calls
}

// onRoute returns an edit that sends the event whoami to another route.
func onRoute(key, body string) func(map[string]any) {
	return func(e map[string]any) {
		object(e, "requestContext")["routeKey"] = key
		e["body"] = body
	}
}

func TestServe(t *testing.T) {
	const refusal = `{"type":"error","data":{"code":"`
	tests := []struct{ name, key, body, want, reason string }{
		{"reply", "upper", `{"action":"upper","text":"hi"}`, `{"type":"upper","data":{"text":"HI <alice"}}`, ""},
		{"withoutFields", "upper", `{"action":"upper"}`, `{"type":"upper","data":{"text":" <alice"}}`, ""},
		{"ownError", "upper", `{"text":"closed"}`, refusal + `shop_closed","message":"The shop is closed."}}`, "The shop is closed."},
		{"ownErrorBecause", "upper", `{"text":"because"}`, refusal + `shop_closed","message":"The shop is closed."}}`, "stock is 0"},
		{"invalid", "upper", `{"text":"bad"}`, refusal + `message_invalid","message":"The text \"bad\" is bad."}}`, "refused by the route"},
		{"unknownField", "upper", `{"action":"upper","txt":"hi"}`, refusal + `message_invalid","message":"The field \"txt\" is unknown. Known fields: text."}}`, "unknown field"},
		{"otherCase", "upper", `{"Text":"hi"}`, refusal + `message_invalid","message":"The field \"Text\" is unknown. Known fields: text."}}`, "unknown field"},
		{"wrongType", "upper", `{"text":1}`, refusal + `message_invalid","message":"The field \"text\" must be a string."}}`, "wrong type"},
		{"twice", "upper", `{"text":"a","text":"b"}`, refusal + `message_invalid","message":"The message has the field \"text\" twice. Fields that differ only in case count as one."}}`, "duplicate field"},
		{"notJSON", "upper", `hello`, refusal + `message_invalid","message":"The message is not a JSON object."}}`, "not a JSON object"},
		{"null", "upper", `null`, refusal + `message_invalid","message":"The message is not a JSON object."}}`, "not a JSON object"},
		{"accept", "shout", `{"text":"one"}`, ``, ""},
		{"acceptRefuses", "shout", `{"text":"?"}`, refusal + `shop_closed","message":"The shop is closed."}}`, "The shop is closed."},
		{"acceptInvalid", "shout", `{"x":1}`, refusal + `message_invalid","message":"The field \"x\" is unknown. Known fields: text."}}`, "unknown field"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w, _ := withRoutes(t)
			answer, err := w.invoke(t.Context(), readEvent(t, "whoami", onRoute(test.key, test.body)))
			if err != nil {
				t.Fatal(err)
			}
			if got := decodeReply(t, answer).Body; got != test.want {
				t.Errorf("got %s\nwant %s", got, test.want)
			}
			want := map[string]any{"route": test.key, "outcome": "ok", "reason": nil}
			if test.reason != "" {
				want["outcome"], want["reason"] = "refused", test.reason
			}
			w.logged(t, want)
		})
	}
}

// An error that is not an error code is a failure. Only the log has its text.
func TestServeFails(t *testing.T) {
	for body, want := range map[string]string{"down": "printer is down", "huge": "at most 131072 can be sent", "empty": "the message is empty"} {
		key := map[bool]string{true: "upper", false: "shout"}[body == "down"]
		w, _ := withRoutes(t)
		_, err := w.invoke(t.Context(), readEvent(t, "whoami", onRoute(key, `{"text":"`+body+`"}`)))
		if err == nil || !strings.Contains(err.Error(), "route "+key) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got error %v, want one with %q", body, err, want)
		}
		w.logged(t, map[string]any{"outcome": "failed", "code": "unavailable"})
	}
}

func TestServeSends(t *testing.T) {
	for to, want := range map[string][]string{"one": {"b1"}, "user": {connectionID, "a2"}, "all": {connectionID, "a2", "b1"}} {
		t.Run(to, func(t *testing.T) {
			w, _ := withRoutes(t)
			w.config.Metrics, w.level = "sallyport-test", zerolog.ErrorLevel
			if _, err := w.invoke(t.Context(), readEvent(t, "whoami", onRoute("shout", `{"text":"`+to+`"}`))); err != nil {
				t.Fatal(err)
			}
			sent := map[string][]string{}
			for _, id := range want {
				sent[id] = []string{`{"type":"shouted","data":{"text":"` + to + `"}}`}
			}
			if diff := cmp.Diff(sent, w.posts.got); diff != "" {
				t.Errorf("posts (-want +got):\n%s", diff)
			}
			if got := w.metricsOf(t); got["Route"] != "message" || got["Sent"] != float64(len(want)) {
				t.Errorf("got metrics %v, want %d sent by a message", got, len(want))
			}
		})
	}
}

// A route receives the claims of the authorizer. It fails if they are not a JSON object.
func TestServeClaims(t *testing.T) {
	for claims, want := range map[string]string{``: `""`, `{"tenant":"t1"}`: `"t1"`, `{"tenant":1}`: `""`, `{"tenant`: ``} {
		w, _ := withRoutes(t)
		answer, err := w.invoke(t.Context(), readEvent(t, "whoami", func(e map[string]any) {
			onRoute("upper", `{"text":"claim"}`)(e)
			object(object(e, "requestContext"), "authorizer")["claims"] = claims
		}))
		if want == "" {
			if err == nil || !strings.Contains(err.Error(), "read claims of authorizer") {
				t.Errorf("%s: got error %v, want an error about the claims", claims, err)
			}
			continue
		}
		if err != nil || decodeReply(t, answer).Body != `{"type":"upper","data":{"text":`+want+`}}` {
			t.Errorf("%s: got %s, error %v, want %s", claims, answer, err, want)
		}
	}
}

// Every check of the guard applies to routes of each kind. The route does not run after a
// refusal.
func TestServeIsGuarded(t *testing.T) {
	rules := map[string]func(*fixture){
		"token_expired":     func(w *fixture) { w.at(expires.Add(time.Hour)) },
		"message_too_large": func(w *fixture) { w.config.MessageBytes = 3 },
		"too_many_messages": func(w *fixture) {
			w.config.MessagesPerMinute = 1
			w.table.counts[connectionID+now.Format(" 15:04")] = 1
		},
		"connection_unknown": func(w *fixture) { w.config.MessagesPerMinute = 1; delete(w.table.rows, connectionID) },
	}
	for _, key := range []string{"upper", "shout"} {
		for code, rule := range rules {
			w, calls := withRoutes(t)
			rule(w)
			answer, err := w.invoke(t.Context(), readEvent(t, "whoami", onRoute(key, `{"text":"all"}`)))
			if err != nil || *calls != 0 {
				t.Errorf("%s, %s: got %d calls, error %v, want none", key, code, *calls, err)
			}
			told := decodeReply(t, answer).Body + strings.Join(w.posts.got[connectionID], "")
			if !strings.Contains(told, `"code":"`+code+`"`) {
				t.Errorf("%s, %s: got %s, want the code", key, code, told)
			}
			w.logged(t, map[string]any{"code": code, "outcome": "refused", "route": key})
		}
	}
}

// A route that reads the row of its sender refuses the message if there is no row.
func TestWhoamiWithoutRow(t *testing.T) {
	w := newFixture()
	w.table.err = handler.ErrGone
	answer, err := w.invoke(t.Context(), readEvent(t, "whoami", nil))
	if err != nil || !json.Valid([]byte(answer)) || !strings.Contains(answer, "connection_unknown") {
		t.Errorf("got %s, error %v, want connection_unknown", answer, err)
	}
}
