package centrifuge

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Command is one request of a client. A valid command has exactly one request.
type Command struct {
	ID            uint32       `json:"id"`
	Connect       *Connect     `json:"connect"`
	Subscribe     *Subscribe   `json:"subscribe"`
	Unsubscribe   *Channel     `json:"unsubscribe"`
	Publish       *Publish     `json:"publish"`
	Presence      *Channel     `json:"presence"`
	PresenceStats *Channel     `json:"presence_stats"`
	History       *HistoryRead `json:"history"`
	RPC           *RPC         `json:"rpc"`
	Refresh       *Refresh     `json:"refresh"`
	Ping          *struct{}    `json:"ping"`
	// Send and SubRefresh are known, so that their replies can name them.
	Send       json.RawMessage `json:"send"`
	SubRefresh json.RawMessage `json:"sub_refresh"`
}

// Connect is the request with which a client begins.
type Connect struct {
	Token string `json:"token"`
	// Subs are the positions of subscriptions that the server makes, by channel.
	Subs map[string]Subscribe `json:"subs"`
}

// Subscribe is the request to receive the publications of a channel. With Recover, the
// reply has the publications after the position Epoch and Offset.
type Subscribe struct {
	Channel   string `json:"channel"`
	Recover   bool   `json:"recover"`
	Epoch     string `json:"epoch"`
	Offset    uint64 `json:"offset"`
	JoinLeave bool   `json:"join_leave"`
	Flag      int64  `json:"flag"`
	Type      int32  `json:"type"`
}

// RejectUnrecovered reports whether the client wants an error, instead of
// a subscription with Recovered false.
func (s Subscribe) RejectUnrecovered() bool { return s.Flag&2 != 0 }

// Channel is a request that has a channel only.
type Channel struct {
	Channel string `json:"channel"`
}

// Publish is the request to publish Data, any JSON, in a channel.
type Publish struct {
	Channel string          `json:"channel"`
	Data    json.RawMessage `json:"data"`
	Type    int32           `json:"type"`
}

// Position is a position in the stream of a channel.
type Position struct {
	Offset uint64 `json:"offset"`
	Epoch  string `json:"epoch"`
}

// HistoryRead is the request for publications of a channel. Limit 0 asks for the position
// only, a negative Limit for all publications.
type HistoryRead struct {
	Channel string    `json:"channel"`
	Limit   int       `json:"limit"`
	Since   *Position `json:"since"`
	Reverse bool      `json:"reverse"`
}

// RPC is a call of a method.
type RPC struct {
	Method string          `json:"method"`
	Data   json.RawMessage `json:"data"`
}

// Refresh is the request to extend the connection.
type Refresh struct {
	Token string `json:"token"`
}

// MaxCommands is the largest number of commands in a frame.
const MaxCommands = 100

// ErrFrame is the error for a frame that does not follow the protocol. Its text has no part
// of the frame.
var ErrFrame = errors.New("the frame does not follow the protocol")

// Decode returns the commands of a frame. A pong, which is an empty object, is not
// returned. The error is an ErrFrame.
func Decode(frame string) ([]Command, error) {
	var commands []Command
	dec := json.NewDecoder(bytes.NewReader([]byte(frame)))
	for {
		var c Command
		err := dec.Decode(&c)
		n := c.requests()
		switch {
		case errors.Is(err, io.EOF):
			return commands, nil
		case len(commands) == MaxCommands:
			return nil, fmt.Errorf("%w: it has more than %d commands", ErrFrame, MaxCommands)
		case err != nil:
			return nil, fmt.Errorf("%w: command %d is malformed", ErrFrame, len(commands)+1)
		case n == 0 && c.ID == 0: // a pong
			continue
		case n != 1:
			return nil, fmt.Errorf("%w: command %d has %d requests, want 1", ErrFrame, len(commands)+1, n)
		case c.ID == 0 && c.Send == nil:
			return nil, fmt.Errorf("%w: command %d has no id", ErrFrame, len(commands)+1)
		}
		commands = append(commands, c)
	}
}

// requests returns the number of requests of a command.
func (c *Command) requests() int {
	n := 0
	for _, has := range []bool{
		c.Connect != nil, c.Subscribe != nil, c.Unsubscribe != nil, c.Publish != nil, c.Presence != nil,
		c.PresenceStats != nil, c.History != nil, c.RPC != nil, c.Refresh != nil, c.Ping != nil, c.Send != nil, c.SubRefresh != nil,
	} {
		if has {
			n++
		}
	}
	return n
}
