package attack

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestMessageLimits sends more and longer messages than a stack with narrow
// limits allows.
func TestMessageLimits(t *testing.T) {
	v := strict.get(t)
	s := v.enter(t, v.token(t, "talker"))
	control(t, "a message of the most bytes", s.ask(strings.Repeat("x", 1000)), served)
	attempt{"limit/bytes", "a message of a byte more than may be"}.ends(t, s.ask(strings.Repeat("x", 1001)), `{"type":"error","data":{"code":"message_too_large"`)
	attempt{"limit/bytesUTF8", "501 letters of two bytes each"}.ends(t, s.ask(strings.Repeat("ä", 501)), `{"type":"error","data":{"code":"message_too_large"`)
	attempt{"limit/bytesAction", "a long message with an action"}.ends(t, s.ask(`{"action":"whoami","pad":"`+strings.Repeat("x", 1000)+`"}`), `{"type":"error","data":{"code":"message_too_large"`)

	// Twenty a minute, and in each minute that begins meanwhile.
	fast := v.enter(t, v.token(t, "flooder"))
	count := map[string]int{}
	const messages = 100
	began := time.Now()
	for range messages {
		fast.send(`{"action":"whoami"}`)
	}
	for range messages {
		switch answer := fast.next(); {
		case strings.HasPrefix(answer, `{"type":"whoami"`):
			count["answered"]++
		case strings.HasPrefix(answer, `{"type":"error","data":{"code":"too_many_messages"`):
			count["refused"]++
		default:
			count[brief(answer)]++
		}
	}
	most := 20 * (2 + int(time.Since(began).Minutes()))
	attempt{"limit/messages", "100 messages, where 20 a minute may be"}.verdict(t, fmt.Sprint(count), count["answered"] >= 20 && count["answered"] <= most && count["answered"]+count["refused"] == messages)
	attempt{"limit/refreshes", "refreshing instead, when too many were sent"}.ends(t,
		fast.ask(encode(map[string]string{"action": "refresh", "token": v.token(t, "flooder")})), `{"type":"error","data":{"code":"too_many_messages"`, `{"type":"refreshed"`)
	attempt{"limit/bystander", "the limit of one is that of another"}.ends(t, v.enter(t, v.token(t, "bystander")).ask("hello"), served)
}

// TestConnectionCap connects more often than a user may, one by one and all at
// once.
func TestConnectionCap(t *testing.T) {
	oldest, newest := plain.get(t), strict.get(t)
	const most = 20

	token := oldest.token(t, "hoarder")
	var sockets []*socket
	for range most {
		s := patiently(t, oldest, token)
		control(t, "one of 20 connections", s.verdict(), "101")
		sockets = append(sockets, s)
	}
	s := patiently(t, oldest, token)
	control(t, "the 21st, where the oldest goes", s.verdict(), "101")
	attempt{"cap/oldest", "the oldest stays, beside 20 newer ones"}.ends(t, sockets[0].next(), `{"type":"closing","data":{"code":"too_many_connections"`)
	attempt{"cap/oldestCut", "it stays open after that"}.ends(t, lastWord(sockets[0]), "close")
	control(t, "the second oldest", sockets[1].alive(), "alive")
	attempt{"cap/otherUser", "the cap of one user is that of another"}.ends(t, patiently(t, oldest, oldest.token(t, "bystander")).verdict(), "101")

	token = newest.token(t, "hoarder")
	for range most {
		control(t, "one of 20 connections", newest.shake(t, bearer(token)).verdict(), "101")
	}
	for range 3 {
		attempt{"cap/newest", "one more than 20, where the newest goes"}.ends(t, newest.shake(t, bearer(token)).verdict(), "403")
	}
	token = newest.token(t, "stampede")
	answers := make([]*socket, 2*most)
	var all sync.WaitGroup
	for i := range answers {
		all.Go(func() { answers[i] = newest.shake(t, bearer(token)) })
	}
	all.Wait()
	got, fits := stay(answers, func() *socket { return newest.shake(t, bearer(token)) }, most)
	attempt{"cap/stampedeNewest", "40 at once and 4 later, where the newest goes"}.verdict(t, got, fits)

	token = oldest.token(t, "stampede")
	for i := range answers {
		all.Go(func() { answers[i] = patiently(t, oldest, token) })
	}
	all.Wait()
	got, fits = stay(answers, func() *socket { return patiently(t, oldest, token) }, most)
	attempt{"cap/stampedeOldest", "40 at once and 4 later, where the oldest goes"}.verdict(t, got, fits)
}

// stay tells how many connections are open after some more, and whether that is
// no more than may be: one that is still opening cannot be ended, so that of many
// at once too many may stay until somebody comes again.
func stay(all []*socket, more func() *socket, most int) (string, bool) {
	for range 4 {
		all = append(all, more())
	}
	open := 0
	for _, s := range all {
		if s.status == http.StatusSwitchingProtocols && s.settled() == "alive" {
			open++
		}
	}
	return fmt.Sprint(open, " stay"), open > 0 && open <= most
}

// settled reports whether a connection stays: it passes over what comes first.
func (s *socket) settled() string {
	for {
		got := s.alive()
		if got == "closed" || got == "alive" {
			return got
		}
	}
}

// patiently connects, again while the throttle refuses.
func patiently(t *testing.T, v *victim, token string) *socket {
	t.Helper()
	for end := time.Now().Add(patience); ; {
		s := v.shake(t, bearer(token))
		if s.status != http.StatusTooManyRequests || time.Now().After(end) {
			return s
		}
		<-time.After(50 * time.Millisecond) // as clients do
	}
}
