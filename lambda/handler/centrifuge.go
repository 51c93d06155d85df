package handler

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"sallyport/lambda/centrifuge"
	"sallyport/lambda/channel"
	"sallyport/lambda/errcode"
	"sallyport/lambda/route"
)

// centrifugeProtocol is the subprotocol of clients of Centrifugo's protocol. Such a
// client gets every message in that protocol.
const centrifugeProtocol = "centrifuge-json"

// version is the version of the server, for clients of Centrifugo's protocol.
const version = "sallyport"

// frameReplies is the limit for the replies to a frame, in bytes. The commands after it are
// refused. Without the limit, the replies to 100 commands that each read a history would have
// 10 MB. The reply that exceeds the limit is sent, so a frame gets at most 100 KB more.
const frameReplies = 256 << 10

// session answers the commands of a frame, in their order.
type session struct {
	mux     *Mux
	request *request
	command uint32   // ID of the command that is answered
	replies [][]byte // encoded
	size    int      // the size of replies, in bytes
	joined  []*channel.Joined
}

// protocolOf returns the protocol that a handshake chooses, "" for plain routes. A client
// that cannot offer a subprotocol sends the protocol in the query string. Its header may be
// empty, as that of centrifuge-python is.
func (m *Mux) protocolOf(r *request) string {
	offered := r.protocols()
	if strings.Join(offered, "") == "" {
		offered = r.Parameter(protocolParameter)
	}
	if m.config.Channels != nil && slices.Contains(offered, centrifugeProtocol) {
		return centrifugeProtocol
	}
	return ""
}

// byProtocol returns a handler that answers the messages of plain routes with do, and those
// of Centrifugo's protocol as frames.
func (m *Mux) byProtocol(do handlerFunc) handlerFunc {
	return func(ctx context.Context, r *request) (any, error) {
		if r.connection().Protocol != centrifugeProtocol {
			return do(ctx, r)
		}
		if m.config.Channels == nil { // channels were removed from the app
			return reply(""), m.endOne(ctx, r, r.connection(), closing{code: errcode.CommandUnsupported})
		}
		return m.centrifuge(ctx, r)
	}
}

// centrifuge answers a frame of Centrifugo's protocol.
func (m *Mux) centrifuge(ctx context.Context, r *request) (any, error) {
	commands, err := centrifuge.Decode(r.Body)
	if err != nil {
		return m.endMalformed(ctx, r, err)
	}
	s := &session{mux: m, request: r}
	for _, c := range commands {
		s.command = c.ID
		var answer centrifuge.Reply
		if s.size >= frameReplies {
			err = errcode.Refuse(errcode.TooManyMessages, "the replies of the frame have %d bytes already, at most %d are allowed", s.size, frameReplies)
		} else {
			answer, err = s.answer(ctx, c)
		}
		s.add(c.ID, answer, err)
	}
	if len(s.replies) == 0 {
		return reply(""), nil
	}
	frames := centrifuge.Join(s.replies...)
	if len(frames) == 1 && len(s.joined) == 0 {
		return reply(string(frames[0])), nil
	}
	// A client ignores publications that arrive before the reply, and API Gateway sends the
	// answer of an event after the event. So the reply is posted. An answer also has one
	// frame only.
	return reply(""), m.config.Channels.Confirm(ctx, r.RequestContext.ConnectionID, frames, s.joined)
}

// endMalformed ends the connection of a client that does not follow the protocol.
func (m *Mux) endMalformed(ctx context.Context, r *request, why error) (any, error) {
	r.refuse(errcode.Refuse(errcode.MessageInvalid, "%v", why))
	return reply(""), m.endOne(ctx, r, r.connection(), closing{code: errcode.MessageInvalid})
}

// add adds the reply to a command. An error that is not one of the protocol becomes an
// internal error, and the event fails.
func (s *session) add(id uint32, r centrifuge.Reply, err error) {
	if err != nil {
		r = centrifuge.Reply{Error: s.explain(err)}
	}
	r.ID = id
	if r.ID != 0 {
		s.append(r)
	}
}

// append encodes a reply and adds it to the answer. It replaces a reply that cannot be encoded
// by an internal error.
func (s *session) append(r centrifuge.Reply) {
	encoded, err := centrifuge.Encode(r)
	if err != nil { // a route answered with something that is not JSON
		s.request.failure = err
		encoded, _ = centrifuge.Encode(centrifuge.Reply{ID: r.ID, Error: &centrifuge.ErrInternal}) // always encodes
	}
	s.replies, s.size = append(s.replies, encoded), s.size+len(encoded)
}

// explain returns the error of the protocol for an error.
func (s *session) explain(err error) *centrifuge.Error {
	var refusal *errcode.Refusal
	if errors.As(err, &refusal) {
		if s.request.outcome != "refused" { // the log has only the first refusal of a frame
			s.request.refuse(refusal)
		}
		return protocolError(refusal)
	}
	s.request.failure = err
	return &centrifuge.ErrInternal
}

func (s *session) client() channel.Client {
	c := &s.request.RequestContext
	user := c.User()
	user.Claims = c.Authorizer.Claims
	return channel.Client{ConnectionID: c.ConnectionID, User: user, Command: s.command, Until: time.UnixMilli(c.ConnectedAt).Add(lifetime)}
}

