package attack

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// signing says how a request is signed. The zero value is a correct signature.
type signing struct {
	none    bool
	key     *aws.Credentials
	service string
	signed  string // the body that is signed; "": the one that is sent
}

func (v *victim) sign(t *testing.T, r *http.Request, body string, s signing) {
	t.Helper()
	if s.none {
		return
	}
	key := v.Key
	if s.key != nil {
		key = *s.key
	}
	if s.signed != "" {
		body = s.signed
	}
	sum := sha256.Sum256([]byte(body))
	if err := v4.NewSigner().SignHTTP(t.Context(), key, r, hex.EncodeToString(sum[:]), s.service, v.Region, time.Now()); err != nil {
		t.Fatal(err)
	}
}

// idOf returns the id of a connection, which its user may know.
func idOf(t *testing.T, s *socket) string {
	t.Helper()
	var m struct {
		Data struct{ ConnectionID string }
	}
	answer := s.ask(`{"action":"whoami"}`)
	if err := json.Unmarshal([]byte(answer), &m); err != nil || m.Data.ConnectionID == "" {
		t.Fatalf("whoami answers %s", answer)
	}
	return m.Data.ConnectionID
}

// endpoint is a call of one of the two APIs that need a signature.
type endpoint struct {
	service, method, url, body string
}

