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

func withTicket(ticket string) knock { return knock{headers: []string{offer("ticket." + ticket)}} }

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

// lasting returns a fresh ticket that lasts for an hour, as no outsider could have
// it: a minute may be too short for a busy machine.
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

// newTables returns a client of the run's tables, which no outsider could be.
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

// TestStolenTickets uses tickets as somebody who has seen one would.
func TestStolenTickets(t *testing.T) {
	v := open.get(t)
	token := v.token(t, "victoria")

	used := v.lasting(t, token)
	control(t, "a ticket", v.shake(t, withTicket(used)).verdict(), "101")
	attempt{"ticket/reuse", "a ticket that was used"}.ends(t, v.shake(t, withTicket(used)).verdict(), "401")

	for _, origin := range []string{"https://evil.example", "null", v.site + ".evil.example"} {
		stolen := v.ticket(t, token)
		k := knock{bare: true, headers: []string{"Origin: " + origin, offer("ticket." + stolen)}}
		attempt{"ticket/otherOrigin", "a ticket from the page " + origin}.ends(t, v.shake(t, k).verdict(), "403")
	}

	// A program asks without an Origin: its ticket is for no page.
	programs := do(t, request{method: http.MethodPost, url: v.http + "/tickets", header: http.Header{"Authorization": {"Bearer " + token}}})
	control(t, "a program's ticket", programs.verdict(), "201")
	var message struct{ Data struct{ Ticket string } }
	_ = json.Unmarshal([]byte(programs.body), &message)
	attempt{"ticket/programOnPage", "a program's ticket, shown by a page"}.ends(t, v.shake(t, withTicket(message.Data.Ticket)).verdict(), "403")
	attempt{"ticket/pageOnProgram", "a page's ticket, shown without an Origin"}.ends(t,
		v.shake(t, knock{bare: true, headers: []string{offer("ticket." + v.ticket(t, token))}}).verdict(), "403")

	spent := v.ticket(t, token)
	foreign := knock{bare: true, headers: []string{"Origin: " + v.site + ".", offer("ticket." + spent)}}
	attempt{"ticket/almostOrigin", "a ticket from the site with a dot behind it"}.ends(t, v.shake(t, foreign).verdict(), "403")
	live := v.lasting(t, token)
	attempt{"ticket/asBearer", "a ticket as a bearer"}.ends(t, v.shake(t, bearer(live)).verdict(), "401")
	attempt{"ticket/inQuery", "a ticket in the query, as ticket"}.ends(t, v.shake(t, knock{query: "?ticket=" + live}).verdict(), "401")
	attempt{"ticket/inQueryAsToken", "a ticket in the query, as token"}.ends(t, v.shake(t, inQuery(live)).verdict(), "401")
	attempt{"ticket/inQueryPrefixed", "a ticket in the query, with its prefix"}.ends(t, v.shake(t, inQuery("ticket."+live)).verdict(), "401")
	attempt{"ticket/forTicket", "a ticket for a ticket"}.ends(t, v.askTicket(t, v.authorized(live)).verdict(), "401")
	attempt{"ticket/toSignOut", "a ticket to sign out"}.ends(t, do(t, request{method: http.MethodDelete, url: v.http + "/connections", header: v.authorized(live)}).verdict(), "401")
	attempt{"ticket/tokenAsTicket", "a token as a ticket"}.ends(t, v.shake(t, withTicket(token)).verdict(), "401")
	attempt{"ticket/withOtherToken", "a ticket, and the token of another user beside it"}.ends(t,
		v.shake(t, knock{headers: []string{offer("ticket." + live + ", bearer." + v.token(t, "mallory"))}}).verdict(), "401", "400")
	socket := v.enter(t, token)
	attempt{"ticket/toRefresh", "a ticket to refresh a connection"}.ends(t,
		socket.ask(encode(map[string]string{"action": "refresh", "token": live})), `{"type":"error"`)
	control(t, "the ticket that all these have shown", v.shake(t, withTicket(live)).verdict(), "101", "401")
}

// TestTicketRace shows one ticket a hundred times at once: one may win.
func TestTicketRace(t *testing.T) {
	v := open.get(t)
	token := v.token(t, "victoria")
	for round := range 3 {
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
				answers <- sockets[i].status
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
		attempt{"ticket/race" + strconv.Itoa(round+1), "one ticket, shown 100 times at once"}.verdict(t, fmt.Sprint(count),
			count[http.StatusSwitchingProtocols] == 1 && count[http.StatusUnauthorized] == clients-1)
	}
}

