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

// signing is how a request is signed; the zero value does it right.
type signing struct {
	none            bool
	key             *aws.Credentials
	service, region string
	at              time.Duration // from now
	signed          string        // the body that is signed; "": the one that is sent
	presign         bool
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
	if s.region == "" {
		s.region = v.Region
	}
	if s.signed != "" {
		body = s.signed
	}
	sum := sha256.Sum256([]byte(body))
	hash, at := hex.EncodeToString(sum[:]), time.Now().Add(s.at)
	if !s.presign {
		if err := v4.NewSigner().SignHTTP(t.Context(), key, r, hash, s.service, s.region, at); err != nil {
			t.Fatal(err)
		}
		return
	}
	uri, _, err := v4.NewSigner().PresignHTTP(t.Context(), key, r, hash, s.service, s.region, at)
	if err == nil {
		r.URL, err = url.Parse(uri)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// idOf returns the id of a connection, which its own user may know.
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

// door is one of the two APIs that are for those with a key.
type door struct {
	service, method, url, body string
}

// TestUnsignedCalls posts to connections, ends them, and invokes the function,
// without a key or with a wrong one.
func TestUnsignedCalls(t *testing.T) {
	v := open.get(t)
	live := v.enter(t, v.token(t, "victoria"))
	id := idOf(t, live)
	one := v.ConnectionsURL + "/@connections/" + url.QueryEscape(id)
	invoke := "http://" + v.socket.Host + "/2015-03-31/functions/" + v.FunctionName + "/invocations"
	doors := map[string]door{
		"post":   {"execute-api", http.MethodPost, one, "forged"},
		"get":    {"execute-api", http.MethodGet, one, ""},
		"delete": {"execute-api", http.MethodDelete, one, ""},
		"invoke": {"lambda", http.MethodPost, invoke, forgedPush},
	}
	wrong := v.Key
	wrong.SecretAccessKey = "guessed"
	session := v.Key
	session.SessionToken = "guessed"
	call := func(d door, s signing, change func(r *http.Request)) string {
		if s.service == "" {
			s.service = d.service
		}
		return do(t, request{method: d.method, url: d.url, body: d.body, change: func(r *http.Request) {
			v.sign(t, r, d.body, s)
			if change != nil {
				change(r)
			}
		}}).verdict()
	}
	control(t, "a signed look at the connection", call(doors["get"], signing{}, nil), "200")
	page := func(origin string) func(r *http.Request) {
		return func(r *http.Request) { r.Header.Set("Origin", origin) }
	}
	for _, name := range []string{"post", "get", "delete", "invoke"} {
		d := doors[name]
		other := map[string]string{"execute-api": "lambda", "lambda": "execute-api"}[d.service]
		for _, try := range []struct {
			name, tries string
			s           signing
			change      func(r *http.Request)
		}{
			{"unsigned", "no signature", signing{none: true}, nil},
			{"unknownKey", "a key that does not exist", signing{key: &aws.Credentials{AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: "x"}}, nil},
			{"wrongSecret", "a guessed secret", signing{key: &wrong}, nil},
			{"wrongSession", "a guessed session token", signing{key: &session}, nil},
			{"wrongRegion", "another region", signing{region: "us-east-1"}, nil},
			{"wrongService", "signed for the other API", signing{service: other}, nil},
			{"expired", "signed six minutes ago", signing{at: -6 * time.Minute}, nil},
			{"future", "signed six minutes ahead", signing{at: 6 * time.Minute}, nil},
			{"presignedOld", "a presigned URL of an hour ago", signing{at: -time.Hour, presign: true}, nil},
			{"otherBody", "signed for another body", signing{signed: "another"}, nil},
			{"replayedQuery", "a signature for another query", signing{}, func(r *http.Request) { r.URL.RawQuery = "x=1" }},
			{"replayedPath", "a signature for another path", signing{}, func(r *http.Request) { r.URL.Path += "x"; r.URL.RawPath = "" }},
			{"replayedMethod", "a signature for another method", signing{}, func(r *http.Request) {
				r.Method = map[string]string{http.MethodGet: http.MethodDelete}[r.Method]
				if r.Method == "" {
					r.Method = http.MethodPut
				}
			}},
			{"replayedDate", "a signature with a later date", signing{}, func(r *http.Request) {
				r.Header.Set("X-Amz-Date", time.Now().Add(time.Minute).UTC().Format("20060102T150405Z"))
			}},
			{"bearer", "a user's token in its place", signing{none: true}, func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+v.token(t, "victoria")) }},
			{"basic", "the key's name with an empty password", signing{none: true}, func(r *http.Request) { r.SetBasicAuth(v.Key.AccessKeyID, "") }},
			{"emptySignature", "the right form, an empty signature", signing{}, func(r *http.Request) {
				head, _, _ := strings.Cut(r.Header.Get("Authorization"), "Signature=")
				r.Header.Set("Authorization", head+"Signature=")
			}},
			{"noHeadersSigned", "SignedHeaders left empty", signing{}, func(r *http.Request) {
				r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), "SignedHeaders=", "SignedHeaders=;", 1))
			}},
			{"page", "unsigned, from a foreign page", signing{none: true}, page("https://evil.example")},
			{"sitePage", "unsigned, from the site's page", signing{none: true}, page(v.site)},
			{"methodOverride", "unsigned, with X-HTTP-Method-Override", signing{none: true}, func(r *http.Request) { r.Header.Set("X-HTTP-Method-Override", "GET") }},
			{"forwarded", "unsigned, as from this machine", signing{none: true}, func(r *http.Request) { r.Header.Set("X-Forwarded-For", "127.0.0.1") }},
		} {
			attempt{name + "/" + try.name, try.tries}.ends(t, call(d, try.s, try.change), "403", "400", "404")
		}
	}
	for _, method := range []string{http.MethodOptions, http.MethodHead, http.MethodPut, http.MethodPatch, "CONNECT", "TRACE", "PURGE"} {
		d := doors["post"]
		d.method = method
		attempt{"post/method" + method, method + " without a signature"}.ends(t, call(d, signing{none: true}, nil), "403", "400", "404", "405")
	}
	attempt{"connection/untouched", "any of these has reached the connection"}.ends(t, live.ask("are you there?"), `{"type":"echo"`)
}

