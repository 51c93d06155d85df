package attack

import (
	"encoding/json"
	"fmt"
	"io"
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

// step is one step of a client until it is connected.
type step struct {
	name string
	// prepare makes the preconditions of the step, without failures. It returns the step,
	// and a check of its answer.
	prepare func(t *testing.T, r *rig) (do func() string, holds func(answer string) bool)
}

// steps are the steps that can fail.
var steps = []step{
	{"ticket", func(t *testing.T, r *rig) (func() string, func(string) bool) {
		t.Helper()
		token := r.keys.token("rigged")
		return func() string { return r.askTicket(t, token) }, func(answer string) bool {
			ticket := ticketIn(answer) // a ticket in an answer must be in the table
			return ticket == "" || r.row(t, r.tickets, "ticketHash", hashOf(ticket)) != nil
		}
	}},
	{"authorize", func(t *testing.T, r *rig) (func() string, func(string) bool) {
		t.Helper()
		ticket := ticketIn(r.askTicket(t, r.keys.token("rigged")))
		control(t, "a ticket before the failure", ticket, ticket[:min(len(ticket), 43)])
		show := func() string { return r.authorize(t, "ticket."+ticket) }
		return show, func(answer string) bool {
			r.tables.set(nil)
			wins := strings.Count(answer, allowed)
			for range 3 { // it may still be valid, but only once
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
		control(t, "connect before the failure", r.onConnection(t, id, "$connect", ""), `{"statusCode":200`)
		until := func() int64 { return integer(r.row(t, r.connections, "connectionId", id), "authorizedUntil") }
		before := until()
		token := forge(`{"alg":"RS256","kid":"rsa"}`, encode(with(r.keys.claims("rigged"), "exp", time.Now().Unix()+7200)), rs256(r.keys.rsa))
		return func() string {
				return r.onConnection(t, id, "refresh", encode(map[string]string{"action": "refresh", "token": token}))
			}, func(answer string) bool { // the answer is what is written, and the expiry is not sooner
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

// succeeded reports whether an answer is that of a successful step.
func succeeded(answer string) bool {
	return strings.Contains(answer, allowed) || strings.HasPrefix(answer, `{"statusCode":20`) && !strings.Contains(answer, `"type":"error"`) && !strings.Contains(answer, `\"type\":\"error\"`)
}

// TestTablesFail makes DynamoDB fail at each step. The system must refuse a step that it
// cannot decide, and the next try must succeed.
func TestTablesFail(t *testing.T) {
	t.Parallel()
	for _, s := range steps {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel() // it waits most of the time
			r := newRig(t)
			do, holds := s.prepare(t, r)
			got := do()
			control(t, s.name+" without a failure", fmt.Sprint(succeeded(got), holds(got), got), "true true")
			r.tryFailures(t, s)
			r.tryLostAnswers(t, s)
			r.checkRows(t, s)
		})
	}
}

// tryFailures makes every request of a step fail.
func (r *rig) tryFailures(t *testing.T, s step) {
	t.Helper()
	for _, f := range []struct {
		name, tries string
		failure     failure
	}{
		{"down", "the table does not answer", down},
		{"throttled", "the table is throttled", answers(http.StatusBadRequest, throttled)},
		{"broken", "the table answers 500", answers(http.StatusInternalServerError, broken)},
		{"notJSON", "the table answers 200 and no JSON", answers(http.StatusOK, "<html>")},
		{"slow", "the table is too slow", slow},
	} {
		do, holds := s.prepare(t, r)
		r.tables.set(f.failure)
		got := do()
		asked := r.tables.requests()
		r.tables.set(nil)
		attempt{"tables/" + s.name + "/" + f.name, s.name + ", while " + f.tries}.verdict(t, got, asked > 0 && !succeeded(got) && holds(got))
		r.recovers(t, s)
	}
}

// tryLostAnswers executes each request of a step and drops its answer.
func (r *rig) tryLostAnswers(t *testing.T, s step) {
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

// nowhere drops an answer.
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
		attempt{"recovery/" + s.name, s.name + ", after the failure"}.verdict(t, got, false)
	}
}

// TestKilled kills the function at each request of a step, before and after the table has
// executed the request.
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
		r.issuer.nth(n+1, func(_ http.ResponseWriter, req *http.Request, _ func()) { r.kill(req) })
		got := authorize()
		r.issuer.set(nil)
		attempt{fmt.Sprintf("killed/issuer/%d", n+1), fmt.Sprintf("authorize, killed at request %d to the issuer", n+1)}.verdict(t, got, !succeeded(got))
		control(t, "authorize after that", fmt.Sprint(succeeded(eventually(authorize))), "true")
	}
}

// kill ends the function during a request. It returns when the process has ended, which
// closes the connection. If the answer failed before that, the function could repeat the
// request and go on.
func (r *rig) kill(req *http.Request) {
	_, _ = io.Copy(io.Discard, req.Body) // otherwise the server does not notice that the client has gone
	r.function.Kill()
	select {
	case <-req.Context().Done():
	case <-time.After(hangLimit):
	}
	panic(http.ErrAbortHandler)
}

func (r *rig) tryKills(t *testing.T, s step, when string) {
	t.Helper()
	for n := 1; ; n++ {
		do, holds := s.prepare(t, r)
		r.tables.nth(n, func(_ http.ResponseWriter, req *http.Request, _ func()) {
			if when == "after" {
				r.tables.next.ServeHTTP(nowhere{}, req)
			}
			r.kill(req)
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

// checkRows checks that every row of both tables has an expiry.
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
		attempt{"rows/" + s.name + "/" + table.kind, "after the attempts, a row has no expiry"}.verdict(t, fmt.Sprintf("%d of %d rows", endless, len(out.Items)), endless == 0)
	}
}
