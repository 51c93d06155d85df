package gateway

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"github.com/rs/zerolog"
)

// route returns the route for a message, or nil if there is none. A client
// cannot select $connect and the like (api-gateway.md 4).
func (g *Gateway) route(text []byte) *route {
	key := g.selection.routeKey(text)
	if r, ok := g.routes[string(key)]; ok && key[0] != '$' {
		return r
	}
	return g.routes[routeDefault]
}

// dispatch hands a message to its route. Functions run concurrently, so a slow
// one holds nothing back and answers may overtake each other (api-gateway.md
// 5.4). text is only valid until dispatch returns.
func (c *conn) dispatch(text []byte) {
	m := &message{conn: c, id: newID(), at: time.Now()}
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
	c.calls <- struct{}{}
	c.gateway.running.Go(func() {
		c.gateway.call(r.Integration, event, m.answer)
		<-c.calls
	})
}

// message is a client's message on its way through a route.
type message struct {
	conn  *conn
	route *route
	id    string // the request id
	at    time.Time
}

// answer gives the client what the function's outcome means for it.
func (m *message) answer(result []byte, err error) {
	switch {
	case errors.Is(err, errTimedOut):
		m.log().Msg("function did not answer in time")
		m.fail(textTimedOut)
	case err != nil:
		var own functionError
		if errors.As(err, &own) {
			m.log().Msg("function failed; its own log says why")
		} else {
			m.log().Err(err).Msg("function could not be invoked")
		}
		m.fail(textInternal)
	default:
		m.respond(result)
	}
}

// respond sends the body of the function's answer, on a two-way route. Without
// one it is silent. A malformed answer is an error on every route (api-gateway.md
// 5.1, 5.2).
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
		m.log().Str("reason", err.Error()).Msg("function answered what cannot be sent")
		m.fail(textInternal)
		return
	}
	if len(body) > 0 {
		m.reply(body)
	}
}

// reply sends text on a two-way route. A client that is gone misses it.
func (m *message) reply(text []byte) {
	if m.route.RouteResponse {
		_ = m.conn.send(text)
	}
}

// fail sends an error frame, on one-way routes too (api-gateway.md 5.3).
func (m *message) fail(text string) {
	_ = m.conn.send(errorFrame(text, m.conn.connectionID, m.id))
}

func (m *message) log() *zerolog.Event {
	return m.conn.gateway.config.Log.Warn().Str("route", m.route.key).Str("connectionId", m.conn.connectionID).Str("requestId", m.id)
}

// disconnect runs $disconnect when the socket is gone. It gets no second try,
// and its answer matters to nobody (api-gateway.md 3.4).
func (g *Gateway) disconnect(s *session, e closeStatus) {
	id := newID()
	g.config.Log.Info().Str("connectionId", s.connectionID).Str("requestId", id).Int("code", int(e.code)).Msg("disconnected")
	r, ok := g.routes[routeDisconnect]
	if !ok || r.Integration.Invoker == nil {
		return
	}
	event := s.disconnectEvent(eventDetails{routeKey: routeDisconnect, eventType: eventDisconnect, requestID: id, at: time.Now(), ended: &e})
	g.call(r.Integration, event, func(_ []byte, err error) {
		if err != nil {
			g.config.Log.Warn().Str("route", routeDisconnect).Str("connectionId", s.connectionID).Str("requestId", id).Msg("function failed; its own log says why")
		}
	})
}
