package faults

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/coder/websocket"
)

// outcome is the result of a publication for its publisher.
type outcome string

const (
	accepted outcome = "accepted" // the reply has no error
	refused  outcome = "refused"  // the reply has an error
	unknown  outcome = "unknown"  // there is no reply
)

// publisher publishes in one channel, one publication after the other. It connects when it
// has no connection. It is not a client of Centrifugo, because such a client waits for a lost
// reply until its timeout.
type publisher struct {
	address, token, channel string

	conn *websocket.Conn // nil: none
	last int             // the ID of the last command
}

// publish publishes data and returns the outcome.
func (p *publisher) publish(ctx context.Context, data string) outcome {
	if p.conn == nil {
		options := &websocket.DialOptions{Subprotocols: []string{"centrifuge-json", "bearer." + p.token}}
		conn, _, err := websocket.Dial(ctx, p.address, options) //nolint:bodyclose // Dial closes it
		if err != nil {
			return unknown
		}
		p.conn = conn
		if result := p.send(ctx, `"connect":{}`); result != accepted {
			return unknown
		}
	}
	return p.send(ctx, fmt.Sprintf(`"publish":{"channel":%q,"data":%s}`, p.channel, data))
}

// send sends a command and waits for its reply. If there is none, it closes the connection.
func (p *publisher) send(ctx context.Context, command string) outcome {
	p.last++
	err := p.conn.Write(ctx, websocket.MessageText, fmt.Appendf(nil, `{%s,"id":%d}`, command, p.last))
	for err == nil {
		var frame []byte
		if _, frame, err = p.conn.Read(ctx); err != nil || bytes.Contains(frame, lostCommand) {
			break
		}
		for reply := range bytes.Lines(frame) {
			var r struct {
				ID    int
				Error *struct{ Code int }
			}
			if json.Unmarshal(reply, &r) != nil || r.ID != p.last {
				continue // a push
			}
			if r.Error != nil {
				return refused
			}
			return accepted
		}
	}
	p.close()
	return unknown
}

func (p *publisher) close() {
	if p.conn != nil {
		_ = p.conn.CloseNow()
	}
	p.conn = nil
}

// publisher returns a publisher of a user.
func (s *system) publisher(t *testing.T, user, channel string) *publisher {
	t.Helper()
	p := &publisher{address: s.WebSocketURL, token: s.token(t, user), channel: channel}
	t.Cleanup(p.close)
	return p
}
