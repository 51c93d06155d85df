package attack

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// The beginnings of refusals of Centrifugo's protocol.
const (
	unknownChannel = `{"error":{"code":102`
	notPermitted   = `{"error":{"code":103`
	overLimit      = `{"error":{"code":106`
	badRequest     = `{"error":{"code":107`
	notAvailable   = `{"error":{"code":108`
	tooMany        = `{"error":{"code":111`
	unrecoverable  = `{"error":{"code":112`
	ownError       = `{"error":{"code":400`
	malformed      = `{"push":{"disconnect":{"code":3501`
	expired        = `{"push":{"disconnect":{"code":3005`
)

// channelClient is a client of Centrifugo's protocol that sends texts unchanged.
type channelClient struct {
	*socket
	id     string // of the connection
	own    string // the user's own channel
	epoch  string // of the own channel
	last   int    // the id of the last command
	lines  []string
	pushes []string // that came before a reply
}

// inFrames returns the handshake of a client of Centrifugo's protocol.
func inFrames(token string) handshake {
	return handshake{headers: []string{"Sec-WebSocket-Protocol: centrifuge-json, bearer." + token}}
}

// joinAs connects as a user and sends the command connect.
func (v *victim) joinAs(t *testing.T, user string) *channelClient {
	t.Helper()
	return v.joinBy(t, inFrames(v.token(t, user)), `"connect":{}`)
}

// joinBy connects with a handshake and sends a command connect.
func (v *victim) joinBy(t *testing.T, h handshake, connect string) *channelClient {
	t.Helper()
	c := &channelClient{socket: v.connect(t, h)}
	control(t, "connect", c.verdict(), "101")
	c.extend()
	got := c.command(connect)
	var m struct {
		Connect struct {
			Client string
			Subs   map[string]struct{ Epoch string }
		}
	}
	if err := json.Unmarshal([]byte(got), &m); err != nil || m.Connect.Client == "" || len(m.Connect.Subs) != 1 {
		t.Fatalf("connect: got %s, want a client that is subscribed to the own channel of its user", got)
	}
	c.id = m.Connect.Client
	for name, sub := range m.Connect.Subs {
		c.own, c.epoch = name, sub.Epoch
	}
	return c
}

// line returns the next line, or how the connection ended.
func (c *channelClient) line() string {
	if len(c.lines) == 0 {
		c.lines = strings.Split(c.next(), "\n")
	}
	line := c.lines[0]
	c.lines = c.lines[1:]
	return line
}

// answer returns the next line that is not a push about a channel.
func (c *channelClient) answer() string {
	for {
		line := c.line()
		if !strings.HasPrefix(line, `{"push":{"channel"`) {
			return line
		}
		c.pushes = append(c.pushes, line)
	}
}

// push returns the next push about a channel, or how the connection ended.
func (c *channelClient) push() string {
	if len(c.pushes) > 0 {
		line := c.pushes[0]
		c.pushes = c.pushes[1:]
		return line
	}
	return c.line()
}

// command sends a command, such as `"ping":{}`. It returns the reply without its id.
func (c *channelClient) command(request string) string {
	c.last++
	id := fmt.Sprintf(`{"id":%d,`, c.last)
	c.send(id + request + "}")
	if rest, ok := strings.CutPrefix(c.answer(), id); ok {
		return "{" + rest
	} else {
		return rest
	}
}

// call sends a command with the members of its request.
func (c *channelClient) call(method string, members ...any) string {
	return c.command(encode(method) + ":" + encode(with(nil, members...)))
}

// lists reports whether the rows of a text have an item, such as a subscription.
func lists(rows, partition, item string) bool {
	for line := range strings.Lines(rows) {
		line = " " + line
		if strings.Contains(line, " partition="+partition+" ") && strings.Contains(line, " item="+item+" ") {
			return true
		}
	}
	return false
}
