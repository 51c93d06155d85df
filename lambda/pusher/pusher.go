// Package pusher sends messages to connections by API Gateway's management
// API, known as @connections.
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
	// Timeout bounds one post with its repetitions. A peer that vanished without
	// a word holds a post up for as long as it may take (specification 7.2).
	// Zero means 3 s.
	Timeout time.Duration
}

// Pusher sends messages. It is safe for concurrent use.
type Pusher struct {
	client  *apigatewaymanagementapi.Client
	timeout time.Duration
}

var _ handler.Poster = (*Pusher)(nil)

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
		return fmt.Errorf("post to connection %q: %w: %w", id, handler.ErrThrottled, err)
	}
	return fmt.Errorf("post to connection %q: %w", id, err)
}
