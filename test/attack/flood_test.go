package attack

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// bystander checks that somebody else is still served, within a while.
func bystander(t *testing.T, v *victim, token string) string {
	t.Helper()
	began := time.Now()
	s := v.shake(t, bearer(token))
	defer s.close()
	if s.status != http.StatusSwitchingProtocols {
		return s.verdict()
	}
	return fmt.Sprintf("%.20s after %d ms", s.ask("hello"), time.Since(began).Milliseconds())
}

const served = `{"type":"echo"`

// TestMessageFlood sends 2,000 messages at once, which the stage's throttle is to
// refuse in part. Another client is served as soon as the throttle has a token
// for it, which it shares with everybody: so it is for all of AWS's stages.
func TestMessageFlood(t *testing.T) {
	v := plain.get(t)
	token := v.token(t, "bystander")
	s := v.enter(t, v.token(t, "mallory"))
	const messages = 2000
	began := time.Now()
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range messages {
			s.send("flood")
		}
	}()
	count := map[string]int{}
	for range messages {
		answer := s.next()
		switch {
		case strings.HasPrefix(answer, served):
			count["answered"]++
		case strings.Contains(answer, "Too Many Requests"):
			count["throttled"]++
		default:
			count[brief(answer)]++
		}
	}
	<-done
	const burst, rate = 200, 100 // a second, as planned; a busy machine takes longer for the 2,000
	most := burst + int(rate*time.Since(began).Seconds()) + 1
	attempt{"flood/messages", "2,000 messages at once, on one connection"}.verdict(t, fmt.Sprint(count), count["answered"] <= most && count["answered"]+count["throttled"] == messages)
	attempt{"flood/messagesBystander", "somebody else, right behind them, is shut out"}.ends(t, retried(t, v, token), served)
}

// retried connects as a client does that is told to wait.
func retried(t *testing.T, v *victim, token string) string {
	t.Helper()
	for end := time.Now().Add(patience); ; {
		if got := bystander(t, v, token); strings.HasPrefix(got, served) || time.Now().After(end) {
			return got
		}
		<-time.After(50 * time.Millisecond) // as clients do
	}
}

// TestConnectFlood knocks 400 times at once, without a credential.
func TestConnectFlood(t *testing.T) {
	v := plain.get(t)
	token := v.token(t, "bystander")
	var mu sync.Mutex // guards count
	count := map[int]int{}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 50 {
				s := v.shake(t, bearer("x.y.z"))
				s.close()
				mu.Lock()
				count[s.status]++
				mu.Unlock()
			}
		})
	}
	all.Wait()
	attempt{"flood/connects", "400 handshakes at once, with forged tokens"}.verdict(t, fmt.Sprint(count), count[401]+count[429] == 400)
	attempt{"flood/connectsBystander", "somebody else, right behind them, is shut out"}.ends(t, retried(t, v, token), served)
}

// TestHalfOpenHandshakes opens 200 connections and never finishes a head, byte
// by byte, while somebody else connects.
func TestHalfOpenHandshakes(t *testing.T) {
	t.Parallel() // for it waits
	v := plain.get(t)
	token := v.token(t, "bystander")
	request := bearer(v.token(t, "mallory")).bytes(v)
	var slow []*socket
	for i := range 200 {
		s := v.begin(t)
		s.write([]byte(request[:i%len(request)]))
		slow = append(slow, s)
	}
	for _, s := range slow {
		s.write([]byte("X"))
	}
	attempt{"slow/handshakes", "200 heads that never end; somebody else is shut out"}.ends(t, retried(t, v, token), served)
	first := slow[len(slow)-1]
	first.readHead()
	attempt{"slow/kept", "a head that never ends is waited for, for ever"}.ends(t, first.verdict(), "closed", "400", "408")
}