// TestGuessedTickets guesses: values at random, and ones that are near a real
// ticket.
func TestGuessedTickets(t *testing.T) {
	v := open.get(t)
	token := v.token(t, "victoria")
	real := v.lasting(t, token)

	const guesses = 1000
	lucky := map[string]int{}
	var mu sync.Mutex // guards lucky
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range guesses / 8 {
				s := v.begin(t)
				s.finish(withTicket(randomTicket()).bytes(v))
				mu.Lock()
				lucky[s.verdict()]++
				mu.Unlock()
				s.close()
			}
		})
	}
	all.Wait()
	attempt{"ticket/guessed", "1,000 tickets at random"}.verdict(t, fmt.Sprint(lucky), lucky[`401 {"message":"Unauthorized"}`] == guesses)

	decoded, err := base64.RawURLEncoding.DecodeString(real)
	control(t, "a ticket is 32 bytes in base64url", fmt.Sprint(len(decoded), err), "32 <nil>")
	for _, near := range []struct{ name, tries, value string }{
		{"caseFlipped", "a real one, a letter in the other case", flipCase(real)},
		{"truncated", "a real one without its last character", real[:len(real)-1]},
		{"extended", "a real one with a character more", real + "A"},
		{"padded", "a real one with = behind it", real + "="},
		{"reversed", "a real one from behind", reversed(real)},
		{"lastBits", "a real one, other bits that decode alike", otherLastCharacter(real)},
		{"hash", "its hash, as the table has it", hashOf(real)},
		{"hashBase64", "its hash in base64url", base64url(string(must(hex.DecodeString(hashOf(real)))))},
		{"hex", "a real one in hex", hex.EncodeToString(decoded)},
		{"quoted", "a real one in quotes", `"` + real + `"`},
		{"empty", "nothing", ""},
		{"zeros", "zeros", strings.Repeat("A", 43)},
		{"star", "a star", "*"},
		{"huge", "8,000 characters", strings.Repeat("A", 8000)},
		{"injection", "an expression of DynamoDB", "a OR attribute_exists(user)"},
		{"prefixTwice", "a real one with its prefix twice", "ticket." + real},
		{"prefixCase", "", ""},
	} {
		k := withTicket(near.value)
		if near.name == "prefixCase" {
			near.tries, k = "a real one, its prefix in capitals", knock{headers: []string{offer("TICKET." + real)}}
		}
		attempt{"ticket/" + near.name, near.tries}.ends(t, v.shake(t, k).verdict(), "401")
	}
	control(t, "the real one, after all that", v.shake(t, withTicket(real)).verdict(), "101")
}

// TestExpiredTickets puts rows that are past their time into the table, which
// no outsider could: a minute is too long to wait for. (That a ticket is given
// for a minute is looked at in the answer.)
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
	control(t, "a row that is in time", v.shake(t, withTicket(put(now+3600, now+3600))).verdict(), "101")
	for _, late := range []struct {
		name, tries             string
		expiresAt, tokenExpires int64
	}{
		{"expired", "a ticket, 2 s after its minute", now - 2, now + 3600},
		{"longExpired", "a ticket of yesterday", now - 86400, now + 3600},
		{"expiredForEver", "a ticket that expired in 1970", 0, now + 3600},
		{"tokenExpired", "a ticket in time, its token 40 s too late", now + 3600, now - 40},
	} {
		ticket := put(late.expiresAt, late.tokenExpires)
		attempt{"ticket/" + late.name, late.tries}.ends(t, v.shake(t, withTicket(ticket)).verdict(), "401")
		attempt{"ticket/" + late.name + "Again", "the same again"}.ends(t, v.shake(t, withTicket(ticket)).verdict(), "401")
	}
	var message struct{ Data struct{ Expires int64 } }
	asked := time.Now().Unix()
	_ = json.Unmarshal([]byte(v.askTicket(t, v.authorized(v.token(t, "victoria"))).body), &message)
	given := time.Now().Unix() // between asked and given
	attempt{"ticket/lasting", "a ticket that lasts longer than a minute"}.verdict(t, fmt.Sprint(message.Data.Expires-given, " s"),
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

func reversed(text string) string {
	b := []byte(text)
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
	return string(b)
}

// otherLastCharacter returns base64url of 32 bytes with another last character,
// of which two bits stand for nothing.
func otherLastCharacter(text string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	i := strings.IndexByte(alphabet, text[len(text)-1])
	return text[:len(text)-1] + string(alphabet[i^1])
}
