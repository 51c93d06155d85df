package run

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/coder/websocket"
)

// TestManyConnections pushes to more connections than one event of the function may reach. It
// kills the processes of the function while they do the jobs of the queue. Three connections
// have a socket, the others are only rows.
func TestManyConnections(t *testing.T) {
	sys := started(t, func(s *Settings) { // the queue gives messages out again after a second
		s.TimeScale, s.Limits.Idle, s.Limits.Duration = 60, 100*time.Hour, 100*time.Hour
	})
	var clients []*websocket.Conn
	for _, user := range []string{"alice", "bob", "carol"} {
		c, status := connect(t, sys, "bearer."+tokenFor(t, sys, user))
		if c == nil {
			t.Fatalf("connection of %s: got status %d", user, status)
		}
		clients = append(clients, c)
	}
	client := newTableClient(sys.tableURL, sys.stack.API.Region)
	table := sys.stack.Output("tableName")
	putRows(t, client, table, 300)

	answer, err := sys.function.Invoke(t.Context(), []byte(`{"push":{"target":{"all":true},"message":{"n":1}}}`))
	if want := `{"sent":0,"gone":0,"failed":0,"queued":303}`; err != nil || string(answer) != want {
		t.Fatalf("got %s, error %v, want %s", answer, err, want)
	}
	kill(t, sys.binary)
	for i, c := range clients {
		if _, text, err := c.Read(t.Context()); err != nil || string(text) != `{"n":1}` {
			t.Errorf("client %d: got %s, error %v", i, text, err)
		}
	}
	awaitEmptyQueues(sys) // jobs that are repeated delete rows
	putRows(t, client, table, 300)
	answer, err = sys.function.Invoke(t.Context(), []byte(`{"disconnect":{"target":{"all":true}}}`))
	if want := `{"disconnected":0,"gone":0,"failed":0,"queued":303}`; err != nil || string(answer) != want {
		t.Fatalf("got %s, error %v, want %s", answer, err, want)
	}
	for i, c := range clients {
		var text []byte
		var err error
		for err == nil { // a message may arrive twice, because processes were killed
			_, text, err = c.Read(t.Context())
		}
		if websocket.CloseStatus(err) != websocket.StatusNormalClosure {
			t.Errorf("client %d: got %s, error %v, want the close code 1000", i, text, err)
		}
	}
}

// awaitEmptyQueues waits until the queues have no messages. A queue has no event for this.
func awaitEmptyQueues(sys *system) {
	for _, q := range sys.queues {
		for len(q.Messages()) > 0 {
			time.Sleep(20 * time.Millisecond)
		}
	}
}

// putRows puts n rows of connections that opened an hour ago and have no socket.
func putRows(t *testing.T, client *dynamodb.Client, table string, n int) {
	t.Helper()
	text := func(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }
	number := func(at time.Time, unit time.Duration) types.AttributeValue {
		return &types.AttributeValueMemberN{Value: strconv.FormatInt(at.UnixNano()/int64(unit), 10)}
	}
	now := time.Now()
	for i := range n {
		_, err := client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &table, Item: map[string]types.AttributeValue{
			"connectionId": text(base64.URLEncoding.EncodeToString(fmt.Appendf(nil, "gone%07d", i))),
			"userId":       text("https://issuer.example#dave"), "user": text("dave"),
			"connectedAt": number(now.Add(-time.Hour), time.Millisecond), "authorizedUntil": number(now.Add(time.Hour), time.Second),
			"expiresAt": number(now.Add(time.Hour), time.Second),
		}})
		if err != nil {
			t.Fatal(err)
		}
	}
}
