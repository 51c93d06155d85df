package gateway

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"sallyport/local/stage"
)

// route returns the route of a message, or nil if there is none. A client cannot select
// $connect, $disconnect and $default (api-gateway.md 4).
func (g *Gateway) route(text []byte) *route {
	key := g.selection.routeKey(text)
	if r, ok := g.routes[key]; ok && !strings.HasPrefix(key, "$") {
		return r
	}
	return g.routes[routeDefault]
}

// dispatch sends a message to its route. Functions run concurrently, so that a slow function
// does not delay other messages, and replies may arrive in another order (api-gateway.md 5.4).
func (c *conn) dispatch(text []byte) {
	m := &message{conn: c, id: stage.NewID(), at: time.Now()}
	r := c.gateway.route(text)
	switch {
	case r == nil:
		m.fail(textForbidden)
		return
	case !c.gateway.account.Take(m.at), !r.bucket.Take(m.at):
		m.fail(textThrottled)
		return
	}
	m.route = r
	if r.Integration.Invoker == nil {
		m.reply([]byte(r.Integration.Mock))
		return
	}
	event := c.messageEvent(eventDetails{
		routeKey: r.key, eventType: eventMessage, requestID: m.id, messageID: newMessageID(c.connectionID), at: m.at,
	}, text)
	c.slots <- struct{}{}
	c.gateway.calls.Go(func() {
		c.gateway.calls.Invoke(r.Integration.Invoker, r.Integration.Timeout, event, m.answer)
		<-c.slots
	})
}

// newMessageID returns the ID of a message. Its last 8 characters are those of the ID of its
// connection (api-gateway.md 3.1).
func newMessageID(connectionID string) string {
	const own = 8
	return stage.NewID()[:own] + connectionID[own:]
}

// message is a message of a client.
type message struct {
	conn  *conn
	route *route
	id    string // the request ID
	at    time.Time
}

// answer sends the outcome of the function to the client.
func (m *message) answer(result []byte, err error) {
	var reported functionError
	switch {
	case err == nil:
		m.respond(result)
		return
	case errors.Is(err, stage.ErrTimedOut):
		m.log().Msg("function did not answer in time")
		m.fail(textTimedOut)
		return
	case errors.As(err, &reported):
		m.log().Msg("function failed; see its log")
	default:
		m.log().Err(err).Msg("function could not be invoked")
	}
	m.fail(textInternal)
}

// respond sends the body of the function's answer if the route is two-way. For an answer
// without a body, it sends no message. A malformed answer is an error on every route
// (api-gateway.md 5.1, 5.2).
func (m *message) respond(result []byte) {
	if text := bytes.TrimSpace(result); len(text) == 0 || string(text) == "null" {
		return
	}
	response, err := parseProxyResponse(result)
	var body []byte
	if err == nil && m.route.RouteResponse {
		body, err = response.body()
	}
	if limit := m.conn.gateway.config.Limits.Message; err == nil && len(body) > limit {
		err = fmt.Errorf("the body of the function's answer has %d bytes, more than %d", len(body), limit)
	}
	if err != nil {
		m.log().Str("reason", err.Error()).Msg("function answer cannot be sent")
		m.fail(textInternal)
		return
	}
	if len(body) > 0 {
		m.reply(body)
	}
}

// reply sends text if the route is two-way. It ignores errors: they mean that the client is
// gone.
func (m *message) reply(text []byte) {
	if m.route.RouteResponse {
		_ = m.conn.send(text)
	}
}

// fail sends an error frame, even if the route is one-way (api-gateway.md 5.3).
func (m *message) fail(text string) {
	_ = m.conn.send(errorFrame(text, m.conn.connectionID, m.id))
}

func (m *message) log() *zerolog.Event {
	return m.conn.gateway.config.Log.Warn().Str("route", m.route.key).Str("connectionId", m.conn.connectionID).Str("requestId", m.id)
}

// disconnect runs $disconnect. The caller has closed the socket. $disconnect is not retried,
// and its answer is ignored (api-gateway.md 3.4).
func (g *Gateway) disconnect(s *session, e closeStatus) {
	id := stage.NewID()
	g.config.Log.Info().Str("connectionId", s.connectionID).Str("requestId", id).Int("code", int(e.code)).Msg("disconnected")
	r, ok := g.routes[routeDisconnect]
	if !ok || r.Integration.Invoker == nil {
		return
	}
	event := s.disconnectEvent(eventDetails{routeKey: routeDisconnect, eventType: eventDisconnect, requestID: id, at: time.Now(), ended: &e})
	g.calls.Invoke(r.Integration.Invoker, r.Integration.Timeout, event, func(_ []byte, err error) {
		if err != nil {
			g.config.Log.Warn().Str("route", routeDisconnect).Str("connectionId", s.connectionID).Str("requestId", id).Msg("function failed; see its log")
		}
	})
}
