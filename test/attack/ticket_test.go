package attack

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

func withTicket(ticket string) handshake {
	return handshake{headers: []string{offer("ticket." + ticket)}}
}

// ticket returns a fresh ticket, for the site's page.
func (v *victim) ticket(t *testing.T, token string) string {
	t.Helper()
	answer := v.askTicket(t, v.authorized(token))
	control(t, "ask for a ticket", answer.verdict(), "201")
	var message struct {
		Data struct{ Ticket string }
	}
	if err := json.Unmarshal([]byte(answer.body), &message); err != nil || message.Data.Ticket == "" {
		t.Fatalf("got no ticket: %s", answer.body)
	}
	return message.Data.Ticket
}

// lasting returns a fresh ticket that is valid for an hour, because a minute may be too
// short on a busy machine. An outsider cannot have one.
func (v *victim) lasting(t *testing.T, token string) string {
	t.Helper()
	ticket := v.ticket(t, token)
	_, err := v.newTables().UpdateItem(t.Context(), &dynamodb.UpdateItemInput{
		TableName: &v.ticketTable, Key: map[string]types.AttributeValue{"ticketHash": &types.AttributeValueMemberS{Value: hashOf(ticket)}},
		UpdateExpression:          aws.String("SET expiresAt = :end"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":end": &types.AttributeValueMemberN{Value: strconv.FormatInt(time.Now().Add(time.Hour).Unix(), 10)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return ticket
}

// newTables returns a client of the run's tables. An outsider has no access to them.
func (v *victim) newTables() *dynamodb.Client { return newTables(v.tables, v.Region) }

func newTables(url, region string) *dynamodb.Client {
	return dynamodb.New(dynamodb.Options{
		BaseEndpoint: &url, Region: region, HTTPClient: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}},
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "any", SecretAccessKey: "any"}, nil
		}),
	})
}

func hashOf(ticket string) string {
	sum := sha256.Sum256([]byte(ticket))
	return hex.EncodeToString(sum[:])
}

// TestStolenTickets uses tickets as an attacker who has seen them.
func TestStolenTickets(t *testing.T) {
	v := open.get(t)
	token := v.token(t, "victoria")

	used := v.lasting(t, token)
	control(t, "a ticket", v.connect(t, withTicket(used)).verdict(), "101")
	attempt{"ticket/reuse", "a ticket that was used"}.expect(t, v.connect(t, withTicket(used)).verdict(), "401")

	foreign := handshake{bare: true, headers: []string{"Origin: https://evil.example", offer("ticket." + v.ticket(t, token))}}
	attempt{"ticket/otherOrigin", "a ticket from a foreign page"}.expect(t, v.connect(t, foreign).verdict(), "403")

	// A program sends no Origin. Its ticket is not valid for a page.
	programs := do(t, request{method: http.MethodPost, url: v.http + "/tickets", header: http.Header{"Authorization": {"Bearer " + token}}})
	control(t, "a program's ticket", programs.verdict(), "201")
	var message struct{ Data struct{ Ticket string } }
	_ = json.Unmarshal([]byte(programs.body), &message)
	attempt{"ticket/programOnPage", "a ticket of a program, used by a page"}.expect(t, v.connect(t, withTicket(message.Data.Ticket)).verdict(), "403")
	attempt{"ticket/pageOnProgram", "a ticket of a page, used without an Origin"}.expect(t,
		v.connect(t, handshake{bare: true, headers: []string{offer("ticket." + v.ticket(t, token))}}).verdict(), "403")

	live := v.lasting(t, token)
	attempt{"ticket/asBearer", "a ticket as a bearer"}.expect(t, v.connect(t, bearer(live)).verdict(), "401")
	attempt{"ticket/inQueryAsToken", "a ticket in the query, as token"}.expect(t, v.connect(t, inQuery(live)).verdict(), "401")
	attempt{"ticket/forTicket", "a ticket to get a ticket"}.expect(t, v.askTicket(t, v.authorized(live)).verdict(), "401")
	attempt{"ticket/toSignOut", "a ticket to sign out"}.expect(t, do(t, request{method: http.MethodDelete, url: v.http + "/connections", header: v.authorized(live)}).verdict(), "401")
	attempt{"ticket/tokenAsTicket", "a token as a ticket"}.expect(t, v.connect(t, withTicket(token)).verdict(), "401")
	attempt{"ticket/withOtherToken", "a ticket and the token of another user"}.expect(t,
		v.connect(t, handshake{headers: []string{offer("ticket." + live + ", bearer." + v.token(t, "mallory"))}}).verdict(), "401", "400")
	socket := v.mustConnect(t, token)
	attempt{"ticket/toRefresh", "a ticket to refresh a connection"}.expect(t,
		socket.ask(encode(map[string]string{"action": "refresh", "token": live})), `{"type":"error"`)
	control(t, "the ticket of these attempts", v.connect(t, withTicket(live)).verdict(), "101", "401")
}

