package ticket_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"sallyport/lambda/handler"
	"sallyport/lambda/ticket"
)

func TestTakeTicket(t *testing.T) {
	noPage := good()
	noPage.Origin = ""
	withClaims := good()
	withClaims.User.Claims = `{"tenant":"t1"}`
	for name, want := range map[string]handler.Ticket{"ofPage": good(), "ofNoPage": noPage, "withClaims": withClaims} {
		t.Run(name, func(t *testing.T) {
			b := newFixture(t)
			b.put(t, hash, want)
			got, err := b.TakeTicket(t.Context(), hash)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("ticket (-want +got):\n%s", diff)
			}
			if got, err := b.TakeTicket(t.Context(), hash); !errors.Is(err, handler.ErrNoTicket) || got != (handler.Ticket{}) {
				t.Errorf("taken again: got %+v, error %v, want no ticket", got, err)
			}
		})
	}
}

func TestTakeUnknownTicket(t *testing.T) {
	b := newFixture(t)
	b.put(t, hash, good())
	for _, other := range []string{strings.ToUpper(hash), hash[:63], hash + "0", "x"} {
		if _, err := b.TakeTicket(t.Context(), other); !errors.Is(err, handler.ErrNoTicket) {
			t.Errorf("%s: got error %v, want no ticket", other, err)
		}
	}
	if _, err := b.TakeTicket(t.Context(), hash); err != nil {
		t.Errorf("after all others: got error %v, want none", err)
	}
}

func TestTakeTicketAtOnce(t *testing.T) {
	b := newFixture(t)
	b.put(t, hash, good())
	var won, lost atomic.Int64
	start := make(chan struct{})
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			<-start
			switch got, err := b.TakeTicket(t.Context(), hash); {
			case err == nil && got == good():
				won.Add(1)
			case errors.Is(err, handler.ErrNoTicket):
				lost.Add(1)
			default:
				t.Errorf("got %+v, error %v, want the ticket or none", got, err)
			}
		})
	}
	close(start)
	all.Wait()
	if won.Load() != 1 || lost.Load() != 99 {
		t.Errorf("%d calls returned the ticket and %d did not, want 1 and 99", won.Load(), lost.Load())
	}
	if got := b.requests.Load(); got != 101 {
		t.Errorf("got %d requests, want 1 to put and 1 each to take", got)
	}
}

// After a lost answer, the repeated request finds no ticket: another client may have it.
func TestTakeTicketAnswerLost(t *testing.T) {
	b := newFixture(t)
	b.put(t, hash, good())
	b.lost.Store(1)
	if got, err := b.TakeTicket(t.Context(), hash); !errors.Is(err, handler.ErrNoTicket) || got != (handler.Ticket{}) {
		t.Errorf("got %+v, error %v, want no ticket", got, err)
	}
	if got := b.requests.Load(); got != 3 {
		t.Errorf("got %d requests, want 1 to put and 2 to take", got)
	}
}

// PutTicket repeats the request after a lost answer. The row stays the same.
func TestPutTicketAnswerLost(t *testing.T) {
	b := newFixture(t)
	b.lost.Store(1)
	b.put(t, hash, good())
	if _, err := b.TakeTicket(t.Context(), hash); err != nil {
		t.Error(err)
	}
	if _, err := b.TakeTicket(t.Context(), hash); !errors.Is(err, handler.ErrNoTicket) {
		t.Errorf("taken again: got error %v, want no ticket", err)
	}
}

