package handler

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"sallyport/lambda/errcode"
	"sallyport/lambda/metric"
	"sallyport/lambda/route"
	"sallyport/lambda/setting"
)

// appRoute returns a handler for the messages of a route of the app. The guard checks
// each message before the route answers it.
func (m *Mux) appRoute(to route.Route) handlerFunc {
	do := m.guard(m.byProtocol(m.serve(to)))
	return func(ctx context.Context, r *request) (any, error) {
		r.metered = metric.Message
		return do(ctx, r)
	}
}

// serve returns a handler that answers messages with a route of the app.
func (m *Mux) serve(to route.Route) handlerFunc {
	return func(ctx context.Context, r *request) (any, error) {
		c, err := m.caller(r)
		if err != nil {
			return nil, err
		}
		data, err := to.Handle(ctx, c, r.Body)
		var refusal *errcode.Refusal
		switch {
		case errors.As(err, &refusal):
			return refuse(r, refusal)
		case err != nil:
			return nil, fmt.Errorf("route %s: %w", to.Key, err)
		case to.Answer == "":
			return reply(""), nil
		}
		return reply(route.Envelope(to.Answer, data)), nil
	}
}

// caller returns the sender of a message.
func (m *Mux) caller(r *request) (route.Caller, error) {
	c := &r.RequestContext
	var claims route.Claims
	if text := c.Authorizer.Claims; text != "" {
		if err := json.Unmarshal([]byte(text), &claims); err != nil {
			return route.Caller{}, fmt.Errorf("%w: read claims of authorizer: %w", errEvent, err)
		}
	}
	return route.NewCaller(c.ConnectionID, c.User(), claims, &backend{mux: m, request: r}), nil
}

// backend implements route.Backend for the sender of one message.
type backend struct {
	mux     *Mux
	request *request
	mu      sync.Mutex // guards the metrics of request
}

func (b *backend) AuthorizedUntil(ctx context.Context) (time.Time, error) {
	c, err := b.mux.config.Connections.Get(ctx, b.request.RequestContext.ConnectionID)
	if errors.Is(err, ErrGone) {
		err = errcode.Refuse(errcode.ConnectionUnknown, "connection has no row")
	}
	return c.AuthorizedUntil, err
}

func (b *backend) Publish(ctx context.Context, channel string, data json.RawMessage) error {
	if b.mux.config.Channels == nil {
		return fmt.Errorf("publish in channel %q: the app has no channels: declare a namespace in lambda/app/channels.go", channel)
	}
	_, err := b.mux.config.Channels.PublishAs(ctx, channel, data, "")
	return err
}

func (b *backend) Send(ctx context.Context, to route.Target, text []byte) (route.Sent, error) {
	if len(text) > setting.MaxMessage {
		return route.Sent{}, fmt.Errorf("send: the message has %d bytes: at most %d can be sent", len(text), setting.MaxMessage)
	}
	list := b.mux.connectionByID(ctx, to.ConnectionID)
	switch {
	case to.All:
		list = b.mux.config.Connections.All(ctx)
	case to.UserID != "":
		list = b.mux.config.Connections.ByUser(ctx, to.UserID)
	}
	count, err := b.mux.forEachOrQueue(ctx, list, &job{Message: text}, func(c Connection) error { return b.mux.post(ctx, b.request, c, text) })
	b.mu.Lock()
	defer b.mu.Unlock()
	sent := b.request.countSent(count)
	if err != nil {
		err = b.mux.incomplete("send", err, count, "sent")
	}
	return sent, err
}
