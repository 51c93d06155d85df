package handler_test

import (
	"strings"
	"testing"
	"time"

	"sallyport/lambda/errcode"
)

// Each refusal is an error of the protocol. The connection stays open.
func TestCentrifugeRefusals(t *testing.T) {
	tests := map[string]struct {
		change func(*fixture)
		frame  string
		want   string
		code   errcode.Code
	}{
		"no namespace":     {nil, `{"subscribe":{"channel":"other:1"},"id":1}`, `{"id":1,"error":{"code":102,"message":"unknown channel"}}`, errcode.ChannelUnknown},
		"not allowed":      {nil, `{"publish":{"channel":"user:1","data":1},"id":1}`, `{"id":1,"error":{"code":103,"message":"permission denied"}}`, errcode.ChannelDenied},
		"other user":       {nil, `{"subscribe":{"channel":"user:other"},"id":1}`, `"code":103`, errcode.ChannelDenied},
		"no history":       {nil, `{"history":{"channel":"live:1"},"id":1}`, `"code":103`, errcode.ChannelDenied},
		"no claim":         {nil, `{"subscribe":{"channel":"team:1"},"id":1}`, `"code":103`, errcode.ChannelDenied},
		"type":             {nil, `{"subscribe":{"channel":"room:1","type":1},"id":1}`, `"code":108`, errcode.CommandUnsupported},
		"sub_refresh":      {nil, `{"sub_refresh":{},"id":1}`, `"code":108`, errcode.CommandUnsupported},
		"unknown method":   {nil, `{"rpc":{"method":"shout"},"id":1}`, `"code":108`, errcode.CommandUnsupported},
		"fields":           {nil, `{"rpc":{"method":"whoami","data":{"more":1}},"id":1}`, `"code":107,"message":"The field \"more\" is unknown`, errcode.MessageInvalid},
		"no data":          {nil, `{"publish":{"channel":"room:1"},"id":1}`, `"code":107`, errcode.MessageInvalid},
		"large":            {nil, `{"publish":{"channel":"room:1","data":"` + strings.Repeat("x", 33<<10) + `"},"id":1}`, `"code":106`, errcode.MessageTooLarge},
		"deep":             {nil, `{"publish":{"channel":"room:1","data":` + strings.Repeat("[", 101) + strings.Repeat("]", 101) + `},"id":1}`, `"code":107`, errcode.MessageInvalid},
		"deep live":        {nil, `{"publish":{"channel":"live:1","data":{"\\\"[":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}},"id":1}`, `"code":107`, errcode.MessageInvalid},
		"position":         {nil, `{"history":{"channel":"room:1","since":{"offset":1,"epoch":"x"}},"id":1}`, `"code":112`, errcode.PositionUnknown},
		"unrecovered":      {nil, `{"subscribe":{"channel":"room:1","recover":true,"offset":1,"epoch":"x","flag":2},"id":1}`, `"code":112`, errcode.PositionUnknown},
		"token of another": {func(w *fixture) { w.verifies("bob", expires, nil) }, `{"refresh":{"token":"x"},"id":1}`, `"code":400,"message":"refresh_other_user: `, errcode.RefreshOtherUser},
		"expired token":    {func(w *fixture) { w.verifies("", time.Time{}, errcode.Refuse(errcode.TokenExpired, "x")) }, `{"refresh":{"token":"x"},"id":1}`, `"code":109`, errcode.TokenExpired},
		"message size":     {func(w *fixture) { w.config.MessageBytes = 10 }, `{"ping":{},"id":7}`, `{"id":7,"error":{"code":106,"message":"The message has 18 bytes.`, errcode.MessageTooLarge},
		"message rate": {func(w *fixture) {
			w.config.MessagesPerMinute = 1
			w.table.counts[connectionID+now.Format(" 15:04")] = 1
		}, `{"ping":{},"id":7}`, `{"id":7,"error":{"code":111`, errcode.TooManyMessages},
		"too many channels": {nil, `{"subscribe":{"channel":"room:1"},"id":1}` + `{"subscribe":{"channel":"room:2"},"id":2}` + `{"subscribe":{"channel":"room:3"},"id":3}` + `{"subscribe":{"channel":"room:4"},"id":4}`, `{"id":4,"error":{"code":106,"message":"You are subscribed`, errcode.TooManyChannels},
		"publications":      {nil, `{"publish":{"channel":"live:1","data":1},"id":1}{"publish":{"channel":"live:1","data":1},"id":2}`, `{"id":2,"error":{"code":111`, errcode.TooManyMessages},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := newFixture().open("alice", connectionID)
			w.withChannels(t)
			if test.change != nil {
				test.change(w)
			}
			if got := w.send(t, test.frame); !strings.Contains(got, test.want) {
				t.Errorf("got %s, want %s", got, test.want)
			}
			w.logged(t, map[string]any{"code": string(test.code), "outcome": "refused"})
			if len(w.posts.ended) > 0 {
				t.Error("the connection was ended")
			}
		})
	}
}

// A refresh with other claims ends the connection, so that no later command has the permissions of
// the old ones. The client connects again.
func TestCentrifugeRefreshOfClaims(t *testing.T) {
	for claims, ends := range map[string]bool{`{"teams":["team:1"]}`: false, `{"teams":[]}`: true, "": true} {
		w := newFixture().open("alice", connectionID)
		w.withChannels(t)
		user := person("alice")
		user.Claims = claims
		w.verifiesAs(user, expires, nil)
		_, err := w.invoke(t.Context(), readEvent(t, "message", func(e map[string]any) {
			authorizer := object(object(e, "requestContext"), "authorizer")
			authorizer["protocol"], authorizer["claims"] = "centrifuge-json", `{"teams":["team:1"]}`
			e["body"] = `{"id":1,"refresh":{"token":"x"}}`
		}))
		if err != nil {
			t.Fatal(err)
		}
		if got := len(w.posts.ended) == 1; got != ends {
			t.Errorf("claims %s: got the connection ended: %t, want %t", claims, got, ends)
		}
		if posted := strings.Join(w.posts.got[connectionID], "\n"); strings.Contains(posted, `{"push":{"disconnect":{"code":3005,`) != ends {
			t.Errorf("claims %s: got posts %s", claims, posted)
		}
	}
}
