package handler_test

import (
	"errors"
	"regexp"
	"testing"
	"time"

	"sallyport/lambda/fault"
	"sallyport/lambda/handler"
)

// codeIn finds the code of a log line; answers that tell one have the same.
var codeIn = regexp.MustCompile(`"code":"([a-z_]+)"`)

// Every code of the catalogue comes of something that can happen, and the log
// tells it. What the client is told, too, has the same code.
func TestEveryCode(t *testing.T) {
	token := func(c fault.Code) func(*world) {
		return func(w *world) { w.verifies("alice", time.Time{}, refusal{c, "why"}) }
	}
	taken := func(edit func(*handler.Ticket)) func(*world) {
		return func(w *world) {
			k := aTicket()
			edit(&k)
			w.table.tickets[ticketHash] = k
		}
	}
	nothing := func(*world) {}
	tests := map[fault.Code]struct {
		event string
		edit  func(map[string]any)
		world func(*world)
		told  bool // to the client
	}{
		fault.NoCredential:       {"authorizer", asHeader(), nothing, false},
		fault.SeveralCredentials: {"authorizer", asHeader("bearer.a, bearer.b"), nothing, false},
		fault.CredentialOff:      {"authorizer", nil, func(w *world) { w.config.TokenInSubprotocol = false }, false},
		fault.TokenInvalid:       {"http_ticket", nil, token(fault.TokenInvalid), true},
		fault.TokenIssuer:        {"refresh", nil, token(fault.TokenIssuer), true},
		fault.TokenNotYetValid:   {"authorizer", nil, token(fault.TokenNotYetValid), false},
		fault.TokenExpired:       {"message", nil, func(w *world) { w.at(expires.Add(time.Hour)) }, true},
		fault.TokenAudience:      {"http_sign_out", nil, token(fault.TokenAudience), true},
		fault.TokenScope:         {"http_ticket", nil, token(fault.TokenScope), true},
		fault.TicketUnknown:      {"authorizer_ticket", nil, nothing, false},
		fault.TicketExpired:      {"authorizer_ticket", nil, taken(func(k *handler.Ticket) { k.ExpiresAt = now }), false},
		fault.TicketOrigin:       {"authorizer_ticket", nil, taken(func(k *handler.Ticket) { k.Origin = "" }), false},
		fault.OriginMissing: {
			"authorizer", func(e map[string]any) { setHeader(e, "Origin") },
			func(w *world) { w.config.MissingOrigin = handler.RefuseMissing }, false,
		},
		fault.OriginNotAllowed:   {"http_preflight", nil, func(w *world) { w.config.AllowedOrigins = nil }, true},
		fault.TooManyConnections: {"connect", nil, func(w *world) { w.config.ConnectionsPerUser, w.config.OverCap = 1, handler.Newest }, true},
		fault.MessageTooLarge:    {"message", nil, func(w *world) { w.config.MessageBytes = 1 }, true},
		fault.TooManyMessages: {"message", nil, func(w *world) {
			w.config.MessagesPerMinute = 1
			w.table.counts[connectionID+now.Format(" 15:04")] = 1
		}, true},
		fault.RefreshMalformed:  {"refresh", func(e map[string]any) { e["body"] = `{"action":"refresh"}` }, nothing, true},
		fault.RefreshOtherUser:  {"refresh", nil, func(w *world) { w.verifies("bob", expires, nil) }, true},
		fault.ConnectionUnknown: {"whoami", nil, func(w *world) { delete(w.table.rows, connectionID) }, true},
		fault.Disconnected:      {"disconnect_connection", nil, nothing, true},
		fault.SignedOut:         {"http_sign_out", nil, nothing, true},
		fault.OrderInvalid:      {"push_all", func(e map[string]any) { e["push"] = 1 }, nothing, true},
		fault.Unavailable:       {"http_ticket", nil, func(w *world) { w.table.fault = errors.New("down") }, true},
	}
	for _, f := range fault.All() {
		t.Run(string(f.Code), func(t *testing.T) {
			test, ok := tests[f.Code]
			if !ok {
				t.Fatal("nothing here makes this code")
			}
			w := newWorld().open("alice", connectionID, "other")
			test.world(w)
			answer, err := w.invoke(t.Context(), readEvent(t, test.event, test.edit))
			said := answer
			if err != nil {
				said = err.Error()
			}
			for _, messages := range w.posts.got {
				said += messages[0]
			}
			want := string(f.Code)
			if f.Code != fault.Disconnected && f.Code != fault.SignedOut { // nothing is refused
				if got := codeIn.FindStringSubmatch(w.log.String()); got == nil || got[1] != want {
					t.Errorf("got log %s, want code %s", w.log.String(), want)
				}
			}
			if told := regexp.MustCompile(`\b` + want + `\b`).MatchString(said); told != test.told {
				t.Errorf("got %s, want it to tell the code: %v", said, test.told)
			}
		})
	}
}
