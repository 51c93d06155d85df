package attack

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"sallyport/test/support"
)

// bystander connects as another user, and returns the answer to a message.
func bystander(t *testing.T, v *victim, token string) string {
	t.Helper()
	began := time.Now()
	s := v.connect(t, bearer(token))
	defer s.close()
	if s.Status != http.StatusSwitchingProtocols {
		return s.verdict()
	}
	return fmt.Sprintf("%.20s after %d ms", s.ask("hello"), time.Since(began).Milliseconds())
}

const served = `{"type":"echo"`

// TestMessageFlood sends 600 messages at once. The throttle of the stage must refuse a part
// of them. All clients share the throttle, as on AWS, so that another client is served as
// soon as the throttle admits a request again.
func TestMessageFlood(t *testing.T) {
	v := plain.get(t)
	token := v.token(t, "bystander")
	s := v.mustConnect(t, v.token(t, "mallory"))
	const messages = 600
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
	const burst, rate = 200, 100 // a second, as planned; a busy machine needs longer for all messages
	most := burst + int(rate*time.Since(began).Seconds()) + 1
	attempt{"flood/messages", "600 messages at once, on one connection"}.verdict(t, fmt.Sprint(count), count["answered"] <= most && count["answered"]+count["throttled"] == messages)
	attempt{"flood/messagesBystander", "another user cannot connect afterwards"}.expect(t, bystanderRetrying(t, v, token), served)
}

// bystanderRetrying is bystander, and tries again while the throttle refuses.
func bystanderRetrying(t *testing.T, v *victim, token string) string {
	t.Helper()
	for end := time.Now().Add(hangLimit); ; {
		if got := bystander(t, v, token); strings.HasPrefix(got, served) || time.Now().After(end) {
			return got
		}
		<-time.After(50 * time.Millisecond) // as clients do
	}
}

// TestConnectFlood sends 300 handshakes at once, with forged tokens.
func TestConnectFlood(t *testing.T) {
	v := plain.get(t)
	token := v.token(t, "bystander")
	var mu sync.Mutex // guards count
	count := map[int]int{}
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			for range 50 {
				s := v.connect(t, bearer("x.y.z"))
				s.close()
				mu.Lock()
				count[s.Status]++
				mu.Unlock()
			}
		})
	}
	all.Wait()
	attempt{"flood/connects", "300 handshakes at once, with forged tokens"}.verdict(t, fmt.Sprint(count), count[401]+count[429] == 300)
	attempt{"flood/connectsBystander", "another user cannot connect afterwards"}.expect(t, bystanderRetrying(t, v, token), served)
}

// TestHalfOpenHandshakes opens 100 connections whose heads never end, while another user
// connects.
func TestHalfOpenHandshakes(t *testing.T) {
	t.Parallel() // it waits for a timeout of the gateway
	v := plain.get(t)
	token := v.token(t, "bystander")
	request := bearer(v.token(t, "mallory")).bytes(v)
	var slow []*socket
	for i := range 100 {
		s := v.begin(t)
		s.write([]byte(request[:i%len(request)]))
		slow = append(slow, s)
	}
	for _, s := range slow {
		s.write([]byte("X"))
	}
	attempt{"slow/handshakes", "100 heads that never end: another user cannot connect"}.expect(t, bystanderRetrying(t, v, token), served)
	first := slow[len(slow)-1]
	first.readHead()
	attempt{"slow/kept", "the gateway waits for a head without a limit"}.expect(t, first.verdict(), "closed", "400", "408")
}

// TestRudeFrames sends frames and messages that are too large, too deep, too many, or
// against the protocol: one of each class. The complete tables are test/conformance's
// frame cases and local/gateway's TestFramesRefused.
func TestRudeFrames(t *testing.T) {
	v := open.get(t)
	token := v.token(t, "mallory")
	watcher := v.mustConnect(t, v.token(t, "bystander"))
	long := func(n int) string { return strings.Repeat("x", n) }
	for _, try := range []struct {
		name, tries string
		write       func(s *socket)
		want        []string
	}{
		{"frameClaims", "a frame that claims 2^62 bytes", func(s *socket) { s.write(append(support.FrameHeader(support.Final|support.OpText, 1<<62), 0, 0, 0, 0)) }, []string{"close 1009", "close 1002", "closed"}},
		{"message129K", "a message of 129 KB", func(s *socket) { s.send(long(129 << 10)) }, []string{"close 1009", "closed"}},
		{"fragments", "1,000 empty fragments, and then another message", func(s *socket) {
			for i := range 1000 {
				s.write(support.Frame(byte(support.OpText*min(1, 1-min(i, 1))), ""))
			}
			s.write(support.Frame(support.Final|support.OpText, "another message within it"))
		}, []string{"close 1002", "closed"}},
		{"notUTF8", "a text that is not UTF-8", func(s *socket) { s.write(support.Frame(support.Final|support.OpText, "\xff\xfe")) }, []string{"close 1007", "closed"}},
		{"unmasked", "a frame without a mask", func(s *socket) { s.write([]byte{support.Final | support.OpText, 1, 'x'}) }, []string{"close 1002", "closed"}},
		{"http", "HTTP on the open socket", func(s *socket) { s.write([]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n")) }, []string{"close 1002", "closed"}},
		{"deepAction", "an action in JSON, nested 10,000 levels deep", func(s *socket) {
			s.send(`{"action":` + strings.Repeat(`{"a":`, 10000) + `"whoami"` + strings.Repeat("}", 10001))
		}, []string{`{"type":"echo"`, `{"type":"error"`, `{"message": "Forbidden"`}},
		{"bigNumber", "a number of 100,000 digits", func(s *socket) { s.send(`{"action":` + strings.Repeat("9", 100000) + `}`) }, []string{`{"type":"echo"`, `{"type":"error"`, `{"message": "Forbidden"`}},
		{"keys", "10,000 members called action", func(s *socket) { s.send("{" + strings.Repeat(`"action":1,`, 10000) + `"z":1}`) }, []string{`{"type":"echo"`, `{"type":"error"`, `{"message": "Forbidden"`}},
	} {
		s := v.mustConnect(t, token)
		try.write(s)
		attempt{"frame/" + try.name, try.tries}.expect(t, s.next(), try.want...)
		s.close()
	}
	pings := v.mustConnect(t, token)
	go func() {
		for range 5000 {
			pings.write(support.Frame(support.Final|support.OpPing, "flood"))
		}
		pings.send("behind the pings")
	}()
	attempt{"frame/pings", "a message after 5,000 pings is lost"}.expect(t, pings.next(), served)
	stubborn := v.mustConnect(t, token) // never reads
	stubborn.write(support.Frame(support.Final|support.OpText, "x"))
	watcher.extend()
	attempt{"frame/bystander", "one of these attempts disturbs another user"}.expect(t, watcher.ask("hello"), served)
}

// TestHugeRequests sends bodies of 20 MB to the HTTP servers.
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
		attempt{"huge/" + try.name, try.tries}.expect(t, got.verdict(), "400", "401", "403", "413", "0")
	}
	attempt{"huge/bystander", "one of these attempts disturbs another user"}.expect(t, bystander(t, v, token), served)
}

// endless is a reader of x without an end.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}
