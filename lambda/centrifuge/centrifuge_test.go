package centrifuge_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"sallyport/lambda/centrifuge"
)

func TestDecode(t *testing.T) {
	tests := map[string]struct {
		frame string
		want  int    // commands
		err   string // part of the error
	}{
		"two commands":      {`{"connect":{"name":"js"},"id":1}` + "\n" + `{"subscribe":{"channel":"room:1","flag":1},"id":2}`, 2, ""},
		"pong":              {`{}`, 0, ""},
		"empty":             {``, 0, ""},
		"send without id":   {`{"send":{"data":1}}`, 1, ""},
		"newer members":     {`{"connect":{"future":1},"id":1,"other":true}`, 1, ""},
		"no id":             {`{"publish":{"channel":"a:b","data":1}}`, 0, "command 1 has no id"},
		"two requests":      {`{"id":1,"connect":{},"ping":{}}`, 0, "command 1 has 2 requests"},
		"no request":        {`{"id":1}`, 0, "command 1 has 0 requests"},
		"no JSON":           {`{"id":1,"ping":{}} secret`, 0, "command 2 is malformed"},
		"bracket":           {`{"id":1,"ping":{}}}` + "\n" + `{"id":2,"ping":{}}`, 0, "command 2 is malformed"},
		"half":              {`{"id":1,"ping":{}}{"id":2`, 0, "command 2 is malformed"},
		"array":             {`[]`, 0, "command 1 is malformed"},
		"negative id":       {`{"id":-1,"ping":{}}`, 0, "command 1 is malformed"},
		"negative offset":   {`{"id":1,"subscribe":{"channel":"a:b","offset":-1}}`, 0, "command 1 is malformed"},
		"too many":          {strings.Repeat(`{"id":1,"ping":{}}`, 101), 0, "more than 100 commands"},
		"as many as can be": {strings.Repeat(`{"id":1,"ping":{}}`, 100), 100, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := centrifuge.Decode(test.frame)
			if test.err == "" {
				if err != nil || len(got) != test.want {
					t.Errorf("got %d commands, error %v, want %d", len(got), err, test.want)
				}
				return
			}
			if !errors.Is(err, centrifuge.ErrFrame) || !strings.Contains(err.Error(), test.err) {
				t.Errorf("got error %v, want one with %q", err, test.err)
			}
		})
	}
}

// An error has no part of the frame, because it goes to the log.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{`{"id":1,"ping":{}}`, `{}{}`, `{"id":1,"canary":{}}`, "{\"id\":1,\"publish\":{\"data\":\"canary\"}}\n\n", `{"id":4294967296}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, frame string) {
		commands, err := centrifuge.Decode(frame)
		if err != nil && (!errors.Is(err, centrifuge.ErrFrame) || len(err.Error()) > 100) {
			t.Errorf("%q: got error %v", frame, err)
		}
		if len(commands) > centrifuge.MaxCommands {
			t.Errorf("got %d commands", len(commands))
		}
	})
}

// Each reply is one line, even if its data has line breaks.
func TestEncode(t *testing.T) {
	data := json.RawMessage("{\n  \"html\": \"<b>&\"\n}")
	got, err := centrifuge.Encode(
		centrifuge.Reply{ID: 1, Subscribe: &centrifuge.Subscribed{Recoverable: true, Epoch: "e", Publications: []centrifuge.Publication{{Data: data, Offset: 1}}}},
		centrifuge.Reply{ID: 2, Publish: &struct{}{}},
		centrifuge.Reply{ID: 3, Error: &centrifuge.ErrDenied},
		centrifuge.Unsubscribe("a:b", centrifuge.InsufficientState, "insufficient state"),
		centrifuge.Disconnect(centrifuge.ForcedDisconnect, "signed out"),
	)
	want := `{"id":1,"subscribe":{"recoverable":true,"epoch":"e","publications":[{"data":{"html":"<b>&"},"offset":1}]}}
{"id":2,"publish":{}}
{"id":3,"error":{"code":103,"message":"permission denied"}}
{"push":{"channel":"a:b","unsubscribe":{"code":2500,"reason":"insufficient state"}}}
{"push":{"disconnect":{"code":3503,"reason":"signed out"}}}`
	if err != nil || string(got) != want {
		t.Errorf("got error %v and\n%s\nwant\n%s", err, got, want)
	}
	if _, err := centrifuge.Encode(centrifuge.Reply{RPC: &centrifuge.Result{Data: json.RawMessage("{")}}); err == nil {
		t.Error("got no error for data that is not JSON")
	}
}

// Each frame fits into a message of API Gateway, and the replies stay in order.
func TestFrames(t *testing.T) {
	reply := func(id uint32, size int) centrifuge.Reply {
		return centrifuge.Reply{ID: id, RPC: &centrifuge.Result{Data: json.RawMessage(`"` + strings.Repeat("x", size) + `"`)}}
	}
	tests := map[string]struct {
		sizes []int
		want  []int // replies by frame
	}{
		"none":            {nil, nil},
		"one":             {[]int{10}, []int{1}},
		"small":           {[]int{10, 10, 10}, []int{3}},
		"large":           {[]int{100 << 10, 100 << 10}, []int{1, 1}},
		"large and small": {[]int{10, 100 << 10, 10, 100 << 10, 10}, []int{3, 2}},
		"too large":       {[]int{10, 130 << 10, 10}, []int{1, 1, 1}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var replies []centrifuge.Reply
			for i, size := range test.sizes {
				replies = append(replies, reply(uint32(i+1), size))
			}
			frames, err := centrifuge.Frames(replies...)
			if err != nil || len(frames) != len(test.want) {
				t.Fatalf("got %d frames, error %v, want %d", len(frames), err, len(test.want))
			}
			next := uint32(1)
			for i, f := range frames {
				lines := strings.Split(string(f), "\n")
				if len(lines) != test.want[i] || len(lines) > 1 && len(f) > 128<<10 {
					t.Errorf("frame %d: got %d replies, %d bytes, want %d replies", i, len(lines), len(f), test.want[i])
				}
				for _, line := range lines {
					var r centrifuge.Reply
					if err := json.Unmarshal([]byte(line), &r); err != nil || r.ID != next {
						t.Errorf("frame %d: got reply %d, error %v, want %d", i, r.ID, err, next)
					}
					next++
				}
			}
		})
	}
}
