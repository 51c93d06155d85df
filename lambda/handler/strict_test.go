package handler_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// marks are the members that identify a kind of event.
var marks = map[string]string{
	"authorizer": `"type":"REQUEST","methodArn":"arn:aws:execute-api:eu-west-1:111122223333:a1b2c3d4e5/live/$connect"`,
	"route":      `"requestContext":{"routeKey":"whoami","connectionId":"b1","authorizer":{"user":"alice","issuer":"https://sign-in.example","sub":"sub-alice","expires":"1708330500"}}`,
	"http":       `"version":"2.0","requestContext":{"http":{"method":"DELETE","path":"/connections"}},"headers":{"authorization":"Bearer HEADER.PAYLOAD.SIGNATURE"}`,
	"schedule":   `"source":"aws.events","detail-type":"Scheduled Event"`,
	"push":       `"push":{"target":{"all":true},"message":1}`,
	"disconnect": `"disconnect":{"target":{"all":true}}`,
}

// An event of two kinds is refused, for every pair of kinds in either order.
func TestTwoKindsAtOnce(t *testing.T) {
	kinds := slices.Sorted(maps.Keys(marks))
	for _, one := range kinds {
		for _, other := range kinds {
			if one == other {
				continue
			}
			t.Run(one+"/"+other, func(t *testing.T) {
				payload := "{" + marks[one] + "," + marks[other] + "}"
				if strings.Count(payload, "requestContext") == 2 { // decoding would merge them
					payload = strings.Replace(payload, `}},"requestContext":{`, `},`, 1)
					payload = strings.Replace(payload, `},"headers":{"authorization":"Bearer HEADER.PAYLOAD.SIGNATURE"},"requestContext":{`, `,`, 1)
				}
				if !json.Valid([]byte(payload)) {
					t.Fatalf("the event of this test is not JSON: %s", payload)
				}
				w := newFixture().at(expires.Add(2*expires.Sub(now))).open("bob", "b1")
				answer, err := w.invoke(t.Context(), []byte(payload))
				if err == nil || !strings.Contains(err.Error(), "the event is of several kinds") {
					t.Errorf("got %s, error %v, want an error", answer, err)
				}
				if len(w.posts.got)+len(w.posts.ended) != 0 || w.table.calls != 0 {
					t.Error("the function sent or ended something, want nothing")
				}
				w.logged(t, map[string]any{"outcome": "failed", "route": "unknown"})
			})
		}
	}
}

// A message file with more than one JSON value, pasted into a command, adds a second
// command.
func TestPastedCommand(t *testing.T) {
	for name, pasted := range map[string]string{
		"reachesEveryone": `1},"push":{"target":{"all":true},"message":"x"`,
		"endsEveryone":    `1},"disconnect":{"target":{"all":true}`,
		"otherCase":       `1},"Push":{"target":{"all":true},"message":"x"`,
		"otherTarget":     `1,"target":{"all":true}`,
		"isAnEvent":       `1},"requestContext":{"routeKey":"$disconnect","connectionId":"b1"`,
		"besides":         `1},"more":{"a":1`,
	} {
		t.Run(name, func(t *testing.T) {
			w := newFixture().open("alice", "a1").open("bob", "b1")
			answer, err := w.invoke(t.Context(), []byte(`{"push":{"target":{"user":"alice"},"message":`+pasted+`}}`))
			if err == nil || !strings.HasPrefix(err.Error(), "command_invalid: ") {
				t.Errorf("got %s, error %v, want command_invalid", answer, err)
			}
			if len(w.posts.got)+len(w.posts.ended) != 0 || len(w.table.rows) != 2 {
				t.Error("the function sent or ended something, want nothing")
			}
		})
	}
}