// An incomplete row is an error, and the error does not have the hash.
func TestTakeIncompleteTicket(t *testing.T) {
	text := func(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }
	number := func(s string) types.AttributeValue { return &types.AttributeValueMemberN{Value: s} }
	whole := map[string]types.AttributeValue{"userId": text("https://a.example#1"), "user": text("alice"), "origin": text(""), "tokenExpires": number("1"), "expiresAt": number("1")}
	for name, broken := range map[string]map[string]types.AttributeValue{
		"noUser":       {"user": nil},
		"oldVersion":   {"userId": nil},
		"noIssuer":     {"userId": text("#1")},
		"noSubject":    {"userId": text("https://a.example#")},
		"nameAsID":     {"userId": text("alice")},
		"numberID":     {"userId": number("1")},
		"noOrigin":     {"origin": nil},
		"noExpiry":     {"expiresAt": nil},
		"noToken":      {"tokenExpires": nil},
		"textExpiry":   {"expiresAt": text("1")},
		"brokenExpiry": {"expiresAt": number("1.5")},
		"brokenToken":  {"tokenExpires": number("1e30")},
		"numberUser":   {"user": number("1")},
		"emptyUser":    {"user": text("")},
		"numberOrigin": {"origin": number("1")},
	} {
		t.Run(name, func(t *testing.T) {
			b := newFixture(t)
			row := maps.Clone(whole)
			maps.Copy(row, broken)
			maps.DeleteFunc(row, func(_ string, v types.AttributeValue) bool { return v == nil })
			b.putRow(t, row)
			got, err := b.TakeTicket(t.Context(), hash)
			if err == nil || errors.Is(err, handler.ErrNoTicket) || strings.Contains(err.Error(), hash) || got != (handler.Ticket{}) {
				t.Errorf("got %+v, error %v, want an error other than ErrNoTicket", got, err)
			}
		})
	}
}

func TestUnreachableTable(t *testing.T) {
	nowhere := "http://127.0.0.1:1"
	b := ticket.New(ticket.Config{
		AWS: aws.Config{
			Region: "eu-west-1", BaseEndpoint: &nowhere, Credentials: aws.AnonymousCredentials{},
			Retryer: func() aws.Retryer { return aws.NopRetryer{} },
		},
		Table: "tickets",
	})
	_, err := b.TakeTicket(t.Context(), hash)
	for want, err := range map[string]error{"put ticket: ": b.PutTicket(t.Context(), hash, good()), "take ticket: ": err} {
		if err == nil || !strings.HasPrefix(err.Error(), want) || errors.Is(err, handler.ErrNoTicket) || strings.Contains(err.Error(), hash) {
			t.Errorf("got error %v, want %s and the cause, without the key", err, want)
		}
	}
}

// The row has the key and the TTL of the deployed table.
func TestPutTicketRow(t *testing.T) {
	b := newFixture(t)
	b.put(t, hash, good())
	out, err := b.client.Scan(t.Context(), &dynamodb.ScanInput{TableName: &b.name})
	if err != nil || len(out.Items) != 1 {
		t.Fatalf("got %v, error %v, want one row", out, err)
	}
	var got bytes.Buffer
	for _, name := range []string{"ticketHash", "userId", "user", "origin", "tokenExpires", "expiresAt"} {
		switch v := out.Items[0][name].(type) {
		case *types.AttributeValueMemberS:
			fmt.Fprintf(&got, "%s S %s\n", name, v.Value)
		case *types.AttributeValueMemberN:
			fmt.Fprintf(&got, "%s N %s\n", name, v.Value)
		}
	}
	want := "ticketHash S " + hash + "\nuserId S https://sign-in.example#sub-alice\nuser S alice\norigin S https://console.example\ntokenExpires N 1708330500\nexpiresAt N 1708326960\n"
	if diff := cmp.Diff(want, got.String()); diff != "" || len(out.Items[0]) != 6 {
		t.Errorf("row of %d attributes (-want +got):\n%s", len(out.Items[0]), diff)
	}
}

func Example() {
	b := ticket.New(ticket.Config{
		AWS:   aws.Config{Region: "eu-west-1", BaseEndpoint: &dynamoURL, Credentials: aws.AnonymousCredentials{}},
		Table: "tickets",
	})
	_, err := b.TakeTicket(context.Background(), hash)
	fmt.Println(errors.Is(err, handler.ErrNoTicket), err != nil) // no such table
	// Output: false true
}
