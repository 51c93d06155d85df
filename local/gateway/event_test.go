package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"sallyport/local/stage"
)

const browser = "sec-websocket-EXTENSIONS: permessage-deflate; client_max_window_bits\r\nUser-Agent: Mozilla/5.0\r\n" +
	"Origin: https://site.example\r\nHeaderAuth1: one\r\nheaderauth1: two\r\nX-Forwarded-For: 198.51.100.9\r\n"

// TestEvents compares the exact text of all events of a connection with golden files, except
// for ids, which get numbers.
func TestEvents(t *testing.T) {
	tests := []struct {
		name    string
		request string
		config  func(*Config)
	}{
		{
			"full", strings.Replace(rawHandshake, "/dev", "/dev?token=a%20b&token=c&x&=y&bad=%zz", 1) + browser,
			func(c *Config) {
				withAuthorizer(answering(strings.Replace(allowAll, `{`, `{"context":{"user":"ann","expires":1708326900,"admin":true,"ratio":1.50},`, 1)))(c)
				c.StageVariables = map[string]string{"color": "blue"}
			},
		},
		{
			"bareAuthorizer", rawHandshake,
			withAuthorizer(answering(`{"context":null,` + strings.TrimPrefix(policy("Allow", "*"), "{"))),
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := sleeping(7*time.Millisecond, `{"statusCode":200}`)
				c := config(map[string]Route{routeConnect: oneWay(f), routeDefault: twoWay(f), routeDisconnect: oneWay(f)})
				test.config(&c)
				var all [][]byte
				if c.Authorizer != nil {
					c.Authorizer.Invoker = recording(c.Authorizer.Invoker, &all)
				}
				client := serve(t, c).sendHandshake(t, test.request+"\r\n")
				time.Sleep(9 * time.Second)
				client.write(frame(textEnd, []byte("{\"say\":\"<hi>\\n\"}")))
				time.Sleep(time.Second)
				client.write(closeFrame(4001, "bye"))
				client.readClose()
				time.Sleep(time.Second)
				compare(t, test.name, append(all, f.events()...))
			})
		})
	}
}

// recording returns a function that stores its events in all, and then calls i.
func recording(i Invoker, all *[][]byte) Invoker {
	return &function{answer: func(ctx context.Context, event []byte) ([]byte, error) {
		time.Sleep(12 * time.Millisecond)
		*all = append(*all, event)
		return i.Invoke(ctx, event)
	}}
}

func compare(t *testing.T, name string, events [][]byte) {
	t.Helper()
	var pretty bytes.Buffer // json.Indent keeps the order
	for _, event := range events {
		var compact bytes.Buffer
		if err := json.Compact(&compact, event); err != nil || compact.String() != string(event) {
			t.Errorf("event %s is not compact JSON: %v", event, err)
		}
		_ = json.Indent(&pretty, event, "", "  ")
		pretty.WriteString("\n")
	}
	got := pretty.Bytes()
	ids := map[string]string{}
	got = regexp.MustCompile(`"[A-Za-z0-9_-]{15}="`).ReplaceAllFunc(got, func(id []byte) []byte {
		if ids[string(id)] == "" {
			ids[string(id)] = fmt.Sprintf(`"ID-%d"`, 1+len(ids))
		}
		return []byte(ids[string(id)])
	})
	got = regexp.MustCompile(`(Root=1-[0-9a-f]{8})-[0-9a-f]{24}`).ReplaceAll(got, []byte("$1-TRACE"))
	file := filepath.Join("testdata", name+".events.json")
	if *update {
		if err := os.WriteFile(file, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(string(got), "\n")); diff != "" {
		t.Errorf("events (-want +got; the flag -update writes the golden file):\n%s", diff)
	}
}

// TestEventsDecode checks that the event types of aws-lambda-go have all members of the events.
func TestEventsDecode(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "full.events.json"))
	if err != nil {
		t.Fatal(err)
	}
	all := json.NewDecoder(bytes.NewReader(text))
	var authorizer map[string]any
	if err := all.Decode(&authorizer); err != nil {
		t.Fatal(err)
	}
	all.DisallowUnknownFields()
	for _, kind := range []string{eventConnect, eventMessage, eventDisconnect} {
		var event events.APIGatewayWebsocketProxyRequest
		err := all.Decode(&event)
		if c := event.RequestContext; err != nil || c.EventType != kind || c.DomainName != "gateway.example" || c.ConnectionID == "" {
			t.Errorf("got %+v, %v, want a %s event", event.RequestContext, err, kind)
		}
	}
}

