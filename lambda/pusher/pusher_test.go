package pusher_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"

	"sallyport/lambda/handler"
	"sallyport/lambda/pusher"
)

// gateway is a fake of the management API of a stage named live. It answers the nth request
// with the nth status, and later ones with the last status.
type gateway struct {
	statuses []int
	mu       sync.Mutex
	paths    []string // as sent
	bodies   []string
	auth     string // of the last request
}

func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.paths = append(g.paths, r.Method+" "+r.URL.EscapedPath())
	g.bodies = append(g.bodies, string(body))
	g.auth = r.Header.Get("Authorization")
	status := g.statuses[min(len(g.paths), len(g.statuses))-1]
	w.Header().Set("Content-Type", "application/json")
	// Only the header has the name of the error; the body of a 410 is empty
	// (api-gateway.md 7.2).
	switch status {
	case http.StatusGone:
		w.Header().Set("X-Amzn-ErrorType", "GoneException")
		w.WriteHeader(status)
	case http.StatusTooManyRequests:
		w.Header().Set("X-Amzn-ErrorType", "LimitExceededException")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, `{"message":"slow down"}`)
	case http.StatusForbidden:
		w.Header().Set("X-Amzn-ErrorType", "ForbiddenException")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, `{"message":"Forbidden"}`)
	case http.StatusBadRequest:
		w.Header().Set("X-Amzn-ErrorType", "BadRequestException")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, `{"message":"Invalid connectionId: x"}`)
	default:
		w.WriteHeader(status)
	}
}

func newPusher(t *testing.T, h http.Handler) *pusher.Pusher {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return pusher.New(pusher.Config{
		AWS:      cloud(),
		Endpoint: srv.URL + "/live",
		Timeout:  5 * time.Minute, // only a hang lasts so long
	})
}

func cloud() aws.Config {
	return aws.Config{
		Region: "eu-west-1",
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "id", SecretAccessKey: "secret", SessionToken: "session"}, nil
		}),
	}
}

func TestPost(t *testing.T) {
	tests := []struct {
		name, id, want string
	}{
		{"encoded", "WhHAe-TROkECC5w=", "POST /live/@connections/WhHAe-TROkECC5w%3D"},
		{"odd", "a/b?c#d e", "POST /live/@connections/a%2Fb%3Fc%23d%20e"},
		{"up", "../x", "POST /live/@connections/..%2Fx"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			g := &gateway{statuses: []int{http.StatusOK}}
			message := `{"type": "log", "data": "ü <b>"}`
			if err := newPusher(t, g).Post(t.Context(), test.id, []byte(message)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{test.want}, g.paths); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]string{message}, g.bodies); diff != "" {
				t.Errorf("bodies (-want +got):\n%s", diff)
			}
			if !strings.Contains(g.auth, "/eu-west-1/execute-api/aws4_request") {
				t.Errorf("got authorization %q, want a signature for execute-api", g.auth)
			}
		})
	}
}

// requests are the methods of a Pusher by the action in their errors.
func requests() map[string]func(context.Context, *pusher.Pusher) error {
	return map[string]func(context.Context, *pusher.Pusher) error{
		"post to": func(ctx context.Context, p *pusher.Pusher) error { return p.Post(ctx, "x", []byte("1")) },
		"end":     func(ctx context.Context, p *pusher.Pusher) error { return p.Disconnect(ctx, "x") },
	}
}

func TestDisconnect(t *testing.T) {
	for id, want := range map[string]string{
		"WhHAe-TROkECC5w=": "DELETE /live/@connections/WhHAe-TROkECC5w%3D",
		"../x":             "DELETE /live/@connections/..%2Fx",
	} {
		g := &gateway{statuses: []int{http.StatusNoContent}}
		if err := newPusher(t, g).Disconnect(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{want}, g.paths); diff != "" {
			t.Errorf("requests (-want +got):\n%s", diff)
		}
		if !strings.Contains(g.auth, "/eu-west-1/execute-api/aws4_request") {
			t.Errorf("got authorization %q, want a signature for execute-api", g.auth)
		}
	}
}

func TestStatuses(t *testing.T) {
	tests := []struct {
		name     string
		statuses []int
		requests int
		want     string // in the error; empty for none
		is       error  // the error that callers compare with
	}{
		{"gone", []int{410}, 1, "connection is gone", handler.ErrGone},
		{"throttledOnce", []int{429, 200}, 2, "", nil},
		{"throttledThenGone", []int{429, 410}, 2, "connection is gone", handler.ErrGone},
		{"throttled", []int{429}, 3, "LimitExceededException", handler.ErrThrottled},
		{"broken", []int{500}, 3, "StatusCode: 500", nil},
		{"forbidden", []int{403}, 1, ` connection "x": `, nil},
		{"malformed", []int{400}, 1, "BadRequestException", nil},
		{"tooLarge", []int{413}, 1, "StatusCode: 413", nil},
	}
	for words, do := range requests() {
		for _, test := range tests {
			t.Run(strings.Fields(words)[0]+"/"+test.name, func(t *testing.T) {
				t.Parallel() // the repetitions wait in real time
				g := &gateway{statuses: test.statuses}
				err := do(t.Context(), newPusher(t, g))
				if (err == nil) != (test.want == "") || (err != nil && !strings.Contains(err.Error(), test.want)) {
					t.Errorf("got error %v, want %q", err, test.want)
				}
				if err != nil && !errors.Is(err, handler.ErrGone) && !strings.HasPrefix(err.Error(), words+` connection "x": `) {
					t.Errorf("got error %v, want %s", err, words)
				}
				for _, is := range []error{handler.ErrGone, handler.ErrThrottled} {
					if got, want := errors.Is(err, is), errors.Is(test.is, is); got != want {
						t.Errorf("got errors.Is %v for %v, want %v", got, is, want)
					}
				}
				if len(g.paths) != test.requests {
					t.Errorf("got %d requests, want %d", len(g.paths), test.requests)
				}
			})
		}
	}
}

// vanished is a server that reads requests and never answers.
type vanished struct{ requests int }

func (v *vanished) RoundTrip(r *http.Request) (*http.Response, error) {
	v.requests++
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// A request to a server that never answers ends at the timeout, and is not repeated.
func TestTimesOut(t *testing.T) {
	for words, do := range requests() {
		t.Run(strings.Fields(words)[0], func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				peer, config := &vanished{}, cloud()
				config.HTTPClient = &http.Client{Transport: peer}
				p := pusher.New(pusher.Config{AWS: config, Endpoint: "https://api.example/live"})
				began := time.Now()
				err := do(t.Context(), p)
				if took := time.Since(began); !errors.Is(err, context.DeadlineExceeded) || peer.requests != 1 || took != 3*time.Second {
					t.Errorf("got error %v after %d requests and %v, want a timeout after 1 and 3 s", err, peer.requests, took)
				}
			})
		})
	}
}