// TestTicketsInQuery uses tickets in the address, where logs may show them to an attacker.
func TestTicketsInQuery(t *testing.T) {
	v := open.get(t)
	token := v.token(t, "victoria")
	inAddress := func(ticket string, headers ...string) handshake {
		return handshake{query: "?ticket=" + ticket, headers: headers, bare: len(headers) > 0}
	}
	used := v.lasting(t, token)
	control(t, "a ticket in the query", v.connect(t, inAddress(used)).verdict(), "101")
	attempt{"ticketInQuery/reuse", "a used ticket"}.expect(t, v.connect(t, inAddress(used)).verdict(), "401")
	attempt{"ticketInQuery/reuseAsSubprotocol", "a used ticket as a subprotocol"}.expect(t, v.connect(t, withTicket(used)).verdict(), "401")
	attempt{"ticketInQuery/otherOrigin", "a ticket from a foreign page"}.expect(t,
		v.connect(t, inAddress(v.ticket(t, token), "Origin: https://evil.example")).verdict(), "403")
	attempt{"ticketInQuery/token", "a token as a ticket"}.expect(t, v.connect(t, inAddress(token)).verdict(), "401")
	live := v.lasting(t, token)
	attempt{"ticketInQuery/twice", "a ticket twice"}.expect(t, v.connect(t, inAddress(live+"&ticket="+live)).verdict(), "401")
	attempt{"ticketInQuery/withToken", "a ticket and the token of another user"}.expect(t,
		v.connect(t, inAddress(live+"&token="+v.token(t, "mallory"))).verdict(), "401")
	control(t, "the ticket of these attempts", v.connect(t, inAddress(live)).verdict(), "101")

	off := plain.get(t)
	good := off.lasting(t, off.token(t, "mallory"))
	attempt{"ticketInQueryOff/ticket", "a good ticket in the query"}.expect(t, off.connect(t, inAddress(good)).verdict(), "401")
	attempt{"ticketInQueryOff/ticketAndProtocol", "a good ticket in the query, and sallyport.v1"}.expect(t,
		off.connect(t, handshake{query: "?ticket=" + good, headers: []string{"Sec-WebSocket-Protocol: sallyport.v1"}}).verdict(), "401")
	control(t, "the same ticket as a subprotocol", off.connect(t, withTicket(good)).verdict(), "101")
}

// TestTicketRace uses one ticket a hundred times at once. One use may succeed.
func TestTicketRace(t *testing.T) {
	v := open.get(t)
	token := v.token(t, "victoria")
	ticket := v.lasting(t, token)
	const clients = 100
	answers := make(chan int, clients)
	sockets := make([]*socket, clients)
	start := make(chan struct{})
	var all sync.WaitGroup
	for i := range clients {
		sockets[i] = v.begin(t)
		all.Go(func() {
			<-start
			sockets[i].finish(withTicket(ticket).bytes(v))
			answers <- sockets[i].Status
		})
	}
	close(start)
	all.Wait()
	count := map[int]int{}
	for range clients {
		count[<-answers]++
	}
	for _, s := range sockets {
		s.close()
	}
	attempt{"ticket/race", "one ticket, used 100 times at once"}.verdict(t, fmt.Sprint(count),
		count[http.StatusSwitchingProtocols] == 1 && count[http.StatusUnauthorized] == clients-1)
}

