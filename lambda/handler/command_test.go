package handler_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

func TestCommandsAreStrict(t *testing.T) {
	long := strings.Repeat("x", 128)
	tests := []struct{ name, kind, command, want string }{
		{"null", "", `null`, "no target"},
		{"notObject", "", `"all"`, "cannot unmarshal string"},
		{"array", "", `[]`, "cannot unmarshal array"},
		{"noTarget", "", `{}`, "no target"},
		{"nullTarget", "", `{"target":null}`, "no target"},
		{"targetText", "", `{"target":"all"}`, "cannot unmarshal string"},
		{"emptyTarget", "", `{"target":{}}`, "no target"},
		{"allFalse", "", `{"target":{"all":false}}`, "no target"},
		{"allText", "", `{"target":{"all":"true"}}`, "cannot unmarshal string"},
		{"emptyUser", "", `{"target":{"user":""}}`, "no target"},
		{"userList", "", `{"target":{"user":["alice"]}}`, "cannot unmarshal array"},
		{"twoTargets", "", `{"target":{"user":"alice","all":true}}`, "several targets"},
		{"otherTwoTargets", "", `{"target":{"user":"alice","connection":"a1"}}`, "several targets"},
		{"emptySub", "", `{"target":{"sub":""}}`, "no target"},
		{"subNumber", "", `{"target":{"sub":7}}`, "cannot unmarshal number"},
		{"userAndSub", "", `{"target":{"user":"alice","sub":"sub-alice"}}`, "several targets"},
		{"subAndAll", "", `{"target":{"sub":"sub-alice","all":true}}`, "several targets"},
		{"issuerAlone", "", `{"target":{"issuer":"https://sign-in.example"}}`, "no target"},
		{"issuerOfUser", "", `{"target":{"user":"alice","issuer":"https://sign-in.example"}}`, "an issuer without a sub"},
		{"issuerOfAll", "", `{"target":{"all":true,"issuer":"https://sign-in.example"}}`, "an issuer without a sub"},
		{"otherIssuer", "", `{"target":{"sub":"sub-alice","issuer":"https://sign-in.example/"}}`, `the target has the unknown issuer "https://sign-in.example/": want one of ["https://sign-in.example" "https://second.example"]`},
		{"longSub", "", `{"target":{"sub":"` + long + long + `x"}}`, "257 bytes: a sub has at most 256"},
		{"misspelt", "", `{"target":{"usr":"alice"}}`, `unknown field "usr"`},
		{"unknownField", "", `{"target":{"all":true},"force":true}`, `unknown field "force"`},
		{"pathInID", "", `{"target":{"connection":"../x"}}`, "not a connection id"},
		{"slashInID", "", `{"target":{"connection":"a/b"}}`, "not a connection id"},
		{"escapeInID", "", `{"target":{"connection":"a%2Fb"}}`, "not a connection id"},
		{"queryInID", "", `{"target":{"connection":"a?b"}}`, "not a connection id"},
		{"lineInID", "", `{"target":{"connection":"a\n"}}`, "not a connection id"},
		{"spaceInID", "", `{"target":{"connection":"a "}}`, "not a connection id"},
		{"threeEquals", "", `{"target":{"connection":"a==="}}`, "not a connection id"},
		{"equalsInside", "", `{"target":{"connection":"a=b"}}`, "not a connection id"},
		{"onlyEquals", "", `{"target":{"connection":"="}}`, "not a connection id"},
		{"longID", "", `{"target":{"connection":"` + long + `x"}}`, "not a connection id"},
		{"longUser", "", `{"target":{"user":"` + long + long + `x"}}`, "257 bytes: a name has at most 256"},
		{"noMessage", "push", `{"target":{"all":true}}`, "no message"},
		{"tooLong", "push", `{"target":{"all":true},"message":"` + strings.Repeat("x", 128<<10) + `"}`, "131074 bytes: at most 131072"},
		{"reasonOfPush", "push", `{"target":{"all":true},"message":1,"reason":"x"}`, `unknown field "reason"`},
		{"messageOfDisconnect", "disconnect", `{"target":{"all":true},"message":1}`, `unknown field "message"`},
		{"reasonNumber", "disconnect", `{"target":{"all":true},"reason":1}`, "cannot unmarshal number"},
		{"longReason", "disconnect", `{"target":{"all":true},"reason":"` + strings.Repeat("x", 1001) + `"}`, "1001 bytes: at most 1000"},
	}
	for _, test := range tests {
		for _, kind := range []string{"push", "disconnect"} {
			if test.kind != "" && test.kind != kind {
				continue
			}
			t.Run(kind+"/"+test.name, func(t *testing.T) {
				w := newFixtureWithConnections()
				_, err := w.invoke(t.Context(), []byte(`{"`+kind+`":`+test.command+`}`))
				if err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "command_invalid: ") {
					t.Errorf("got error %v, want one with %q", err, test.want)
				}
				if len(w.posts.got) != 0 || len(w.posts.ended) != 0 || len(w.table.rows) != 5 {
					t.Error("the function sent or ended something, want nothing")
				}
				w.logged(t, map[string]any{"route": kind, "code": "command_invalid", "outcome": "failed"})
			})
		}
	}
}

