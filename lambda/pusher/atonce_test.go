package pusher_test

import (
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"sallyport/lambda/pusher"
)

// slow is an HTTP client whose answers take a second.
type slow struct{ now, most atomic.Int64 }

func (s *slow) Do(r *http.Request) (*http.Response, error) {
	n := s.now.Add(1)
	defer s.now.Add(-1)
	for most := s.most.Load(); n > most && !s.most.CompareAndSwap(most, n); most = s.most.Load() {
	}
	time.Sleep(time.Second)
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Header: http.Header{}, Request: r}, nil
}

// A limited number of posts runs at the same time. The others wait, and their own time limit
// of three seconds begins after that.
func TestAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := &slow{}
		p := pusher.New(pusher.Config{Endpoint: "https://example.invalid/live", AWS: aws.Config{
			Region: "us-east-1", HTTPClient: client, Credentials: aws.AnonymousCredentials{},
		}})
		var posts sync.WaitGroup
		for range 5 * pusher.AtOnce {
			posts.Go(func() {
				if err := p.Post(t.Context(), "id", []byte("hello")); err != nil {
					t.Error(err)
				}
			})
		}
		began := time.Now()
		posts.Wait()
		if most := client.most.Load(); most != pusher.AtOnce {
			t.Errorf("got %d posts at once, want %d", most, pusher.AtOnce)
		}
		if took := time.Since(began); took != 5*time.Second {
			t.Errorf("got %v for all posts, want 5 s", took)
		}
	})
}
