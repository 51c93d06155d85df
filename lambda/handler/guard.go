package handler

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sallyport/lambda/errcode"
	"sallyport/lambda/identity"
	"sallyport/lambda/route"
	"sallyport/lambda/setting"
)

// refreshBytes is enough for a refresh with the longest token that is accepted,
// 8 KB.
const refreshBytes = 9 << 10

// expired reports whether what is good until t no longer is.
func (m *Mux) expired(t time.Time) bool {
	return m.config.Now().After(t.Add(identity.Leeway))
}

// guard looks at each message before do answers it: whether its connection may
// still go on, and whether the message is too much. It asks DynamoDB only if the
// token that opened the connection has expired, or messages are counted.
func (m *Mux) guard(do handlerFunc) handlerFunc {
	return func(ctx context.Context, r *request) (any, error) {
		expires, err := r.expires()
		if err != nil {
			return nil, err
		}
		if r.RequestContext.User().ID() == "" {
			return m.endSender(ctx, r, "the connection was authorized by an older version, which did not record the user's ID")
		}
		if m.expired(expires) {
			over, err := m.isOver(ctx, r.RequestContext.ConnectionID)
			switch {
			case err != nil:
				return nil, err
			case over:
				return m.endSender(ctx, r, "token expired and was not refreshed")
			}
		}
		if limit := m.config.MessagesPerMinute; limit > 0 { // before the check of the size, so that messages that are too large count, too
			n, err := m.config.Connections.CountMessage(ctx, r.RequestContext.ConnectionID, m.config.Now())
			switch {
			case errors.Is(err, ErrGone):
				return refuseMessage(r, errcode.ConnectionUnknown, "connection has no row to count in")
			case err != nil:
				return nil, err
			case n > limit:
				return refuseMessage(r, errcode.TooManyMessages, "message %d of this minute, at most %d are answered", n, limit)
			}
		}
		if limit := m.messageBytes(r); limit > 0 && len(r.Body) > limit {
			return refuseSize(r, "The message", len(r.Body), limit)
		}
		v, err := do(ctx, r)
		if a, ok := v.(answer); ok && len(a.Body) > setting.MaxMessage {
			// API Gateway would send "Internal server error" in its place.
			return refuseSize(r, "The answer", len(a.Body), setting.MaxMessage)
		}
		return v, err
	}
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

// isOver reports whether the record, too, says that a connection may not go on.
// One without a record has not been refreshed.
func (m *Mux) isOver(ctx context.Context, id string) (bool, error) {
	until, err := m.config.Connections.AuthorizedUntil(ctx, id)
	if errors.Is(err, ErrGone) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	return m.expired(until), nil
}

// endSender ends the connection that a message came on, as its authorization is
// over. The message gets no answer but the closing one.
func (m *Mux) endSender(ctx context.Context, r *request, reason string) (any, error) {
	if err := m.endOne(ctx, r, r.RequestContext.ConnectionID, closing(errcode.TokenExpired, "")); err != nil {
		return nil, err // which has a code of its own
	}
	r.refuse(errcode.Refuse(errcode.TokenExpired, "%s", reason))
	return reply(""), nil
}

// refuseSize refuses a message because the message or its answer is too large.
// what names the one that is too large.
func refuseSize(r *request, what string, size, limit int) (any, error) {
	text := fmt.Sprintf("%s has %d bytes. At most %d are allowed.", what, size, limit)
	r.refuse(errcode.Refuse(errcode.MessageTooLarge, "%s", text))
	return reply(errorMessage(TypeError, errcode.MessageTooLarge, text)), nil
}

// refuseMessage answers a message with an error; the connection goes on.
func refuseMessage(r *request, code errcode.Code, reason string, args ...any) (any, error) {
	r.refuse(errcode.Refuse(code, reason, args...))
	return reply(errorMessage(TypeError, code, "")), nil
}
