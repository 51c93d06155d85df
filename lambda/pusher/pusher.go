// Package pusher sends messages to connections, and ends them, by API Gateway's
// management API, known as @connections.
package pusher

import (
	"context"
	"errors"
	"fmt"
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
	maxBackoff     = 500 * time.Millisecond
)

// Config says where the connections are.
type Config struct {
	AWS aws.Config
	// Endpoint is the API's address with its stage, and https for wss.
	Endpoint string
	// Timeout bounds one post, or one end, with its repetitions. A peer that vanished without
	// a word holds a post up for as long as it may take (api-gateway.md 7.2).
	// Zero means 3 s.
	Timeout time.Duration
}

// Pusher sends messages and ends connections. It is safe for concurrent use.
type Pusher struct {
	client  *apigatewaymanagementapi.Client
	timeout time.Duration
}

var (
	_ handler.Poster       = (*Pusher)(nil)
	_ handler.Disconnecter = (*Pusher)(nil)
)

// New returns a Pusher. It does not talk to API Gateway yet.
func New(c Config) *Pusher {
	if c.Timeout == 0 {
		c.Timeout = defaultTimeout
	}
	client := apigatewaymanagementapi.NewFromConfig(c.AWS, func(o *apigatewaymanagementapi.Options) {
		o.BaseEndpoint = &c.Endpoint
		o.Retryer = retry.NewStandard(func(o *retry.StandardOptions) {
			o.MaxAttempts = maxAttempts
			o.MaxBackoff = maxBackoff
		})
	})
	return &Pusher{client: client, timeout: c.Timeout}
}

// Post sends a text message of at most 128 KB to a connection. It returns
// handler.ErrGone if the connection is closed, a moment ago or for ever. What
// may pass, as throttling (429, handler.ErrThrottled), is tried three times; a
// message whose answer got lost on the way may therefore arrive twice.
func (p *Pusher) Post(ctx context.Context, id string, message []byte) error {
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	_, err := p.client.PostToConnection(ctx, &apigatewaymanagementapi.PostToConnectionInput{
		ConnectionId: &id,
		Data:         message,
	})
	return explain("post to", id, err)
}

// Disconnect closes a connection; the client sees code 1000 (api-gateway.md
// 7.2). It returns handler.ErrGone if the connection is closed already, which
// is also what a repetition finds after an answer that got lost on the way. It
// tries and waits as Post does.
func (p *Pusher) Disconnect(ctx context.Context, id string) error {
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	_, err := p.client.DeleteConnection(ctx, &apigatewaymanagementapi.DeleteConnectionInput{ConnectionId: &id})
	return explain("end", id, err)
}

// explain returns the error of doing something to a connection, nil for none.
func explain(doing, id string, err error) error {
	if err == nil {
		return nil
	}
	// The status tells, not the error's name: it survives stand-ins and proxies.
	status := 0
	if res := new(smithyhttp.ResponseError); errors.As(err, &res) {
		status = res.HTTPStatusCode()
	}
	switch status {
	case http.StatusGone:
		return handler.ErrGone
	case http.StatusTooManyRequests:
		return fmt.Errorf("%s connection %q: %w: %w", doing, id, handler.ErrThrottled, err)
	}
	return fmt.Errorf("%s connection %q: %w", doing, id, err)
}