// answer does one command.
func (s *session) answer(ctx context.Context, c centrifuge.Command) (centrifuge.Reply, error) {
	var r centrifuge.Reply
	var err error
	hub, who := s.mux.config.Channels, s.client()
	switch {
	case c.Connect != nil:
		r.Connect, err = s.connect(ctx, *c.Connect)
	case c.Subscribe != nil:
		r.Subscribe, err = s.subscribe(ctx, *c.Subscribe)
	case c.Unsubscribe != nil:
		r.Unsubscribe, err = &struct{}{}, hub.Unsubscribe(ctx, who, c.Unsubscribe.Channel)
	case c.Publish != nil:
		r.Publish, err = &struct{}{}, hub.Publish(ctx, who, c.Publish.Channel, c.Publish.Data)
	case c.Presence != nil:
		var present centrifuge.Present
		present, err = hub.Presence(ctx, who, c.Presence.Channel)
		r.Presence = &present
	case c.PresenceStats != nil:
		var count centrifuge.PresenceCount
		count, err = hub.PresenceCount(ctx, who, c.PresenceStats.Channel)
		r.PresenceStats = &count
	case c.History != nil:
		var history centrifuge.History
		history, err = hub.History(ctx, who, *c.History)
		r.History = &history
	case c.RPC != nil:
		r.RPC, err = s.call(ctx, *c.RPC)
	case c.Refresh != nil:
		r.Refresh, err = s.refresh(ctx, c.Refresh.Token)
	case c.Ping != nil:
		r.Ping = &struct{}{}
	case c.Send != nil: // it has no answer; clients keep an idle connection open with it
	default:
		err = errcode.Refuse(errcode.CommandUnsupported, "command that the server does not have")
	}
	return r, err
}

// connect answers the first command of a client. The handshake has authorized the
// connection already. A client that has sent a token can get new ones, so it is told when
// to refresh. (centrifuge-js without such a function would give up at that time.)
func (s *session) connect(ctx context.Context, c centrifuge.Connect) (*centrifuge.Connected, error) {
	until, err := s.request.expires()
	if err != nil {
		return nil, err
	}
	id := s.request.RequestContext.ConnectionID
	answer := &centrifuge.Connected{Client: id, Version: version}
	if c.Token != "" {
		answer.Expires, answer.TTL = true, s.mux.ttl(until)
	}
	joined, err := s.mux.config.Channels.SubscribeOwn(ctx, s.client(), c.Subs)
	s.joined = append(s.joined, joined...)
	if err != nil {
		return nil, err
	}
	answer.Subs = map[string]centrifuge.Subscribed{}
	for _, j := range joined {
		answer.Subs[j.Subscriber.Channel] = j.Reply
	}
	return answer, nil
}

// ttl returns the seconds until a time, at least 1.
func (m *Mux) ttl(until time.Time) uint32 {
	return uint32(max(1, until.Sub(m.config.Now()).Seconds()))
}

func (s *session) subscribe(ctx context.Context, r centrifuge.Subscribe) (*centrifuge.Subscribed, error) {
	j, err := s.mux.config.Channels.Subscribe(ctx, s.client(), r)
	if err != nil {
		return nil, err
	}
	s.joined = append(s.joined, j)
	return &j.Reply, nil
}

// call calls a route of the app. The data of the call are the fields of the message.
func (s *session) call(ctx context.Context, c centrifuge.RPC) (*centrifuge.Result, error) {
	to, ok := s.mux.config.Routes.Route(c.Method)
	if !ok || to.Kind != route.KindReply && to.Kind != route.KindAccept {
		return nil, errcode.Refuse(errcode.CommandUnsupported, "the method is not a route of the app that replies") // without the name, which is the client's text
	}
	caller, err := s.mux.caller(s.request)
	if err != nil {
		return nil, err
	}
	data, err := to.Handle(ctx, caller, cmp.Or(string(c.Data), "{}"))
	if err != nil {
		return nil, err
	}
	if data == nil {
		data = json.RawMessage("null")
	}
	return &centrifuge.Result{Data: data}, nil
}

// refresh extends the connection, and ends the subscriptions that the new token does not
// allow.
func (s *session) refresh(ctx context.Context, token string) (*centrifuge.Refreshed, error) {
	g, err := s.mux.extend(ctx, s.request, token)
	if err != nil {
		return nil, err
	}
	if g.User.Claims != s.request.RequestContext.Authorizer.Claims {
		// Later commands would have the permissions of the old claims, which API Gateway keeps.
		why := closing{errcode.TokenExpired, "The claims of the token have changed. Connect again."}
		return &centrifuge.Refreshed{Expires: true, TTL: 1}, s.mux.endOne(ctx, s.request, s.request.connection(), why)
	}
	lost, err := s.mux.config.Channels.Recheck(ctx, s.request.RequestContext.ConnectionID, g.User)
	if err != nil {
		return nil, err
	}
	for _, name := range lost {
		s.append(centrifuge.Unsubscribe(name, centrifuge.UnsubscribedByServer, "permission denied"))
	}
	return &centrifuge.Refreshed{Expires: true, TTL: s.mux.ttl(g.Expires)}, nil
}