func TestMessageIDs(t *testing.T) {
	connection := stage.NewID()
	message := newMessageID(connection)
	if !isID(connection) || !isID(message) || len(message) != 16 || message[8:] != connection[8:] || message == connection {
		t.Errorf("got the message id %s for the connection %s, want 16 characters with the same last 8", message, connection)
	}
	for _, id := range []string{"", "WhHAe-TROkECC5x="} { // the second one has bits that base64 does not use
		if isID(id) {
			t.Errorf("isID(%q): got true, want false", id)
		}
	}
}

// FuzzMessageEvent checks that a message event has the texts of the client.
func FuzzMessageEvent(f *testing.F) {
	f.Add("hello", "Mozilla/5.0", "gateway.example")
	f.Add("{\"a\":\"\\u0000\x00\x1f\x7f\u2028</script>\"}", "\xff\xfe", "a\"b\\c")
	f.Add("\xe2\x82", "é", "")
	f.Fuzz(func(t *testing.T, text, userAgent, host string) {
		s := session{apiID: "a", stage: "dev", connectionID: stage.NewID(), connectedAt: time.Now(), host: host, sourceIP: "::1", userAgent: userAgent, authorizer: []byte(`{"principalId":"x"}`)}
		event := s.messageEvent(eventDetails{routeKey: "$default", eventType: eventMessage, requestID: stage.NewID(), messageID: stage.NewID(), at: time.Now()}, []byte(text))
		var got struct {
			Body           string
			RequestContext struct {
				DomainName string
				Identity   struct{ UserAgent string }
			}
		}
		if err := json.Unmarshal(event, &got); err != nil {
			t.Fatalf("decode %s: %v", event, err)
		}
		for _, pair := range [][2]string{{got.Body, text}, {got.RequestContext.Identity.UserAgent, userAgent}, {got.RequestContext.DomainName, host}} {
			if want := validUTF8(pair[1]); pair[0] != want {
				t.Errorf("got %q, want %q", pair[0], want)
			}
		}
	})
}

// validUTF8 replaces each byte that is not UTF-8 by U+FFFD, as encoding/json does.
func validUTF8(s string) string {
	return string([]rune(s))
}

// FuzzHandshakeEvents checks that the events with headers are JSON.
func FuzzHandshakeEvents(f *testing.F) {
	f.Add("token=a&token=b", "name", "value", "agent")
	f.Add("%zz&&=&a=%00&\xff", "X-\"Quote\"", "\x00\xff", "")
	f.Fuzz(func(t *testing.T, query, name, value, agent string) {
		r := request{methodARN: connectARN, headers: []field{{name, []string{value, value}}}, query: readQuery(query)}
		s := session{apiID: "a", connectionID: stage.NewID(), connectedAt: time.Now(), userAgent: agent}
		o := eventDetails{routeKey: routeConnect, eventType: eventConnect, requestID: stage.NewID(), at: time.Now()}
		for _, event := range [][]byte{s.connectEvent(o, r, r.headers), s.authorizerEvent(o, r, nil), s.disconnectEvent(o)} {
			if !json.Valid(event) || !utf8.Valid(event) {
				t.Fatalf("got %s, want JSON", event)
			}
		}
	})
}
