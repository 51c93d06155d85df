package attack

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

const (
	allowed   = `"Effect":"Allow"`
	throttled = `{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException","message":"too much"}`
	broken    = `{"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError","message":"oh"}`
)

// step is one step of a client's way in, each of them on its own ground.
type step struct {
	name string
	// prepare makes what the step needs, without faults, and returns the step
	// and what must be true of its answer.
	prepare func(t *testing.T, r *rig) (do func() string, holds func(answer string) bool)
}

// steps are those at which something can fail.
var steps = []step{
	{"ticket", func(t *testing.T, r *rig) (func() string, func(string) bool) {
		t.Helper()
		token := r.keys.token("rigged")
		return func() string { return r.askTicket(t, token) }, func(answer string) bool {
			ticket := ticketIn(answer) // one that is told is there
			return ticket == "" || r.row(t, r.tickets, "ticketHash", hashOf(ticket)) != nil
		}
	}},
	{"authorize", func(t *testing.T, r *rig) (func() string, func(string) bool) {
		t.Helper()
		ticket := ticketIn(r.askTicket(t, r.keys.token("rigged")))
		control(t, "a ticket before the fault", ticket, ticket[:min(len(ticket), 43)])
		show := func() string { return r.authorize(t, "ticket."+ticket) }
		return show, func(answer string) bool {
			r.tables.set(nil)
			wins := strings.Count(answer, allowed)
			for range 3 { // it may be good still, but only once
				wins += strings.Count(show(), allowed)
			}
			return wins <= 1 && r.row(t, r.tickets, "ticketHash", hashOf(ticket)) == nil
		}
	}},
	{"connect", func(t *testing.T, r *rig) (func() string, func(string) bool) {
		t.Helper()
		id := base64url(randomTicket()[:11])[:15] + "="
		return func() string { return r.onConnection(t, id, "$connect", "") }, func(answer string) bool {
			return !strings.HasPrefix(answer, `{"statusCode":200`) || r.row(t, r.connections, "connectionId", id) != nil
		}
	}},
	{"refresh", func(t *testing.T, r *rig) (func() string, func(string) bool) {
		t.Helper()
		id := base64url(randomTicket()[:11])[:15] + "="
		control(t, "connect before the fault", r.onConnection(t, id, "$connect", ""), `{"statusCode":200`)
		until := func() int64 { return integer(r.row(t, r.connections, "connectionId", id), "authorizedUntil") }
		before := until()
		token := forge(`{"alg":"RS256","kid":"rsa"}`, encode(with(r.keys.claims("rigged"), "exp", time.Now().Unix()+7200)), rs256(r.keys.rsa))
		return func() string {
				return r.onConnection(t, id, "refresh", encode(map[string]string{"action": "refresh", "token": token}))
			}, func(answer string) bool { // what is told is written, and nothing is shortened
				now := until()
				return now >= before && (!strings.Contains(answer, "refreshed") || strings.Contains(answer, fmt.Sprint(now)))
			}
	}},
}

func ticketIn(answer string) string {
	var out struct{ Body string }
	var message struct{ Data struct{ Ticket string } }
	_ = json.Unmarshal([]byte(answer), &out)
	_ = json.Unmarshal([]byte(out.Body), &message)
	return message.Data.Ticket
}

func integer(row map[string]types.AttributeValue, name string) int64 {
	n, _ := row[name].(*types.AttributeValueMemberN)
	if n == nil {
		return 0
	}
	value, _ := strconv.ParseInt(n.Value, 10, 64)
	return value
}

// succeeded tells whether a step was answered as if all were well.
func succeeded(answer string) bool {
	return strings.Contains(answer, allowed) || strings.HasPrefix(answer, `{"statusCode":20`) && !strings.Contains(answer, `"type":"error"`) && !strings.Contains(answer, `\"type\":\"error\"`)
}

// TestTablesFail has DynamoDB fail at each step of the way in: what cannot be
// decided is refused, and the next attempt needs no hand.
func TestTablesFail(t *testing.T) {
	t.Parallel()
	for _, s := range steps {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel() // for it waits, mostly
			r := newRig(t)
			do, holds := s.prepare(t, r)
			got := do()
			control(t, s.name+" without a fault", fmt.Sprint(succeeded(got), holds(got), got), "true true")
			r.tryFaults(t, s)
			r.tryCuts(t, s)
			r.checkRows(t, s)
		})
	}
}

