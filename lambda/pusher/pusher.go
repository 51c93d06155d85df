// Package pusher sends messages to connections, and ends connections, with the management
// API of API Gateway (@connections).
package pusher

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/apigatewaymanagementapi"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"sallyport/lambda/handler"
)

const (
	defaultTimeout = 3 * time.Second
	maxAttempts    = 3
	firstBackoff   = 100 * time.Millisecond
)

// AtOnce is the largest number of requests of a Pusher at the same time. The HTTP client should
// keep as many idle connections. An event of the queue can have ten groups with 32 posts each.
// With 320 posts at once and 32 idle connections, the client would open and close connections
// all the time, and a post would take twice the processor time.
const AtOnce = 64

// Config configures a Pusher.
type Config struct {
	AWS aws.Config
	// Endpoint is the address of the WebSocket API with its stage, and with the scheme https.
	Endpoint string
	// Timeout is the longest duration of a Post or a Disconnect with its repetitions. A post
	// to a client that lost its network lasts until the timeout (api-gateway.md 7.2). Zero
	// means 3 s.
	Timeout time.Duration
}

// Pusher sends messages and ends connections. It is safe for concurrent use.
type Pusher struct {
	client  *apigatewaymanagementapi.Client
	timeout time.Duration
	slots   chan struct{} // one element for each running request
}

var (
	_ handler.Poster       = (*Pusher)(nil)
	_ handler.Disconnecter = (*Pusher)(nil)
)

// New returns a Pusher. It sends no requests.
func New(c Config) *Pusher {
	if c.Timeout == 0 {
		c.Timeout = defaultTimeout
	}
	client := apigatewaymanagementapi.NewFromConfig(c.AWS, func(o *apigatewaymanagementapi.Options) {
		o.BaseEndpoint = &c.Endpoint
		o.Retryer = retry.NewStandard(func(o *retry.StandardOptions) {
			o.MaxAttempts = maxAttempts
			o.Backoff = retry.BackoffDelayerFunc(backoff)
		})
	})
	return &Pusher{client: client, timeout: c.Timeout, slots: make(chan struct{}, AtOnce)}
}

// backoff returns the wait before another attempt: a random part of 100 ms, then of 200 ms.
// The waits of the SDK are a second long, or all equal if they are limited to less. Equal waits
// would send all refused posts again at the same time.
func backoff(attempt int, _ error) (time.Duration, error) {
	return rand.N(firstBackoff << min(max(attempt-1, 0), maxAttempts)), nil //nolint:gosec // not a secret
}

// Post sends a text message of at most 128 KB to a connection. It returns handler.ErrGone if
// the connection is closed, or still opening. Errors that may be temporary, such as
// throttling (429, handler.ErrThrottled), are tried three times. If an answer is lost, the
// message may therefore arrive twice.
func (p *Pusher) Post(ctx context.Context, id string, message []byte) error {
	return p.do(ctx, "post to", id, func(ctx context.Context) error {
		_, err := p.client.PostToConnection(ctx, &apigatewaymanagementapi.PostToConnectionInput{ConnectionId: &id, Data: message})
		return err
	})
}

// Disconnect closes a connection. The client receives the close code 1000 (api-gateway.md
// 7.2). It returns handler.ErrGone if the connection is closed already, which may be the
// result of a repetition after a lost answer. It repeats requests as Post does.
func (p *Pusher) Disconnect(ctx context.Context, id string) error {
	return p.do(ctx, "end", id, func(ctx context.Context) error {
		_, err := p.client.DeleteConnection(ctx, &apigatewaymanagementapi.DeleteConnectionInput{ConnectionId: &id})
		return err
	})
}

// do sends a request as soon as fewer than AtOnce requests run. A request that waits for its
// next attempt counts as running. So the Pusher sends fewer requests when more are refused.
func (p *Pusher) do(ctx context.Context, action, id string, send func(context.Context) error) error {
	select {
	case p.slots <- struct{}{}:
	case <-ctx.Done():
		return explain(action, id, ctx.Err())
	}
	defer func() { <-p.slots }()
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	return explain(action, id, send(ctx))
}

// explain returns the error of an action on a connection, nil for nil.
func explain(action, id string, err error) error {
	if err == nil {
		return nil
	}
	// The status is used, not the name of the error, because proxies keep the status.
	status := 0
	if res := new(smithyhttp.ResponseError); errors.As(err, &res) {
		status = res.HTTPStatusCode()
	}
	switch status {
	case http.StatusGone:
		return handler.ErrGone
	case http.StatusTooManyRequests:
		return fmt.Errorf("%s connection %q: %w: %w", action, id, handler.ErrThrottled, err)
	}
	return fmt.Errorf("%s connection %q: %w", action, id, err)
}