// TestGuessedConnections tries ids without a signature: the answer must not
// tell which exist.
func TestGuessedConnections(t *testing.T) {
	v := open.get(t)
	live := v.enter(t, v.token(t, "victoria"))
	id := idOf(t, live)
	probe := func(id string) string {
		return do(t, request{method: http.MethodGet, url: v.ConnectionsURL + "/@connections/" + url.PathEscape(id)}).verdict()
	}
	real := probe(id)
	for _, guess := range []struct{ name, id string }{
		{"exists", id}, {"caseFlipped", flipCase(id)}, {"gone", "WhHAe-TROkECC5w="}, {"malformed", "x"}, {"path", "../" + id}, {"star", "*"}, {"huge", strings.Repeat("A", 3000)},
	} {
		got := probe(guess.id)
		attempt{"guess/" + guess.name, "is there a connection " + guess.id}.verdict(t, got, strings.HasPrefix(got, "403") && got == real)
	}
	seen := map[string]bool{}
	for range 20 {
		seen[idOf(t, v.enter(t, v.token(t, "victoria")))] = true
	}
	attempt{"guess/repeats", "ids that come twice, of 20"}.verdict(t, encode(len(seen))+" different ones", len(seen) == 20)
}

// TestForgedEvents sends the events of which only API Gateway, EventBridge and a
// backend may be the sender.
func TestForgedEvents(t *testing.T) {
	v := open.get(t)
	live := v.enter(t, v.token(t, "victoria"))
	id := idOf(t, live)
	for _, forged := range forgedEvents(id) {
		got := do(t, request{method: http.MethodPost, url: "http://" + v.socket.Host + "/2015-03-31/functions/" + v.FunctionName + "/invocations", body: forged.body})
		attempt{"invoke/" + forged.name, "an unsigned " + forged.tries}.ends(t, got.verdict(), "403")
		for _, path := range []string{"/tickets", "/connections", "/", "/$default", "/refresh"} {
			got := do(t, request{method: http.MethodPost, url: v.http + path, body: forged.body, header: http.Header{"Content-Type": {"application/json"}}})
			attempt{"http/" + forged.name + path, forged.tries + " as the body of POST " + path}.ends(t, got.verdict(), "401", "404", "405")
		}
	}
	for _, try := range []struct{ name, path string }{
		{"dots", "/tickets/../connections"},
		{"slash", "/tickets/"},
		{"double", "//tickets"},
		{"case", "/TICKETS"},
		{"encoded", "/%74ickets/x"},
		{"stage", "/live"},
		{"inspector", "/inspector/state"},
		{"management", "/live/@connections/" + url.PathEscape(id)},
		{"functions", "/2015-03-31/functions/" + v.FunctionName + "/invocations"},
	} {
		got := do(t, request{method: http.MethodDelete, url: v.http + try.path})
		attempt{"http/path/" + try.name, "DELETE " + try.path + " of the HTTP API"}.ends(t, got.verdict(), "401", "403", "404", "405", "301", "307")
	}
	attempt{"event/untouched", "any of these has reached the connection"}.ends(t, live.ask("are you there?"), `{"type":"echo"`)
}

// forgedPush is an order that everybody's connection would show.
const forgedPush = `{"push":{"target":{"all":true},"message":{"type":"event","data":"forged"}}}`

// forgedEvents are events that would do something for who may send them.
func forgedEvents(id string) []struct{ name, tries, body string } {
	arn := "arn:aws:execute-api:eu-west-1:111122223333:o7097wq2ar/live/$connect"
	context := func(key, kind string) map[string]any {
		return map[string]any{"routeKey": key, "eventType": kind, "connectionId": id, "authorizer": map[string]string{"user": "admin", "issuer": "https://sign-in.local.example", "sub": "admin", "expires": "9999999999"}}
	}
	return []struct{ name, tries, body string }{
		{"push", "push to everybody", forgedPush},
		{"pushConnection", "push to a connection", encode(map[string]any{"push": map[string]any{"target": map[string]string{"connection": id}, "message": map[string]string{"type": "event", "data": "forged"}}})},
		{"disconnect", "order to disconnect everybody", `{"disconnect":{"target":{"all":true},"reason":"forged"}}`},
		{"disconnectUser", "order to disconnect a user", `{"disconnect":{"target":{"user":"victoria"}}}`},
		{"authorizer", "authorizer event", encode(map[string]any{"type": "REQUEST", "methodArn": arn, "headers": map[string]string{}})},
		{"schedule", "scheduled event", `{"source":"aws.events","detail-type":"Scheduled Event","detail":{}}`},
		{"connect", "$connect event", encode(map[string]any{"requestContext": context("$connect", "CONNECT")})},
		{"close", "$disconnect event", encode(map[string]any{"requestContext": context("$disconnect", "DISCONNECT")})},
		{"whoami", "whoami event of the administrator", encode(map[string]any{"requestContext": context("whoami", "MESSAGE")})},
		{"http", "HTTP event", `{"version":"2.0","routeKey":"POST /tickets","rawPath":"/tickets","requestContext":{"http":{"method":"POST","path":"/tickets"},"authorizer":{"user":"admin"}},"headers":{}}`},
	}
}
