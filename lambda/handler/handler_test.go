package handler_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/rs/zerolog"

	"sallyport/lambda/app"
	"sallyport/lambda/handler"
	"sallyport/lambda/identity"
	"sallyport/lambda/route"
	"sallyport/lambda/setting"
)

// The values in the events of testdata.
const (
	connectionID = "WhHAe-TROkECC5w="
	token        = "HEADER.PAYLOAD.SIGNATURE"
	ticket       = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
	ticketHash   = "ea866a757e4c38babfa8127cbe9a409d3e1f93a00ff1488ff735fcf917afffd0"
	origin       = "https://d111111abcdef8.cloudfront.net"
)

var (
	// now is the time of the events.
	now = time.UnixMilli(1708326909456)
	// expires is the expiry of the token.
	expires = time.Unix(1708330500, 0)
)

// issuer is the issuer of all users, unless a test sets another one.
const issuer = "https://sign-in.example"

// person returns a user with a name. Without a name it returns no user.
func person(name string) identity.User {
	if name == "" {
		return identity.User{}
	}
	return identity.User{Issuer: issuer, Subject: "sub-" + name, Name: name}
}

// fixture has the dependencies and the configuration of a Mux. At first, everything is
// allowed, and nothing fails.
type fixture struct {
	verify verifier
	table  *table
	posts  *fakePusher
	config handler.Config // its interfaces and log are set by mux
	log    bytes.Buffer
	level  zerolog.Level
}

func newFixture() *fixture {
	return &fixture{
		verify: func(string) (identity.User, time.Time, error) { return person("alice"), expires, nil },
		table:  newTable(),
		posts:  &fakePusher{got: map[string][]string{}},
		config: handler.Config{
			Routes: routes(),
			Function: setting.Function{
				TokenInSubprotocol: true,
				TokenInQuery:       true,
				MissingOrigin:      setting.SubprotocolMissing,
				OverCap:            setting.Oldest,
			},
			Issuers:        []string{issuer, "https://second.example"},
			AllowedOrigins: []string{"https://console.example.com", origin},
			Now:            func() time.Time { return now },
			Random:         bytes.NewReader(counting(32)),
		},
	}
}

// routes returns the routes of package app.
func routes() route.Table {
	table, err := app.Table()
	if err != nil {
		panic(err)
	}
	return table
}

// counting returns the n bytes 0, 1, 2 and so on.
func counting(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i)
	}
	return b
}

// at sets the clock to t.
func (w *fixture) at(t time.Time) *fixture {
	w.config.Now = func() time.Time { return t }
	return w
}

// verifies makes every token a token of the user with a name.
func (w *fixture) verifies(name string, until time.Time, err error) *fixture {
	return w.verifiesAs(person(name), until, err)
}

// verifiesAs makes every token a token of a user.
func (w *fixture) verifiesAs(user identity.User, until time.Time, err error) *fixture {
	w.verify = func(string) (identity.User, time.Time, error) { return user, until, err }
	return w
}

// open adds connections of the user with a name to the table. The first is an hour
// old; each one is a second younger than the one before.
func (w *fixture) open(name string, ids ...string) *fixture {
	return w.openAs(person(name), ids...)
}

// openAs does the same as open, for any user.
func (w *fixture) openAs(user identity.User, ids ...string) *fixture {
	for i, id := range ids {
		at := now.Add(-time.Hour + time.Duration(i)*time.Second)
		w.table.rows[id] = handler.Connection{ID: id, User: user, ConnectedAt: at, AuthorizedUntil: expires}
	}
	return w
}

func (w *fixture) mux() *handler.Mux {
	c := w.config
	c.Verifier, c.Connections = w.verify, w.table
	c.Poster, c.Disconnecter = w.posts, w.posts
	if w.table.tickets != nil {
		c.Tickets = w.table
	}
	c.Log = zerolog.New(zerolog.SyncWriter(&w.log)).Level(w.level)
	return handler.New(c)
}

func (w *fixture) invoke(ctx context.Context, payload []byte) (string, error) {
	answer, err := w.mux().Invoke(lambdacontext.NewContext(ctx, &lambdacontext.LambdaContext{AwsRequestID: "request-1"}), payload)
	return string(answer), err
}

// lines returns the decoded lines of the log.
func (w *fixture) lines(t *testing.T) []map[string]any {
	t.Helper()
	var lines []map[string]any
	for line := range bytes.Lines(w.log.Bytes()) {
		var m map[string]any
		if err := json.Unmarshal(line, &m); err != nil {
			t.Fatalf("log line %q: %v", line, err)
		}
		if twice := repeated(line); twice != "" {
			t.Errorf("log line %q has the field %s twice", line, twice)
		}
		lines = append(lines, m)
	}
	return lines
}

// repeated returns a key that a JSON object has more than once, "" if there is none. Readers
// of a log differ in the value that they use.
func repeated(object []byte) string {
	dec := json.NewDecoder(bytes.NewReader(object))
	_, err := dec.Token() // the brace
	for seen := map[string]bool{}; err == nil && dec.More(); {
		key, _ := dec.Token()
		name := fmt.Sprint(key)
		if seen[name] {
			return name
		}
		seen[name] = true
		err = dec.Decode(new(json.RawMessage))
	}
	return ""
}

// logged checks fields of the last line of the log. The value nil means that the line must
// not have the field.
func (w *fixture) logged(t *testing.T, want map[string]any) {
	t.Helper()
	lines := w.lines(t)
	if len(lines) == 0 {
		t.Fatal("got no log line")
	}
	line := lines[len(lines)-1]
	for key, want := range want {
		if line[key] != want {
			t.Errorf("log: got %s %v, want %v", key, line[key], want)
		}
	}
}

// readEvent returns an event from testdata, changed by edit. A nil edit changes nothing.
func readEvent(tb testing.TB, name string, edit func(e map[string]any)) []byte {
	tb.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "event", name+".json"))
	if err != nil {
		tb.Fatal(err)
	}
	if edit == nil {
		return raw
	}
	var e map[string]any
	if err := json.Unmarshal(raw, &e); err != nil {
		tb.Fatal(err)
	}
	edit(e)
	if raw, err = json.Marshal(e); err != nil {
		tb.Fatal(err)
	}
	return raw
}

// object returns the object at key of m.
func object(m map[string]any, key string) map[string]any {
	return m[key].(map[string]any)
}

// setHeader sets the values of a header of an event, or removes the header if there are no
// values. As with API Gateway, the map headers has only the last value. Events of the HTTP
// API have only that map.
func setHeader(e map[string]any, name string, values ...string) {
	multi, ok := e["multiValueHeaders"].(map[string]any)
	delete(object(e, "headers"), name)
	delete(multi, name)
	if len(values) == 0 {
		return
	}
	object(e, "headers")[name] = values[len(values)-1]
	if ok {
		list := []any{}
		for _, v := range values {
			list = append(list, v)
		}
		multi[name] = list
	}
}

// verifier is a Verifier.
type verifier func(token string) (user identity.User, expires time.Time, err error)

func (v verifier) Verify(_ context.Context, token string) (identity.User, time.Time, error) {
	return v(token)
}
