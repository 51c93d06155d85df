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
	rate, burst float64 // the posts that it accepts a second, and at once

	mu       sync.Mutex
	rng      *rand.Rand
	tokens   float64
	filled   time.Time // the time of tokens
	posts    int       // the number of accepted posts
	refused  int       // the number of posts that were answered with 429
	received map[string]*inbox
}

// inbox holds the posts of one publication to the connections of a channel.
type inbox struct {
	began    time.Time      // the time of the first post
	last     time.Time      // the time of the first post to the last connection
	got      map[string]int // the number of posts to each connection
	messages int            // the number of connections that have the publication
	repeated int            // the number of further posts to the same connections
}

func newAccount(rate, burst float64) *account {
	return &account{rate: rate, burst: burst, tokens: burst, filled: time.Now(), rng: rand.New(rand.NewPCG(1, 2)), received: map[string]*inbox{}}
}

// take reports whether the account accepts a post now, and counts it.
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

// latency returns the time until the next answer.
func (a *account) latency() time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	return 5*time.Millisecond + time.Duration(a.rng.Int64N(int64(10*time.Millisecond)))
}

// most returns the largest number of posts that the account accepts during d.
func (a *account) most(d time.Duration) float64 { return a.burst + a.rate*d.Seconds() }

// post records a post to a connection. The ID of the connection begins with the name of the
// channel and a dash. The message ends with the number of the publication.
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

// counts returns the numbers of accepted and of refused posts.
func (a *account) counts() (posts, refused int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.posts, a.refused
}

// inbox returns the posts of a publication in a channel.
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
	cost    time.Duration // the processor time of a post
	mu      sync.Mutex    // guards free
	free    time.Time     // the time at which the processor has done all its work
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