// tryFaults has every request of a step fail.
func (r *rig) tryFaults(t *testing.T, s step) {
	t.Helper()
	for _, f := range []struct {
		name, tries string
		fault       fault
	}{
		{"down", "the table does not answer", down},
		{"throttled", "the table is throttled", answers(http.StatusBadRequest, throttled)},
		{"broken", "the table answers 500", answers(http.StatusInternalServerError, broken)},
		{"notJSON", "the table answers 200 and no JSON", answers(http.StatusOK, "<html>")},
		{"slow", "the table is too slow", slow},
	} {
		do, holds := s.prepare(t, r)
		r.tables.set(f.fault)
		got := do()
		asked := r.tables.requests()
		r.tables.set(nil)
		attempt{"tables/" + s.name + "/" + f.name, s.name + ", while " + f.tries}.verdict(t, got, asked > 0 && !succeeded(got) && holds(got))
		r.recovers(t, s)
	}
}

// tryCuts has each request of a step done, and its answer lost.
func (r *rig) tryCuts(t *testing.T, s step) {
	t.Helper()
	for n := 1; ; n++ {
		do, holds := s.prepare(t, r)
		r.tables.nth(n, func(_ http.ResponseWriter, req *http.Request, _ func()) {
			r.tables.next.ServeHTTP(nowhere{}, req)
			panic(http.ErrAbortHandler)
		})
		got := do()
		asked := r.tables.requests()
		r.tables.set(nil)
		if asked < n {
			return
		}
		attempt{fmt.Sprintf("tables/%s/cut%d", s.name, n), fmt.Sprintf("%s, while the answer to request %d is lost", s.name, n)}.verdict(t, got, holds(got))
		r.recovers(t, s)
	}
}

// nowhere is where an answer goes that is lost.
type nowhere struct{}

func (nowhere) Header() http.Header         { return http.Header{} }
func (nowhere) Write(p []byte) (int, error) { return len(p), nil }
func (nowhere) WriteHeader(int)             {}

// recovers checks that a step succeeds again.
func (r *rig) recovers(t *testing.T, s step) {
	t.Helper()
	do, holds := s.prepare(t, r)
	got := do()
	if !succeeded(got) || !holds(got) {
		attempt{"recovery/" + s.name, s.name + ", after the fault has gone"}.verdict(t, got, false)
	}
}

// TestKilled kills the Lambda at each request that a step makes, before and after
// the table has done what it was asked for.
func TestKilled(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, s := range steps {
		r.tryKills(t, s, "before")
		r.tryKills(t, s, "after")
		r.checkRows(t, s)
	}
	authorize := func() string { return r.authorize(t, "bearer."+r.keys.token("rigged")) }
	for n := range 2 { // at each of the issuer's two documents
		r.function.Kill()
		r.issuer.nth(n+1, func(http.ResponseWriter, *http.Request, func()) {
			r.function.Kill()
			panic(http.ErrAbortHandler)
		})
		got := authorize()
		r.issuer.set(nil)
		attempt{fmt.Sprintf("killed/issuer/%d", n+1), fmt.Sprintf("authorize, killed at request %d to the issuer", n+1)}.verdict(t, got, !succeeded(got))
		control(t, "authorize after that", fmt.Sprint(succeeded(eventually(authorize, allowed))), "true")
	}
}

func (r *rig) tryKills(t *testing.T, s step, when string) {
	t.Helper()
	for n := 1; ; n++ {
		do, holds := s.prepare(t, r)
		r.tables.nth(n, func(_ http.ResponseWriter, req *http.Request, _ func()) {
			if when == "after" {
				r.tables.next.ServeHTTP(nowhere{}, req)
			}
			r.function.Kill()
			panic(http.ErrAbortHandler)
		})
		got := do()
		asked := r.tables.requests()
		r.tables.set(nil)
		if asked < n {
			return
		}
		attempt{fmt.Sprintf("killed/%s/%s%d", s.name, when, n), fmt.Sprintf("%s, killed %s its request %d", s.name, when, n)}.verdict(t, got, !succeeded(got) && holds(got))
		r.recovers(t, s)
	}
}

// checkRows checks that every row of both tables has an end.
func (r *rig) checkRows(t *testing.T, s step) {
	t.Helper()
	for _, table := range []struct {
		kind, name string
		most       time.Duration
	}{{"connections", r.connections, 3 * time.Hour}, {"tickets", r.tickets, 2 * time.Minute}} {
		out, err := r.client.Scan(t.Context(), &dynamodb.ScanInput{TableName: aws.String(table.name)})
		if err != nil {
			t.Fatal(err)
		}
		endless, now := 0, time.Now()
		for _, row := range out.Items {
			if ends := integer(row, "expiresAt"); ends <= 0 || ends > now.Add(table.most).Unix() {
				endless++
			}
		}
		attempt{"rows/" + s.name + "/" + table.kind, "after all that, a row is left without an end"}.verdict(t, fmt.Sprintf("%d of %d rows", endless, len(out.Items)), endless == 0)
	}
}