func TestDuplicateKeys(t *testing.T) {
	for name, test := range map[string]struct{ payload, want string }{
		"push":          {`{"push":{"target":{"user":"bob"},"message":1},"push":{"target":{"user":"alice"},"message":1}}`, `the key "push" twice`},
		"otherCase":     {`{"push":{"target":{"user":"alice"},"message":1},"PUSH":{"target":{"user":"bob"},"message":1}}`, `the key "PUSH" twice`},
		"escaped":       {`{"push":{"target":{"user":"alice"},"t\u0061rget":{"all":true},"message":1}}`, `the key "target" twice`},
		"inTarget":      {`{"push":{"target":{"user":"alice","user":"bob"},"message":1}}`, `the key "user" twice`},
		"longS":         {`{"push":{"target":{"user":"alice","u\u017fer":"bob"},"message":1}}`, `twice`},
		"messages":      {`{"push":{"target":{"user":"alice"},"message":1,"Message":2}}`, `the key "Message" twice`},
		"inMessage":     {`{"push":{"target":{"user":"alice"},"message":{"a":1,"a":2}}}`, `the key "a" twice`},
		"deepInMessage": {`{"push":{"target":{"user":"alice"},"message":[{"x":[{"a":{},"b":[],"a":2}]}]}}`, `the key "a" twice`},
		"surrogates":    {`{"push":{"target":{"user":"alice"},"message":{"\ud800":1,"\udbff":2}}}`, `twice`},
		"reason":        {`{"disconnect":{"target":{"user":"alice"},"reason":"a","reason":"b"}}`, `the key "reason" twice`},
		"onlyOtherCase": {`{"Push":{"target":{"user":"alice"},"message":1}}`, `the event has the unknown field "Push": want push`},
		"otherTarget":   {`{"push":{"Target":{"user":"alice"},"message":1}}`, `the command has the unknown field "Target": want target, message`},
		"otherAll":      {`{"push":{"target":{"ALL":true},"message":1}}`, `the target has the unknown field "ALL": want connection, user, sub, issuer, all`},
		"besides":       {`{"push":{"target":{"user":"alice"},"message":1},"note":1}`, `the event has the unknown field "note": want push`},
		"notUTF8":       {"{\"push\":{\"target\":{\"user\":\"alice\"},\"message\":\"\xff\"}}", `the event is not UTF-8`},
		"loneSurrogate": {`{"push":{"target":{"user":"x\ud800"},"message":1}}`, `an unpaired surrogate`},
		"otherHalf":     {`{"push":{"target":{"sub":"x\udbff"},"message":1}}`, `an unpaired surrogate`},
		"halfReason":    {`{"disconnect":{"target":{"user":"\ufffd"}}}`, `an unpaired surrogate`},
	} {
		t.Run(name, func(t *testing.T) {
			w := newFixture().open("alice", "a1").open("bob", "b1").open("x\ufffd", "x1").open("\ufffd", "x2")
			answer, err := w.invoke(t.Context(), []byte(test.payload))
			if err == nil || !strings.HasPrefix(err.Error(), "command_invalid: ") || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %s, error %v, want command_invalid with %s", answer, err, test.want)
			}
			if len(w.posts.got)+len(w.posts.ended) != 0 {
				t.Error("the function sent or ended something, want nothing")
			}
		})
	}
}

// In a message, keys that differ only in case are two keys. The same key in two
// objects is not a duplicate.
func TestDistinctKeys(t *testing.T) {
	for _, message := range []string{`{"a":1,"A":2}`, `[{"a":1},{"a":1}]`, `{"a":{"a":{"a":1}},"b":"a"}`, `{"a":"b","b":"a"}`, `{"":1}`, `1e999`, `{"x":-1E+400,"y":[1,2,""]}`} {
		w := newFixture().open("alice", "a1")
		answer, err := w.invoke(t.Context(), []byte(`{"push":{"target":{"user":"alice"},"message":`+message+`}}`))
		if err != nil || !slices.Equal(w.posts.got["a1"], []string{message}) {
			t.Errorf("%s: got %s, error %v, posts %q, want it sent", message, answer, err, w.posts.got["a1"])
		}
	}
}

// FuzzDuplicateKeys sends arbitrary messages. A message is refused if, and only if,
// decoding it loses a key.
func FuzzDuplicateKeys(f *testing.F) {
	for _, message := range []string{`{"a":1,"a":2}`, `{"a":{"b":1},"b":[{"b":1,"c":2}]}`, `{"":1,"":2}`, `{"a":1,"\u0061":2}`, `"a"`, `{"message":{"a":1,"A":2}}`, `{"\ud800":1,"\ufffd":2}`} {
		f.Add(message)
	}
	f.Fuzz(func(t *testing.T, message string) {
		if !json.Valid([]byte(message)) || !json.Valid([]byte(`{"m":`+message+`}`)) || strings.ToValidUTF8(message, "") != message || len(message) > 100_000 {
			t.Skip("no message")
		}
		w := newFixture().open("alice", "a1")
		_, err := w.invoke(t.Context(), []byte(`{"push":{"target":{"user":"alice"},"message":`+message+`}}`))
		var decoded any
		dec := json.NewDecoder(strings.NewReader(message))
		dec.UseNumber()
		if dec.Decode(&decoded) != nil {
			t.Skip("too deep")
		}
		if lost := keysIn(message) != keysOf(decoded); lost != (err != nil) {
			t.Errorf("%s: got error %v, want one: %v", message, err, lost)
		}
	})
}

// keysIn counts the keys in a document: each is followed by a colon outside of
// strings.
func keysIn(doc string) int {
	var compact bytes.Buffer
	_ = json.Compact(&compact, []byte(doc))
	count, text, escaped := 0, false, false
	for _, c := range compact.Bytes() {
		switch {
		case escaped:
			escaped = false
		case text && c == '\\':
			escaped = true
		case c == '"':
			text = !text
		case c == ':' && !text:
			count++
		}
	}
	return count
}

// keysOf counts the keys of a decoded document.
func keysOf(v any) int {
	count := 0
	switch v := v.(type) {
	case map[string]any:
		for _, member := range v {
			count += 1 + keysOf(member)
		}
	case []any:
		for _, member := range v {
			count += keysOf(member)
		}
	case nil, string, bool, json.Number:
	default:
		panic(fmt.Sprintf("%T", v))
	}
	return count
}