func TestCommandsAccepted(t *testing.T) {
	for _, command := range []string{
		`{"push":{"target":{"connection":"` + strings.Repeat("x", 128) + `=="},"message":1}}`,
		`{"push":{"target":{"connection":"WhHAe-TROkECC5w="},"message":[]}}`,
		`{"push":{"target":{"connection":"_-","user":"","all":false},"message":1}}`,
		`{"push":{"target":{"user":"` + strings.Repeat("é", 128) + `"},"message":1}}`,
		`{"disconnect":{"target":{"all":true},"reason":"` + strings.Repeat("é", 500) + `"}}`,
		`{"disconnect":{"target":{"all":true},"reason":null}}`,
	} {
		if _, err := newFixture().invoke(t.Context(), []byte(command)); err != nil {
			t.Errorf("%s: got error %v, want none", command, err)
		}
	}
}

func TestTwoCommandsInOneEvent(t *testing.T) {
	w := newFixtureWithConnections()
	_, err := w.invoke(t.Context(), []byte(`{"push":{"target":{"all":true},"message":1},"disconnect":{"target":{"all":true}}}`))
	if err == nil || err.Error() != "command_invalid: the event is of several kinds, want one: [push disconnect]" || len(w.posts.got) != 0 {
		t.Errorf("got error %v, want an error that names both kinds", err)
	}
}

// A command reaches only the connections of its target, and every client receives JSON.
func FuzzCommand(f *testing.F) {
	for _, command := range []string{
		`{"target":{"all":true},"message":1}`, `{"target":{"user":"alice"},"reason":"x"}`, `{"target":{"connection":"a1"}}`,
		`{"target":{"user":"alice","all":true}}`, `{"TARGET":{"USER":"bob"}}`, `{"target":{"user":"alice"},"target":{"all":true}}`, `null`,
	} {
		f.Add(command)
	}
	f.Fuzz(func(t *testing.T, command string) {
		if !json.Valid([]byte(command)) {
			t.Skip("no event")
		}
		for _, kind := range []string{"push", "disconnect"} {
			w := newFixture().open("alice", "a1").open("bob", "b1")
			answer, err := w.invoke(t.Context(), []byte(`{"`+kind+`":`+command+`}`))
			if err == nil && !json.Valid([]byte(answer)) {
				t.Errorf("answer %q is not JSON", answer)
			}
			if err != nil && len(w.posts.got)+len(w.posts.ended) != 0 {
				t.Errorf("got error %v after the function sent or ended something", err)
			}
			for id, messages := range w.posts.got {
				if !slices.ContainsFunc(messages, func(m string) bool { return json.Valid([]byte(m)) }) {
					t.Errorf("%s got %q, which is not JSON", id, messages)
				}
				if id == "b1" && !strings.Contains(command, "b") && !strings.Contains(strings.ToLower(command), "all") && !strings.Contains(command, `\`) {
					t.Errorf("bob received %q by %s", messages, command)
				}
			}
		}
	})
}