// TestIssuerFails has the issuer fail, for a function that has no keys yet, and
// for one that has.
func TestIssuerFails(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	good := "bearer." + r.keys.token("rigged")
	authorize := func() string { return r.authorize(t, good) }
	control(t, "a good token", fmt.Sprint(strings.Contains(authorize(), allowed)), "true")
	r.issuer.set(down)
	control(t, "the same, the issuer down, its keys known", fmt.Sprint(strings.Contains(authorize(), allowed)), "true")
	unknown := forge(`{"alg":"RS256","kid":"unknown"}`, encode(r.keys.claims("rigged")), rs256(r.keys.rsa))
	got := r.authorize(t, "bearer."+unknown)
	attempt{"issuer/warmUnknownKey", "a key that nobody knows, while the issuer is down"}.verdict(t, got, !succeeded(got))
	discovery := func(issuer, keys string) string { return encode(map[string]string{"issuer": issuer, "jwks_uri": keys}) }
	evil := evilIssuer()
	for _, f := range []struct {
		name, tries string
		fault       fault
	}{
		{"down", "the issuer is down", down},
		{"slow", "the issuer never answers", slow},
		{"broken", "the issuer answers 500", answers(http.StatusInternalServerError, "oh")},
		{"html", "the issuer answers with a page", answers(http.StatusOK, "<html>")},
		{"empty", "the issuer answers {}", answers(http.StatusOK, "{}")},
		{"huge", "the issuer answers with 2 MB", answers(http.StatusOK, `{"pad":"`+strings.Repeat("x", 2<<20)+`"}`)},
		{"otherIssuer", "the discovery is another issuer's", answers(http.StatusOK, discovery(evil.url, evil.url+"/keys"))},
		{"fileKeys", "the keys are said to be in a file", answers(http.StatusOK, discovery(r.issuer.url, "file:///dev/null"))},
		{"redirected", "the issuer redirects elsewhere", func(w http.ResponseWriter, req *http.Request, _ func()) {
			http.Redirect(w, req, evil.url+req.URL.Path, http.StatusFound)
		}},
		{"noKeys", "the key set is empty", func(w http.ResponseWriter, req *http.Request, pass func()) {
			if req.URL.Path != "/keys" {
				pass()
				return
			}
			answers(http.StatusOK, `{"keys":[]}`)(w, req, pass)
		}},
		{"otherKeys", "the key set is the attacker's, and so the token's key", func(w http.ResponseWriter, req *http.Request, pass func()) {
			if req.URL.Path != "/keys" {
				pass()
				return
			}
			evil.ServeHTTP(w, req)
		}},
	} {
		r.function.Kill() // the next one knows no keys
		r.issuer.set(f.fault)
		got := authorize()
		asked := r.issuer.requests()
		r.issuer.set(nil)
		attempt{"issuer/" + f.name, "a good token, while " + f.tries}.verdict(t, got, asked > 0 && !succeeded(got))
		if f.name != "down" { // after which the same process is to find its way back
			r.function.Kill()
		}
		control(t, "the same, after the fault has gone", fmt.Sprint(strings.Contains(eventually(authorize, allowed), allowed)), "true")
	}
}

// TestClockSkew shows tokens whose issuer's clock is not ours: thirty seconds are
// forgiven, and no more.
func TestClockSkew(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	show := func(members ...any) string {
		return r.authorize(t, "bearer."+forge(`{"alg":"RS256","kid":"rsa"}`, encode(with(r.keys.claims("rigged"), members...)), rs256(r.keys.rsa)))
	}
	control(t, "a good token", fmt.Sprint(strings.Contains(show(), allowed)), "true")
	now := time.Now().Unix()
	for _, within := range [][]any{{"exp", now - 25}, {"nbf", now + 25}, {"iat", now + 25}, {"nbf", now - 1, "iat", now - 86400}} {
		control(t, fmt.Sprint("a token within the leeway: ", within), fmt.Sprint(strings.Contains(show(within...), allowed)), "true")
	}
	for _, beyond := range []struct {
		name    string
		members []any
	}{
		{"expired31", []any{"exp", now - 31}},
		{"expiredLong", []any{"exp", now - 3600}},
		{"early40", []any{"nbf", time.Now().Unix() + 40}},
		{"earlyLong", []any{"nbf", now + 3600}},
		{"backwards", []any{"nbf", now + 3600, "exp", now + 60}},
	} {
		got := show(beyond.members...)
		attempt{"skew/" + beyond.name, fmt.Sprint("a token with ", beyond.members)}.verdict(t, got, strings.HasPrefix(got, "failed: ") && strings.Contains(got, "Unauthorized"))
	}
}
