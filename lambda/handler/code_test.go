package handler_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"sallyport/lambda/errcode"
	"sallyport/lambda/handler"
	"sallyport/lambda/setting"
)

// codeIn finds the code in a log line, or in an answer.
var codeIn = regexp.MustCompile(`"code":"([a-z_]+)"`)

// The function can produce every code of the catalogue. The log has the code, and so does
// the answer, if the client receives one.
func TestEveryCode(t *testing.T) {
	token := func(c errcode.Code) func(*fixture) {
		return func(w *fixture) { w.verifies("alice", time.Time{}, errcode.Refuse(c, "why")) }
	}
	taken := func(edit func(*handler.Ticket)) func(*fixture) {
		return func(w *fixture) {
			k := aTicket()
			edit(&k)
			w.table.tickets[ticketHash] = k
		}
	}
	nothing := func(*fixture) {}
	withCookie := func(w *fixture) { w.config.SessionCookie = true }
	channels := func(w *fixture) { w.withChannels(t) }
	frame := func(body string) func(map[string]any) {
		return func(e map[string]any) {
			object(object(e, "requestContext"), "authorizer")["protocol"] = "centrifuge-json"
			e["body"] = body
		}
	}
	tests := map[errcode.Code]struct {
		event  string
		edit   func(map[string]any)
		change func(*fixture)
		told   bool // to the client
	}{
		errcode.NoCredential:       {"authorizer", asHeader(), nothing, false},
		errcode.SeveralCredentials: {"authorizer", asHeader("bearer.a, bearer.b"), nothing, false},
		errcode.CredentialOff:      {"authorizer", nil, func(w *fixture) { w.config.TokenInSubprotocol = false }, false},
		errcode.TokenInvalid:       {"http_ticket", nil, token(errcode.TokenInvalid), true},
		errcode.TokenIssuer:        {"refresh", nil, token(errcode.TokenIssuer), true},
		errcode.TokenNotYetValid:   {"authorizer", nil, token(errcode.TokenNotYetValid), false},
		errcode.TokenExpired:       {"message", nil, func(w *fixture) { w.at(expires.Add(time.Hour)) }, true},
		errcode.TokenAudience:      {"http_sign_out", nil, token(errcode.TokenAudience), true},
		errcode.TokenScope:         {"http_ticket", nil, token(errcode.TokenScope), true},
		errcode.TokenTooLarge:      {"http_ticket", both(of("POST", "/session"), header("authorization", "Bearer "+strings.Repeat("a", 5000))), withCookie, true},
		errcode.TicketUnknown:      {"authorizer_ticket", nil, nothing, false},
		errcode.TicketExpired:      {"authorizer_ticket", nil, taken(func(k *handler.Ticket) { k.ExpiresAt = now }), false},
		errcode.TicketOrigin:       {"authorizer_ticket", nil, taken(func(k *handler.Ticket) { k.Origin = "" }), false},
		errcode.OriginMissing: {
			"authorizer", func(e map[string]any) { setHeader(e, "Origin") },
			func(w *fixture) { w.config.MissingOrigin = setting.RefuseMissing }, false,
		},
		errcode.OriginNotAllowed:   {"http_preflight", nil, func(w *fixture) { w.config.AllowedOrigins = nil }, true},
		errcode.NotThroughSite:     {"http_ticket", nil, func(w *fixture) { w.config.OriginSecrets = accepted("secret") }, true},
		errcode.CSRFHeaderMissing:  {"http_ticket", cookies(cookieName + "a.b.c"), withCookie, true},
		errcode.TooManyConnections: {"connect", nil, func(w *fixture) { w.config.ConnectionsPerUser, w.config.OverCap = 1, setting.Newest }, true},
		errcode.MessageTooLarge:    {"message", nil, func(w *fixture) { w.config.MessageBytes = 1 }, true},
		errcode.TooManyMessages: {"message", nil, func(w *fixture) {
			w.config.MessagesPerMinute = 1
			w.table.counts[connectionID+now.Format(" 15:04")] = 1
		}, true},
		errcode.MessageInvalid:     {"whoami", func(e map[string]any) { e["body"] = `{"action":"whoami","more":1}` }, nothing, true},
		errcode.RefreshMalformed:   {"refresh", func(e map[string]any) { e["body"] = `{"action":"refresh"}` }, nothing, true},
		errcode.RefreshOtherUser:   {"refresh", nil, func(w *fixture) { w.verifies("bob", expires, nil) }, true},
		errcode.ConnectionUnknown:  {"whoami", nil, func(w *fixture) { delete(w.table.rows, connectionID) }, true},
		errcode.Disconnected:       {"disconnect_connection", nil, nothing, true},
		errcode.SignedOut:          {"http_sign_out", nil, nothing, true},
		errcode.ChannelUnknown:     {"message", frame(`{"id":1,"subscribe":{"channel":"none:1"}}`), channels, false},
		errcode.ChannelDenied:      {"message", frame(`{"id":1,"subscribe":{"channel":"team:1"}}`), channels, false},
		errcode.TooManyChannels:    {"message", frame(`{"id":1,"subscribe":{"channel":"room:1"}}{"id":2,"subscribe":{"channel":"room:2"}}{"id":3,"subscribe":{"channel":"room:3"}}{"id":4,"subscribe":{"channel":"room:4"}}`), channels, false},
		errcode.PositionUnknown:    {"message", frame(`{"id":1,"history":{"channel":"room:1","since":{"offset":1,"epoch":"x"}}}`), channels, false},
		errcode.CommandUnsupported: {"message", frame(`{"id":1,"sub_refresh":{}}`), channels, false},
		errcode.CommandInvalid:     {"push_all", func(e map[string]any) { e["push"] = 1 }, nothing, true},
		errcode.Unavailable:        {"http_ticket", nil, func(w *fixture) { w.table.err = errors.New("down") }, true},
	}
	for _, f := range errcode.All() {
		t.Run(string(f.Code), func(t *testing.T) {
			test, ok := tests[f.Code]
			if !ok {
				t.Fatal("the test has no case for this code")
			}
			w := newFixture().open("alice", connectionID, "other")
			test.change(w)
			answer, err := w.invoke(t.Context(), readEvent(t, test.event, test.edit))
			said := answer
			if err != nil {
				said = err.Error()
			}
			for _, messages := range w.posts.got {
				said += messages[0]
			}
			want := string(f.Code)
			if f.Code != errcode.Disconnected && f.Code != errcode.SignedOut { // nothing is refused
				if got := codeIn.FindStringSubmatch(w.log.String()); got == nil || got[1] != want {
					t.Errorf("got log %s, want code %s", w.log.String(), want)
				}
			}
			if told := regexp.MustCompile(`\b` + want + `\b`).MatchString(said); told != test.told {
				t.Errorf("got answer %s, want the code in it: %v", said, test.told)
			}
		})
	}
}
