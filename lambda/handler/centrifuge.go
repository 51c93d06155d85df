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

// serverVersion is the version of the server, for clients of Centrifugo's protocol.
const serverVersion = "sallyport"

// maxFrameReplies is the largest size of the replies to a frame, in bytes. The commands after it are
// refused. Without the limit, the replies to 100 commands that each read a history would have
// 10 MB. The reply that exceeds the limit is sent, so a frame gets at most 100 KB more.
const maxFrameReplies = 256 << 10

// frameHandler answers the commands of one frame, in their order.
type frameHandler struct {
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
	f := &frameHandler{mux: m, request: r}
	for _, c := range commands {
		f.command = c.ID
		var answer centrifuge.Reply
		if f.size >= maxFrameReplies {
			err = errcode.Refuse(errcode.TooManyMessages, "the replies of the frame have %d bytes already, at most %d are allowed", f.size, maxFrameReplies)
		} else {
			answer, err = f.answer(ctx, c)
		}
		f.add(c.ID, answer, err)
	}
	if len(f.replies) == 0 {
		return reply(""), nil
	}
	frames := centrifuge.Join(f.replies...)
	if len(frames) == 1 && len(f.joined) == 0 {
		return reply(string(frames[0])), nil
	}
	// A client ignores publications that arrive before the reply, and API Gateway sends the
	// answer of an event after the event. So the reply is posted. An answer also has one
	// frame only.
	return reply(""), m.config.Channels.Confirm(ctx, r.RequestContext.ConnectionID, frames, f.joined)
}

// endMalformed ends the connection of a client that does not follow the protocol.
func (m *Mux) endMalformed(ctx context.Context, r *request, cause error) (any, error) {
	r.refuse(errcode.Refuse(errcode.MessageInvalid, "%v", cause))
	return reply(""), m.endOne(ctx, r, r.connection(), closing{code: errcode.MessageInvalid})
}

// add adds the reply to a command. An error that is not one of the protocol becomes an
// internal error, and the event fails.
func (f *frameHandler) add(id uint32, r centrifuge.Reply, err error) {
	if err != nil {
		r = centrifuge.Reply{Error: f.explain(err)}
	}
	r.ID = id
	if r.ID != 0 {
		f.append(r)
	}
}

// append encodes a reply and adds it to the answer. It replaces a reply that cannot be encoded
// by an internal error.
func (f *frameHandler) append(r centrifuge.Reply) {
	encoded, err := centrifuge.Encode(r)
	if err != nil { // a route answered with something that is not JSON
		f.request.failure = err
		encoded, _ = centrifuge.Encode(centrifuge.Reply{ID: r.ID, Error: &centrifuge.ErrInternal}) // always encodes
	}
	f.replies, f.size = append(f.replies, encoded), f.size+len(encoded)
}

// explain returns the error of the protocol for an error.
func (f *frameHandler) explain(err error) *centrifuge.Error {
	var refusal *errcode.Refusal
	if errors.As(err, &refusal) {
		if f.request.outcome != "refused" { // the log has only the first refusal of a frame
			f.request.refuse(refusal)
		}
		return protocolError(refusal)
	}
	f.request.failure = err
	return &centrifuge.ErrInternal
}

func (f *frameHandler) client() channel.Client {
	c := &f.request.RequestContext
	user := c.User()
	user.Claims = c.Authorizer.Claims
	return channel.Client{ConnectionID: c.ConnectionID, User: user, Command: f.command, Until: time.UnixMilli(c.ConnectedAt).Add(lifetime)}
}