// TestUnsignedCalls posts to connections, closes them and invokes the function, without a
// signature or with a wrong one. local/sigv4's TestRefused has the complete table.
func TestUnsignedCalls(t *testing.T) {
	v := open.get(t)
	live := v.mustConnect(t, v.token(t, "victoria"))
	id := idOf(t, live)
	one := v.ConnectionsURL + "/@connections/" + url.QueryEscape(id)
	endpoints := map[string]endpoint{
		"post":   {"execute-api", http.MethodPost, one, "forged"},
		"get":    {"execute-api", http.MethodGet, one, ""},
		"delete": {"execute-api", http.MethodDelete, one, ""},
		"invoke": {"lambda", http.MethodPost, v.invocations(), forgedPush},
	}
	wrong := v.Key
	wrong.SecretAccessKey = "guessed"
	call := func(e endpoint, s signing, change func(r *http.Request)) string {
		if s.service == "" {
			s.service = e.service
		}
		return do(t, request{method: e.method, url: e.url, body: e.body, change: func(r *http.Request) {
			v.sign(t, r, e.body, s)
			if change != nil {
				change(r)
			}
		}}).verdict()
	}
	header := func(name, value string) func(r *http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	control(t, "a signed GET of the connection", call(endpoints["get"], signing{}, nil), "200")
	for _, name := range []string{"post", "get", "delete", "invoke"} {
		e := endpoints[name]
		other := map[string]string{"execute-api": "lambda", "lambda": "execute-api"}[e.service]
		for _, try := range []struct {
			name, tries string
			s           signing
			change      func(r *http.Request)
		}{
			{"unsigned", "no signature", signing{none: true}, nil},
			{"wrongSecret", "a guessed secret", signing{key: &wrong}, nil},
			{"wrongService", "a signature for the other API", signing{service: other}, nil},
			{"otherBody", "a signature of another body", signing{signed: "another"}, nil},
			{"replayedDate", "a signature with a later date", signing{}, header("X-Amz-Date", time.Now().Add(time.Minute).UTC().Format("20060102T150405Z"))},
			{"emptySignature", "an empty signature", signing{}, func(r *http.Request) {
				head, _, _ := strings.Cut(r.Header.Get("Authorization"), "Signature=")
				r.Header.Set("Authorization", head+"Signature=")
			}},
			{"bearer", "a user's token instead of a signature", signing{none: true}, header("Authorization", "Bearer "+v.token(t, "victoria"))},
			{"page", "no signature, from a foreign page", signing{none: true}, header("Origin", "https://evil.example")},
			{"sitePage", "no signature, from the site's page", signing{none: true}, header("Origin", v.site)},
			{"methodOverride", "no signature, with X-HTTP-Method-Override", signing{none: true}, header("X-HTTP-Method-Override", "GET")},
			{"forwarded", "no signature, forwarded for this machine", signing{none: true}, header("X-Forwarded-For", "127.0.0.1")},
		} {
			attempt{name + "/" + try.name, try.tries}.expect(t, call(e, try.s, try.change), "403", "400", "404")
		}
	}
	for _, method := range []string{http.MethodOptions, http.MethodHead, http.MethodPut, http.MethodPatch, "CONNECT", "TRACE", "PURGE"} {
		e := endpoints["post"]
		e.method = method
		attempt{"post/method" + method, method + " without a signature"}.expect(t, call(e, signing{none: true}, nil), "403", "400", "404", "405")
	}
	attempt{"connection/untouched", "one of these attempts reaches the connection"}.expect(t, live.ask("are you there?"), `{"type":"echo"`)
}

// invocations returns the address at which the function is invoked.
func (v *victim) invocations() string {
	return "http://" + v.socket.Host + "/2015-03-31/functions/" + v.FunctionName + "/invocations"
}

// invoke invokes the function with an event, as its owner may.
func (v *victim) invoke(t *testing.T, body string) string {
	t.Helper()
	return do(t, request{method: http.MethodPost, url: v.invocations(), body: body, change: func(r *http.Request) {
		v.sign(t, r, body, signing{service: "lambda"})
	}}).verdict()
}

// TestGuessedConnections tries ids without a signature. The answer must not show which of
// them exist.
func TestGuessedConnections(t *testing.T) {
	v := open.get(t)
	live := v.mustConnect(t, v.token(t, "victoria"))
	id := idOf(t, live)
	probe := func(id string) string {
		return do(t, request{method: http.MethodGet, url: v.ConnectionsURL + "/@connections/" + url.PathEscape(id)}).verdict()
	}
	real := probe(id)
	for _, guess := range []struct{ name, id string }{
		{"exists", id}, {"caseFlipped", flipCase(id)}, {"gone", "WhHAe-TROkECC5w="}, {"malformed", "x"}, {"path", "../" + id},
	} {
		got := probe(guess.id)
		attempt{"guess/" + guess.name, "does the connection exist: " + guess.id}.verdict(t, got, strings.HasPrefix(got, "403") && got == real)
	}
	seen := map[string]bool{}
	for range 20 {
		seen[idOf(t, v.mustConnect(t, v.token(t, "victoria")))] = true
	}
	attempt{"guess/repeats", "an id that repeats among 20"}.verdict(t, encode(len(seen))+" different ones", len(seen) == 20)
}

// TestForgedEvents sends events that only API Gateway, EventBridge and a backend may send.
func TestForgedEvents(t *testing.T) {
	v := open.get(t)
	live := v.mustConnect(t, v.token(t, "victoria"))
	id := idOf(t, live)
	for _, forged := range forgedEvents(id) {
		got := do(t, request{method: http.MethodPost, url: v.invocations(), body: forged.body})
		attempt{"invoke/" + forged.name, "an unsigned " + forged.tries}.expect(t, got.verdict(), "403")
		if forged.name != "push" && forged.name != "http" { // the same class
			continue
		}
		for _, path := range []string{"/tickets", "/connections", "/$default"} {
			got := do(t, request{method: http.MethodPost, url: v.http + path, body: forged.body, header: http.Header{"Content-Type": {"application/json"}}})
			attempt{"http/" + forged.name + path, forged.tries + " as the body of POST " + path}.expect(t, got.verdict(), "401", "404", "405")
		}
	}
	for _, try := range []struct{ name, path string }{
		{"dots", "/tickets/../connections"},
		{"double", "//tickets"},
		{"encoded", "/%74ickets/x"},
		{"management", "/live/@connections/" + url.PathEscape(id)},
		{"functions", "/2015-03-31/functions/" + v.FunctionName + "/invocations"},
	} {
		got := do(t, request{method: http.MethodDelete, url: v.http + try.path})
		attempt{"http/path/" + try.name, "DELETE " + try.path + " of the HTTP API"}.expect(t, got.verdict(), "401", "403", "404", "405", "301", "307")
	}
	attempt{"event/untouched", "one of these attempts reaches the connection"}.expect(t, live.ask("are you there?"), `{"type":"echo"`)
}

// forgedPush is an order to send a message to all connections.
const forgedPush = `{"push":{"target":{"all":true},"message":{"type":"event","data":"forged"}}}`

// forgedEvents are events that have an effect if an authorized sender sends them.
func forgedEvents(id string) []struct{ name, tries, body string } {
	arn := "arn:aws:execute-api:eu-west-1:111122223333:o7097wq2ar/live/$connect"
	context := func(key, kind string) map[string]any {
		return map[string]any{"routeKey": key, "eventType": kind, "connectionId": id, "authorizer": map[string]string{"user": "admin", "issuer": "https://sign-in.local.example", "sub": "admin", "expires": "9999999999"}}
	}
	return []struct{ name, tries, body string }{
		{"push", "push to all connections", forgedPush},
		{"pushConnection", "push to a connection", encode(map[string]any{"push": map[string]any{"target": map[string]string{"connection": id}, "message": map[string]string{"type": "event", "data": "forged"}}})},
		{"disconnect", "order to disconnect all", `{"disconnect":{"target":{"all":true},"reason":"forged"}}`},
		{"disconnectUser", "order to disconnect a user", `{"disconnect":{"target":{"user":"victoria"}}}`},
		{"authorizer", "authorizer event", encode(map[string]any{"type": "REQUEST", "methodArn": arn, "headers": map[string]string{}})},
		{"schedule", "scheduled event", `{"source":"aws.events","detail-type":"Scheduled Event","detail":{}}`},
		{"connect", "$connect event", encode(map[string]any{"requestContext": context("$connect", "CONNECT")})},
		{"close", "$disconnect event", encode(map[string]any{"requestContext": context("$disconnect", "DISCONNECT")})},
		{"whoami", "whoami event of the administrator", encode(map[string]any{"requestContext": context("whoami", "MESSAGE")})},
		{"http", "HTTP event", `{"version":"2.0","routeKey":"POST /tickets","rawPath":"/tickets","requestContext":{"http":{"method":"POST","path":"/tickets"},"authorizer":{"user":"admin"}},"headers":{}}`},
	}
}