// TestRudeFrames sends frames and messages that are too large, too deep, too
// many or against the protocol.
func TestRudeFrames(t *testing.T) {
	v := open.get(t)
	token := v.token(t, "mallory")
	watcher := v.enter(t, v.token(t, "bystander"))
	long := func(n int) string { return strings.Repeat("x", n) }
	for _, try := range []struct {
		name, tries string
		write       func(s *socket)
		want        []string
	}{
		{"frame33K", "a frame of 33 KB", func(s *socket) { s.write(frame(final|opText, long(33<<10))) }, []string{"close 1009", "closed"}},
		{"frameClaims", "a frame that claims 2^62 bytes", func(s *socket) { s.write(append(frameHead(final|opText, 1<<62), 0, 0, 0, 0)) }, []string{"close 1009", "close 1002", "closed"}},
		{"message129K", "a message of 129 KB", func(s *socket) { s.send(long(129 << 10)) }, []string{"close 1009", "closed"}},
		{"fragments", "1,000 empty fragments, never the last", func(s *socket) {
			for i := range 1000 {
				s.write(frame(byte(opText*min(1, 1-min(i, 1))), ""))
			}
			s.write(frame(final|opText, "another message within it"))
		}, []string{"close 1002", "closed"}},
		{"binary", "a binary message", func(s *socket) { s.write(frame(final|opBinary, "x")) }, []string{"close 1003", "closed"}},
		{"notUTF8", "a text that is no UTF-8", func(s *socket) { s.write(frame(final|opText, "\xff\xfe")) }, []string{"close 1007", "closed"}},
		{"unmasked", "a frame without a mask", func(s *socket) { s.write([]byte{final | opText, 1, 'x'}) }, []string{"close 1002", "closed"}},
		{"reservedBit", "a reserved bit", func(s *socket) { s.write(frame(final|0x40|opText, "x")) }, []string{"close 1002", "closed"}},
		{"reservedOpcode", "a reserved opcode", func(s *socket) { s.write(frame(final|0x3, "x")) }, []string{"close 1002", "closed"}},
		{"longPing", "a ping of 126 bytes", func(s *socket) { s.write(frame(final|opPing, long(126))) }, []string{"close 1002", "closed"}},
		{"splitPing", "a fragmented ping", func(s *socket) { s.write(frame(opPing, "x")) }, []string{"close 1002", "closed"}},
		{"closeCode", "a close of code 0", func(s *socket) { s.write(frame(final|opClose, "\x00\x00")) }, []string{"close 1002", "closed"}},
		{"http", "HTTP on the open socket", func(s *socket) { s.write([]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n")) }, []string{"close 1002", "closed"}},
		{"deep", "JSON, nested 10,000 deep", func(s *socket) { s.send(strings.Repeat("[", 10000) + strings.Repeat("]", 10000)) }, []string{`{"type":"echo"`, `{"type":"error"`, `{"message": "Forbidden"`}},
		{"deepAction", "an action within JSON, nested 10,000 deep", func(s *socket) {
			s.send(`{"action":` + strings.Repeat(`{"a":`, 10000) + `"whoami"` + strings.Repeat("}", 10001))
		}, []string{`{"type":"echo"`, `{"type":"error"`, `{"message": "Forbidden"`}},
		{"deepOpen", "60,000 brackets that never close", func(s *socket) { s.send(strings.Repeat("[", 60000)) }, []string{`{"type":"echo"`, `{"type":"error"`, `{"message": "Forbidden"`}},
		{"bigNumber", "a number of 100,000 digits", func(s *socket) { s.send(`{"action":` + strings.Repeat("9", 100000) + `}`) }, []string{`{"type":"echo"`, `{"type":"error"`, `{"message": "Forbidden"`}},
		{"keys", "10,000 members called action", func(s *socket) { s.send("{" + strings.Repeat(`"action":1,`, 10000) + `"z":1}`) }, []string{`{"type":"echo"`, `{"type":"error"`, `{"message": "Forbidden"`}},
		{"surrogates", "halves of surrogate pairs", func(s *socket) { s.send(`{"action":"\ud800\ud800"}`) }, []string{`{"type":"echo"`, `{"type":"error"`, `{"message": "Forbidden"`}},
	} {
		s := v.enter(t, token)
		try.write(s)
		attempt{"frame/" + try.name, try.tries}.ends(t, s.next(), try.want...)
		s.close()
	}
	pings := v.enter(t, token)
	go func() {
		for range 5000 {
			pings.write(frame(final|opPing, "flood"))
		}
		pings.send("behind the pings")
	}()
	attempt{"frame/pings", "5,000 pings; the message behind them is lost"}.ends(t, pings.next(), served)
	stubborn := v.enter(t, token) // never reads
	stubborn.write(frame(final|opText, "x"))
	watcher.patient(patience)
	attempt{"frame/bystander", "any of these has disturbed somebody else"}.ends(t, watcher.ask("hello"), served)
}

// TestHugeRequests sends requests without an end to the HTTP servers.
func TestHugeRequests(t *testing.T) {
	v := open.get(t)
	token := v.token(t, "mallory")
	for _, try := range []struct{ name, tries, url string }{
		{"tickets", "20 MB to POST /tickets", v.http + "/tickets"},
		{"invoke", "20 MB to the Lambda API, unsigned", "http://" + v.socket.Host + "/2015-03-31/functions/" + v.FunctionName + "/invocations"},
		{"post", "20 MB to a connection, unsigned", v.ConnectionsURL + "/@connections/WhHAe-TROkECC5w%3D"},
	} {
		got := do(t, request{method: http.MethodPost, url: try.url, change: func(r *http.Request) {
			r.Body, r.ContentLength = io.NopCloser(io.LimitReader(endless{}, 20<<20)), -1
		}})
		attempt{"huge/" + try.name, try.tries}.ends(t, got.verdict(), "400", "401", "403", "413", "0")
	}
	attempt{"huge/bystander", "any of these has disturbed somebody else"}.ends(t, bystander(t, v, token), served)
}

// endless reads as x for ever.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}