// TestGuessedTickets uses random tickets, and tickets that are similar to a real one.
// lambda/handler's TestRedeemMalformedTicket has the complete table.
func TestGuessedTickets(t *testing.T) {
	v := open.get(t)
	token := v.token(t, "victoria")
	real := v.lasting(t, token)

	const guesses = 100
	answers := map[string]int{}
	for range guesses {
		answers[v.connect(t, withTicket(randomTicket())).verdict()]++
	}
	attempt{"ticket/guessed", "100 random tickets"}.verdict(t, fmt.Sprint(answers), answers[`401 {"message":"Unauthorized"}`] == guesses)

	for _, near := range []struct {
		name, tries string
		handshake   handshake
	}{
		{"caseFlipped", "a real ticket with one letter in the other case", withTicket(flipCase(real))},
		{"lastBits", "a real ticket with other bits that decode to the same bytes", withTicket(otherLastCharacter(real))},
		{"hash", "the hash of a real ticket in base64url", withTicket(base64url(string(must(hex.DecodeString(hashOf(real))))))},
		{"prefixCase", "a real ticket with its prefix in capitals", handshake{headers: []string{offer("TICKET." + real)}}},
		{"empty", "an empty ticket", withTicket("")},
		{"star", "a star", withTicket("*")},
		{"huge", "8,000 characters", withTicket(strings.Repeat("A", 8000))},
	} {
		attempt{"ticket/" + near.name, near.tries}.expect(t, v.connect(t, near.handshake).verdict(), "401")
	}
	control(t, "the real ticket after the attempts", v.connect(t, withTicket(real)).verdict(), "101")
}

// TestExpiredTickets writes expired rows into the table, which an outsider cannot do,
// because a minute is too long to wait. It checks in the answer that a new ticket is valid
// for a minute.
func TestExpiredTickets(t *testing.T) {
	v := open.get(t)
	tables := v.newTables()
	now := time.Now().Unix()
	put := func(expiresAt, tokenExpires int64) string {
		ticket := randomTicket()
		_, err := tables.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &v.ticketTable, Item: map[string]types.AttributeValue{
			"ticketHash":   &types.AttributeValueMemberS{Value: hashOf(ticket)},
			"userId":       &types.AttributeValueMemberS{Value: v.Issuer + "#victoria"},
			"user":         &types.AttributeValueMemberS{Value: "victoria"},
			"origin":       &types.AttributeValueMemberS{Value: v.site},
			"tokenExpires": &types.AttributeValueMemberN{Value: strconv.FormatInt(tokenExpires, 10)},
			"expiresAt":    &types.AttributeValueMemberN{Value: strconv.FormatInt(expiresAt, 10)},
		}})
		if err != nil {
			t.Fatal(err)
		}
		return ticket
	}
	control(t, "a row that has not expired", v.connect(t, withTicket(put(now+3600, now+3600))).verdict(), "101")
	for _, late := range []struct {
		name, tries             string
		expiresAt, tokenExpires int64
	}{
		{"expired", "a ticket that expired 2 s ago", now - 2, now + 3600},
		{"tokenExpired", "a valid ticket whose token expired 40 s ago", now + 3600, now - 40},
	} {
		ticket := put(late.expiresAt, late.tokenExpires)
		attempt{"ticket/" + late.name, late.tries}.expect(t, v.connect(t, withTicket(ticket)).verdict(), "401")
		attempt{"ticket/" + late.name + "Again", "the same again"}.expect(t, v.connect(t, withTicket(ticket)).verdict(), "401")
	}
	var message struct{ Data struct{ Expires int64 } }
	asked := time.Now().Unix()
	_ = json.Unmarshal([]byte(v.askTicket(t, v.authorized(v.token(t, "victoria"))).body), &message)
	given := time.Now().Unix() // between asked and given
	attempt{"ticket/lasting", "a ticket that is valid for longer than a minute"}.verdict(t, fmt.Sprint(message.Data.Expires-given, " s"),
		message.Data.Expires >= asked+60 && message.Data.Expires <= given+61)
}

func randomTicket() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// flipCase returns text with its first letter in the other case.
func flipCase(text string) string {
	i := strings.IndexFunc(text, func(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' })
	return text[:i] + string(text[i]^0x20) + text[i+1:]
}

// otherLastCharacter returns base64url of 32 bytes with another last character. Only the
// two bits of it that are not part of the bytes differ.
func otherLastCharacter(text string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	i := strings.IndexByte(alphabet, text[len(text)-1])
	return text[:len(text)-1] + string(alphabet[i^1])
}
