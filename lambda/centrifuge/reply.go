package centrifuge

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Reply is the answer to the command with the same ID, or a push, which has no ID.
// Exactly one of the other fields is set.
type Reply struct {
	ID            uint32         `json:"id,omitempty"`
	Error         *Error         `json:"error,omitempty"`
	Push          *Push          `json:"push,omitempty"`
	Connect       *Connected     `json:"connect,omitempty"`
	Subscribe     *Subscribed    `json:"subscribe,omitempty"`
	Unsubscribe   *struct{}      `json:"unsubscribe,omitempty"`
	Publish       *struct{}      `json:"publish,omitempty"`
	Presence      *Present       `json:"presence,omitempty"`
	PresenceStats *PresenceCount `json:"presence_stats,omitempty"`
	History       *History       `json:"history,omitempty"`
	RPC           *Result        `json:"rpc,omitempty"`
	Refresh       *Refreshed     `json:"refresh,omitempty"`
	Ping          *struct{}      `json:"ping,omitempty"`
}

// Push is a message that answers no command. Exactly one of the fields besides Channel is
// set.
type Push struct {
	Channel     string       `json:"channel,omitempty"`
	Pub         *Publication `json:"pub,omitempty"`
	Join        *Member      `json:"join,omitempty"`
	Leave       *Member      `json:"leave,omitempty"`
	Unsubscribe *Closed      `json:"unsubscribe,omitempty"`
	Disconnect  *Closed      `json:"disconnect,omitempty"`
	Message     *Result      `json:"message,omitempty"`
}

// Publication is a publication of a channel. Offset is 0 if the channel has no history.
// Epoch is set where a stream begins.
type Publication struct {
	Data   json.RawMessage `json:"data"`
	Info   *ClientInfo     `json:"info,omitempty"`
	Offset uint64          `json:"offset,omitempty"`
	Epoch  string          `json:"epoch,omitempty"`
}

// ClientInfo identifies a connection and its user. ConnInfo has more about the user.
type ClientInfo struct {
	User     string          `json:"user"`
	Client   string          `json:"client"`
	ConnInfo json.RawMessage `json:"conn_info,omitempty"`
}

// Member is a client that joined or left a channel.
type Member struct {
	Info ClientInfo `json:"info"`
}

// Closed has the code and the reason of the end of a subscription or a connection.
type Closed struct {
	Code   uint32 `json:"code"`
	Reason string `json:"reason"`
}

// Connected is the answer to Connect. TTL is in seconds.
type Connected struct {
	Client  string                `json:"client"`
	Version string                `json:"version"`
	Expires bool                  `json:"expires,omitempty"`
	TTL     uint32                `json:"ttl,omitempty"`
	Subs    map[string]Subscribed `json:"subs,omitempty"`
}

// Subscribed is the answer to Subscribe. Offset is the position from which the client
// advances by Publications.
type Subscribed struct {
	Recoverable   bool          `json:"recoverable,omitempty"`
	Positioned    bool          `json:"positioned,omitempty"`
	Epoch         string        `json:"epoch,omitempty"`
	Offset        uint64        `json:"offset,omitempty"`
	WasRecovering bool          `json:"was_recovering,omitempty"`
	Recovered     bool          `json:"recovered,omitempty"`
	Publications  []Publication `json:"publications,omitempty"`
}

// Present is the answer to Presence: the clients of a channel by their id.
type Present struct {
	Presence map[string]ClientInfo `json:"presence"`
}

// PresenceCount is the answer to PresenceStats.
type PresenceCount struct {
	Clients int `json:"num_clients"`
	Users   int `json:"num_users"`
}

// History is the answer to HistoryRead. Epoch and Offset are the end of the stream.
type History struct {
	Publications []Publication `json:"publications"`
	Epoch        string        `json:"epoch"`
	Offset       uint64        `json:"offset"`
}

// Result is the answer to RPC, or a message of the server. Data is any JSON.
type Result struct {
	Data json.RawMessage `json:"data"`
}

// Refreshed is the answer to Refresh. TTL is in seconds.
type Refreshed struct {
	Expires bool   `json:"expires"`
	TTL     uint32 `json:"ttl"`
}

// Encode returns the frame of replies, in their order.
func Encode(replies ...Reply) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	for _, r := range replies {
		if err := enc.Encode(r); err != nil {
			return nil, fmt.Errorf("encode reply: %w", err)
		}
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// frameBytes is less than the largest message that API Gateway sends, 128 KB.
const frameBytes = 120 << 10

// Frames returns replies in their order, in frames as Join does.
func Frames(replies ...Reply) ([][]byte, error) {
	var encoded [][]byte
	for _, r := range replies {
		e, err := Encode(r)
		if err != nil {
			return nil, err
		}
		encoded = append(encoded, e)
	}
	return Join(encoded...), nil
}

// Join returns encoded replies in their order, in as few frames of at most 120 KB as
// possible. A reply that is larger has a frame of its own.
func Join(encoded ...[]byte) [][]byte {
	var frames [][]byte
	for _, e := range encoded {
		if last := len(frames) - 1; last >= 0 && len(frames[last])+len(e) < frameBytes {
			frames[last] = append(append(frames[last], '\n'), e...)
			continue
		}
		frames = append(frames, e)
	}
	return frames
}