// answer executes one command. It returns the reply without its ID.
func (f *frameHandler) answer(ctx context.Context, c centrifuge.Command) (centrifuge.Reply, error) {
	var r centrifuge.Reply
	var err error
	hub, client := f.mux.config.Channels, f.client()
	switch {
	case c.Connect != nil:
		r.Connect, err = f.connect(ctx, *c.Connect)
	case c.Subscribe != nil:
		r.Subscribe, err = f.subscribe(ctx, *c.Subscribe)
	case c.Unsubscribe != nil:
		r.Unsubscribe, err = &struct{}{}, hub.Unsubscribe(ctx, client, c.Unsubscribe.Channel)
	case c.Publish != nil:
		r.Publish, err = &struct{}{}, hub.Publish(ctx, client, c.Publish.Channel, c.Publish.Data)
	case c.Presence != nil:
		var present centrifuge.Present
		present, err = hub.Presence(ctx, client, c.Presence.Channel)
		r.Presence = &present
	case c.PresenceStats != nil:
		var count centrifuge.PresenceCount
		count, err = hub.PresenceCount(ctx, client, c.PresenceStats.Channel)
		r.PresenceStats = &count
	case c.History != nil:
		var history centrifuge.History
		history, err = hub.History(ctx, client, *c.History)
		r.History = &history
	case c.RPC != nil:
		r.RPC, err = f.call(ctx, *c.RPC)
	case c.Refresh != nil:
		r.Refresh, err = f.refresh(ctx, c.Refresh.Token)
	case c.Ping != nil:
		r.Ping = &struct{}{}
	case c.Send != nil: // it has no reply; clients keep an idle connection open with it
	default:
		err = errcode.Refuse(errcode.CommandUnsupported, "the server does not support the command")
	}
	return r, err
}

// connect answers the first command of a client. The handshake has authorized the
// connection already. The reply has the time of the next refresh only for a client that has sent
// a token, because such a client can get new tokens. Without a function that gets tokens,
// centrifuge-js would give up at that time.
func (f *frameHandler) connect(ctx context.Context, c centrifuge.Connect) (*centrifuge.Connected, error) {
	until, err := f.request.expires()
	if err != nil {
		return nil, err
	}
	id := f.request.RequestContext.ConnectionID
	answer := &centrifuge.Connected{Client: id, Version: serverVersion}
	if c.Token != "" {
		answer.Expires, answer.TTL = true, f.mux.ttl(until)
	}
	joined, err := f.mux.config.Channels.SubscribeOwn(ctx, f.client(), c.Subs)
	f.joined = append(f.joined, joined...)
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

func (f *frameHandler) subscribe(ctx context.Context, r centrifuge.Subscribe) (*centrifuge.Subscribed, error) {
	j, err := f.mux.config.Channels.Subscribe(ctx, f.client(), r)
	if err != nil {
		return nil, err
	}
	f.joined = append(f.joined, j)
	return &j.Reply, nil
}

// call calls a route of the app. The data of the call are the fields of the message.
func (f *frameHandler) call(ctx context.Context, c centrifuge.RPC) (*centrifuge.Result, error) {
	to, ok := f.mux.config.Routes.Route(c.Method)
	if !ok || to.Kind != route.KindReply && to.Kind != route.KindAccept {
		return nil, errcode.Refuse(errcode.CommandUnsupported, "the method is not a route of the app that replies")
	}
	caller, err := f.mux.caller(f.request)
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
func (f *frameHandler) refresh(ctx context.Context, token string) (*centrifuge.Refreshed, error) {
	g, err := f.mux.extend(ctx, f.request, token)
	if err != nil {
		return nil, err
	}
	if g.User.Claims != f.request.RequestContext.Authorizer.Claims {
		// Later commands would have the permissions of the old claims, which API Gateway keeps.
		reason := closing{errcode.TokenExpired, "The claims of the token have changed. Connect again."}
		return &centrifuge.Refreshed{Expires: true, TTL: 1}, f.mux.endOne(ctx, f.request, f.request.connection(), reason)
	}
	lost, err := f.mux.config.Channels.Recheck(ctx, f.request.RequestContext.ConnectionID, g.User)
	if err != nil {
		return nil, err
	}
	for _, name := range lost {
		f.append(centrifuge.Unsubscribe(name, centrifuge.UnsubscribedByServer, "permission denied"))
	}
	return &centrifuge.Refreshed{Expires: true, TTL: f.mux.ttl(g.Expires)}, nil
}
