package attack

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestMessageLimits sends more and longer messages than a stack with low limits allows.
func TestMessageLimits(t *testing.T) {
	v := strict.get(t)
	s := v.mustConnect(t, v.token(t, "talker"))
	control(t, "a message of the largest size", s.ask(strings.Repeat("x", 1000)), served)
	attempt{"limit/bytes", "a message of one byte more"}.expect(t, s.ask(strings.Repeat("x", 1001)), `{"type":"error","data":{"code":"message_too_large"`)

	// The limit is twenty in each minute of the clock.
	fast := v.mustConnect(t, v.token(t, "flooder"))
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
	attempt{"limit/messages", "100 messages where the limit is 20 a minute"}.verdict(t, fmt.Sprint(count), count["answered"] >= 20 && count["answered"] <= most && count["answered"]+count["refused"] == messages)
	attempt{"limit/refreshes", "a refresh after too many messages"}.expect(t,
		fast.ask(encode(map[string]string{"action": "refresh", "token": v.token(t, "flooder")})), `{"type":"error","data":{"code":"too_many_messages"`, `{"type":"refreshed"`)
	attempt{"limit/bystander", "the limit of one user applies to another user"}.expect(t, v.mustConnect(t, v.token(t, "bystander")).ask("hello"), served)
}

// TestConnectionCap opens more connections than a user may have, one after the other and
// all at once.
func TestConnectionCap(t *testing.T) {
	oldest, newest := plain.get(t), strict.get(t)
	const most = 20

	token := oldest.token(t, "hoarder")
	var sockets []*socket
	for range most {
		s := connectRetrying(t, oldest, token)
		control(t, "one of 20 connections", s.verdict(), "101")
		sockets = append(sockets, s)
	}
	s := connectRetrying(t, oldest, token)
	control(t, "the 21st, where the oldest is closed", s.verdict(), "101")
	attempt{"cap/oldest", "the oldest stays open beside 20 newer ones"}.expect(t, sockets[0].next(), `{"type":"closing","data":{"code":"too_many_connections"`)
	attempt{"cap/oldestCut", "the oldest stays open after the message"}.expect(t, sockets[0].readToEnd(), "close")
	control(t, "the second oldest", sockets[1].alive(), "alive")
	attempt{"cap/otherUser", "the limit of one user applies to another user"}.expect(t, connectRetrying(t, oldest, oldest.token(t, "bystander")).verdict(), "101")

	token = newest.token(t, "hoarder")
	for range most {
		control(t, "one of 20 connections", newest.connect(t, bearer(token)).verdict(), "101")
	}
	for range 3 {
		attempt{"cap/newest", "one more than 20, where the newest is refused"}.expect(t, newest.connect(t, bearer(token)).verdict(), "403")
	}
	token = newest.token(t, "stampede")
	answers := make([]*socket, 2*most)
	var all sync.WaitGroup
	for i := range answers {
		all.Go(func() { answers[i] = newest.connect(t, bearer(token)) })
	}
	all.Wait()
	got, fits := stay(answers, func() *socket { return newest.connect(t, bearer(token)) }, most)
	attempt{"cap/stampedeNewest", "40 at once and 4 later, where the newest is refused"}.verdict(t, got, fits)

	token = oldest.token(t, "stampede")
	for i := range answers {
		all.Go(func() { answers[i] = connectRetrying(t, oldest, token) })
	}
	all.Wait()
	got, fits = stay(answers, func() *socket { return connectRetrying(t, oldest, token) }, most)
	attempt{"cap/stampedeOldest", "40 at once and 4 later, where the oldest is closed"}.verdict(t, got, fits)
}

// stay opens four more connections. It returns how many are open then, and whether that is
// at most the limit. The system cannot close a connection that is still opening: of many at
// once, too many may stay open until the next one comes.
func stay(all []*socket, more func() *socket, most int) (string, bool) {
	for range 4 {
		all = append(all, more())
	}
	open := 0
	for _, s := range all {
		if s.Status == http.StatusSwitchingProtocols && s.settled() == "alive" {
			open++
		}
	}
	return fmt.Sprint(open, " stay"), open > 0 && open <= most
}

// settled is alive, and skips the messages that come before the pong.
func (s *socket) settled() string {
	for {
		got := s.alive()
		if got == "closed" || got == "alive" {
			return got
		}
	}
}

// connectRetrying connects, and tries again while the throttle refuses.
func connectRetrying(t *testing.T, v *victim, token string) *socket {
	t.Helper()
	for end := time.Now().Add(hangLimit); ; {
		s := v.connect(t, bearer(token))
		if s.Status != http.StatusTooManyRequests || time.Now().After(end) {
			return s
		}
		<-time.After(50 * time.Millisecond) // as clients do
	}
}
