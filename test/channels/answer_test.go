package channels

import (
	"context"
	"maps"

	"sallyport/lambda/centrifuge"
	"sallyport/lambda/channel"
)

// answerSubscribe answers a subscribe command as the handler does.
func answerSubscribe(ctx context.Context, h *channel.Hub, sender channel.Client, command uint32, r centrifuge.Subscribe) error {
	j, err := h.Subscribe(ctx, sender, r)
	if err != nil {
		return err
	}
	frame, err := centrifuge.Encode(centrifuge.Reply{ID: command, Subscribe: &j.Reply})
	if err != nil {
		return err
	}
	return h.Confirm(ctx, sender.ConnectionID, [][]byte{frame}, []*channel.Joined{j})
}

// answerConnect answers a connect command as the handler does.
func (c *client) answerConnect(ctx context.Context, h *channel.Hub, sender channel.Client, command uint32, r centrifuge.Subscribe) error {
	c.mu.Lock()
	positions := map[string]centrifuge.Subscribe{r.Channel: r}
	maps.Copy(positions, c.other)
	c.mu.Unlock()
	all, err := h.SubscribeOwn(ctx, sender, positions)
	if err != nil {
		return err
	}
	answer := centrifuge.Connected{Client: sender.ConnectionID, Subs: map[string]centrifuge.Subscribed{}}
	for _, j := range all {
		answer.Subs[j.Subscriber.Channel] = j.Reply
	}
	frame, err := centrifuge.Encode(centrifuge.Reply{ID: command, Connect: &answer})
	if err != nil {
		return err
	}
	if len(frame) > largest {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.problem("the reply to connect has %d bytes", len(frame))
		return nil
	}
	return h.Confirm(ctx, sender.ConnectionID, [][]byte{frame}, all)
}

// largest is the size of the largest message of API Gateway.
const largest = 128 << 10
