package handler

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sallyport/lambda/centrifuge"
	"sallyport/lambda/errcode"
	"sallyport/lambda/identity"
	"sallyport/lambda/route"
	"sallyport/lambda/setting"
)

// refreshBytes is enough for a refresh with the longest token that package token accepts,
// 8 KB.
const refreshBytes = 9 << 10

// expired reports whether t has passed, with leeway.
func (m *Mux) expired(t time.Time) bool {
	return m.config.Now().After(t.Add(identity.Leeway))
}

// guard checks each message before do answers it: the authorization of the connection, the
// number of messages in this minute, and the size of the message. It calls DynamoDB only
// if the token that opened the connection has expired, or if messages are counted.
func (m *Mux) guard(do handlerFunc) handlerFunc {
	return func(ctx context.Context, r *request) (any, error) {
		expires, err := r.expires()
		if err != nil {
			return nil, err
		}
		id := r.RequestContext.ConnectionID
		if r.RequestContext.User().ID() == "" {
			return m.endSender(ctx, r, "the connection was authorized by an older version, which did not record the user's ID")
		}
		if m.expired(expires) {
			c, err := m.config.Connections.Get(ctx, id)
			switch {
			case errors.Is(err, ErrGone), err == nil && m.expired(c.AuthorizedUntil):
				return m.endSender(ctx, r, "token expired and was not refreshed")
			case err != nil:
				return nil, err
			}
		}
		if limit := m.config.MessagesPerMinute; limit > 0 { // before the size, so that messages that are too large also count
			own := messages(r)
			n, err := m.config.Connections.CountMessages(ctx, id, own, m.config.Now())
			switch {
			case errors.Is(err, ErrGone):
				return refuseMessage(r, errcode.ConnectionUnknown, "connection has no row")
			case err != nil:
				return nil, err
			case n-own >= limit: // a frame that begins below the limit is answered whole, or else a long one never would be
				return refuseMessage(r, errcode.TooManyMessages, "message %d of this minute, at most %d are answered", n, limit)
			}
		}
		if limit := m.messageBytes(r); limit > 0 && len(r.Body) > limit {
			return refuseSize(r, "The message", len(r.Body), limit)
		}
		v, err := do(ctx, r)
		if a, ok := v.(answer); ok && len(a.Body) > setting.MaxMessage {
			// API Gateway would send "Internal server error" instead of the answer.
			return refuseSize(r, "The answer", len(a.Body), setting.MaxMessage)
		}
		return v, err
	}
}

// messages returns the number of messages as which a message counts: the commands of
// a frame, at least one.
func messages(r *request) int {
	if r.connection().Protocol != centrifugeProtocol {
		return 1
	}
	commands, _ := centrifuge.Decode(r.Body) // a malformed frame ends the connection
	return max(1, len(commands))
}

// messageBytes returns the largest size of a message, in bytes; 0 is unlimited. A
// refresh may always be large enough for a token, because a connection without a
// refresh ends when its token expires.
func (m *Mux) messageBytes(r *request) int {
	limit := m.config.MessageBytes
	if limit > 0 && r.RequestContext.RouteKey == route.Refresh {
		return max(limit, refreshBytes)
	}
	return limit
}

// endSender ends the connection that a message came from, because its authorization has
// expired. The client receives the closing message and no answer.
func (m *Mux) endSender(ctx context.Context, r *request, reason string) (any, error) {
	if err := m.endOne(ctx, r, r.connection(), closing{code: errcode.TokenExpired}); err != nil {
		return nil, err
	}
	r.refuse(errcode.Refuse(errcode.TokenExpired, "%s", reason))
	return reply(""), nil
}

// refuseSize refuses a message because the message or its answer is too large. subject
// names the one that is too large.
func refuseSize(r *request, subject string, size, limit int) (any, error) {
	text := fmt.Sprintf("%s has %d bytes. At most %d are allowed.", subject, size, limit)
	return refuse(r, &errcode.Refusal{Code: errcode.MessageTooLarge, Text: text, Reason: text})
}

// refuseMessage refuses a message with the text of the catalogue.
func refuseMessage(r *request, code errcode.Code, reason string, args ...any) (any, error) {
	return refuse(r, errcode.Refuse(code, reason, args...))
}

// refuse answers a message with an error. The connection stays open.
func refuse(r *request, refusal *errcode.Refusal) (any, error) {
	r.refuse(refusal)
	if r.connection().Protocol == centrifugeProtocol {
		return refuseCommands(r, refusal), nil
	}
	return reply(errorMessage(TypeError, refusal.Code, refusal.Text)), nil
}
