package quota

import (
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"
)

// account is the management API with the quota of an account.
type account struct {
	rate, burst float64 // posts a second, and at once

	mu       sync.Mutex
	rng      *rand.Rand
	tokens   float64
	filled   time.Time // when tokens was right
	posts    int       // accepted
	refused  int       // answered with 429
	received map[string]*inbox
}

// inbox is what the connections of a channel have received.
type inbox struct {
	began    time.Time // of the first post
	last     time.Time // of the first copy for the last connection
	got      map[string]int
	messages int // first copies
	repeated int
}

func newAccount(rate, burst float64) *account {
	return &account{rate: rate, burst: burst, tokens: burst, filled: time.Now(), rng: rand.New(rand.NewPCG(1, 2)), received: map[string]*inbox{}}
}

// take returns whether the account accepts a post now.
func (a *account) take() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := time.Now()
	a.tokens = min(a.burst, a.tokens+a.rate*now.Sub(a.filled).Seconds())
	a.filled = now
	if a.tokens < 1 {
		a.refused++
		return false
	}
	a.tokens--
	a.posts++
	return true
}

// latency returns the time of an answer.
func (a *account) latency() time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	return 5*time.Millisecond + time.Duration(a.rng.Int64N(int64(10*time.Millisecond)))
}

// most returns the largest number of posts that the account accepts in a time.
func (a *account) most(d time.Duration) float64 { return a.burst + a.rate*d.Seconds() }

// post records a message for a connection. Its ID has the name of its channel before the dash.
// The message ends with its number.
func (a *account) post(id, message string) {
	name, _, _ := strings.Cut(id, "-")
	number, _, _ := strings.Cut(message[strings.Index(message, `"n":`)+4:], "}")
	a.mu.Lock()
	defer a.mu.Unlock()
	in := a.received[name+number]
	if in == nil {
		in = &inbox{began: time.Now(), got: map[string]int{}}
		a.received[name+number] = in
	}
	in.got[id]++
	if in.got[id] > 1 {
		in.repeated++
		return
	}
	in.messages++
	in.last = time.Now()
}

// inbox returns what was received of a publication in a channel.
func (a *account) inbox(name string, number int) inbox {
	a.mu.Lock()
	defer a.mu.Unlock()
	if in := a.received[name+strconv.Itoa(number)]; in != nil {
		return *in
	}
	return inbox{}
}

// process is a process of the function: its HTTP client, and its part of a processor.
type process struct {
	account *account
	cost    time.Duration // of a post
	mu      sync.Mutex
	free    time.Time // when the processor has done everything
}

// Do implements aws.HTTPClient.
func (p *process) Do(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	id, err := url.PathUnescape(path.Base(r.URL.EscapedPath()))
	if err != nil {
		return nil, err
	}
	p.work()
	delay := p.account.latency()
	answer := &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Header: http.Header{}, Request: r}
	time.Sleep(delay / 2)
	if p.account.take() {
		p.account.post(id, string(body))
	} else {
		answer.StatusCode = http.StatusTooManyRequests
	}
	time.Sleep(delay / 2)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return answer, nil
}

// work waits until the processor has done the work of one more post.
func (p *process) work() {
	p.mu.Lock()
	now := time.Now()
	if p.free.Before(now) {
		p.free = now
	}
	p.free = p.free.Add(p.cost)
	wait := p.free.Sub(now)
	p.mu.Unlock()
	time.Sleep(wait)
}
