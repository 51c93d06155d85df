package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"sallyport/lambda/centrifuge"
)

// channelChecks are the checks of channels.
func channelChecks() []check {
	in := func(name, description, want string, do func(ctx context.Context, v *verifier, r *testChannel) (string, error)) check {
		return check{area: "channels", name: name, description: description, want: want, skip: withChannels, run: onChannel(do)}
	}
	return []check{
		in("publish", "publications reach another connection in their order", "1:1 2:2 3:3", func(ctx context.Context, _ *verifier, r *testChannel) (string, error) {
			if err := r.a.publish(ctx, r.channel, 1, 3); err != nil {
				return "", err
			}
			return r.b.publications(ctx, r.channel, 3)
		}),
		in("history", "the history has the last publications", "2:2 3:3, end 3", func(ctx context.Context, _ *verifier, r *testChannel) (string, error) {
			if err := r.a.publishAndWait(ctx, r.channel, 1, 3); err != nil {
				return "", err
			}
			since := object{"offset": 1, "epoch": r.start.Epoch}
			reply, err := r.b.command(ctx, "history", object{"channel": r.channel, "limit": -1, "since": since})
			if err != nil || reply.History == nil {
				return fmt.Sprintf("%+v", reply.Error), err
			}
			return fmt.Sprintf("%s, end %d", formatted(reply.History.Publications), reply.History.Offset), nil
		}),
		in("recovery", "a client that connects again gets the publications that it missed", "recovered true: 2:2 3:3", recovery),
		in("presence", "the presence has both connections", "both", func(ctx context.Context, _ *verifier, r *testChannel) (string, error) {
			reply, err := r.a.command(ctx, "presence", object{"channel": r.channel})
			if err != nil || reply.Presence == nil {
				return fmt.Sprintf("%+v", reply.Error), err
			}
			_, a := reply.Presence.Presence[r.a.id]
			_, b := reply.Presence.Presence[r.b.id]
			if n := len(reply.Presence.Presence); !a || !b || n != 2 {
				return fmt.Sprintf("%d connections; the first %t, the second %t", n, a, b), nil
			}
			return "both", nil
		}),
		in("joinAndLeave", "a client learns that another client joined and left", "join, leave", joinAndLeave),
		in("backend", "a publication of a backend arrives", `1:{"data":{"verify":1},"type":"event"}`, func(ctx context.Context, v *verifier, r *testChannel) (string, error) {
			result, err := v.push(ctx, object{"channel": r.channel})
			if err != nil || strings.HasPrefix(result, "failed") {
				return result, err
			}
			return r.b.publications(ctx, r.channel, 1)
		}),
		refusedSubscription("unknown", "a channel without a declared namespace is refused", "refused with 102", func(*verifier) string { return "nowhere-" + "verify:1" }),
		refusedSubscription("otherUser", "the personal channel of another user is refused", "refused with 103", func(*verifier) string { return "user:AAAAAAAAAAAAAAAAAAAA" }),
	}
}

func recovery(ctx context.Context, v *verifier, r *testChannel) (string, error) {
	if err := r.a.publishAndWait(ctx, r.channel, 1, 1); err != nil {
		return "", err
	}
	if _, err := r.b.publications(ctx, r.channel, 1); err != nil {
		return "", err
	}
	_ = r.b.conn.CloseNow() // like a network failure
	if err := r.a.publishAndWait(ctx, r.channel, 2, 3); err != nil {
		return "", err
	}
	back, err := v.dialChannels(ctx, v.other())
	if err != nil {
		return "", err
	}
	r.b = back
	s, err := back.subscribe(ctx, object{"channel": r.channel, "recover": true, "offset": 1, "epoch": r.start.Epoch})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("recovered %t: %s", s.Recovered, formatted(s.Publications)), nil
}

func joinAndLeave(ctx context.Context, _ *verifier, r *testChannel) (string, error) {
	of := func(m *centrifuge.Member) bool { return m != nil && m.Info.Client == r.b.id }
	if _, err := r.a.waitForPush(ctx, r.channel, func(p centrifuge.Push) bool { return of(p.Join) }); err != nil {
		return "no join", err
	}
	if _, err := r.b.command(ctx, "unsubscribe", object{"channel": r.channel}); err != nil {
		return "", err
	}
	if _, err := r.a.waitForPush(ctx, r.channel, func(p centrifuge.Push) bool { return of(p.Leave) }); err != nil {
		return "join, no leave", err
	}
	return "join, leave", nil
}

// refusedSubscription returns the check of a subscription that must be refused.
func refusedSubscription(name, description, want string, channel func(v *verifier) string) check {
	return check{
		area: "channels", name: name, description: description, want: want, skip: withChannels,
		run: func(ctx context.Context, v *verifier) (string, error) {
			s, err := v.dialChannels(ctx, v.firstUser)
			if err != nil {
				return "", err
			}
			defer s.close()
			_, err = s.subscribe(ctx, object{"channel": channel(v)})
			var refused *refusedError
			if errors.As(err, &refused) {
				return fmt.Sprintf("refused with %d", refused.code), nil
			}
			return "accepted", err
		},
	}
}

// deleteChannel deletes the items of a channel from the table of channels. The items of subscribers
// disappear when the connections end.
func (v *verifier) deleteChannel(ctx context.Context, channel string) error {
	table := v.outputs["channelTableName"]
	epochs, err := v.queryItems(ctx, "stream/"+channel, "epoch")
	if err != nil {
		return err
	}
	partitions := []string{"stream/" + channel}
	for _, item := range epochs {
		partitions = append(partitions, "batch/"+item["epoch"]["S"]+"/"+channel)
	}
	for _, partition := range partitions {
		items, err := v.queryItems(ctx, partition, "#item")
		if err != nil {
			return err
		}
		for keys := range slices.Chunk(items, 25) { // the limit of a batch
			var requests []object
			for _, key := range keys {
				key = map[string]map[string]string{"item": key["item"], "partition": {"S": partition}}
				requests = append(requests, object{"DeleteRequest": object{"Key": key}})
			}
			text, err := json.Marshal(object{table: requests})
			if err != nil {
				return err
			}
			out, err := v.aws(ctx, "dynamodb", "batch-write-item", "--request-items", string(text), "--output", "json")
			if err != nil {
				return err
			}
			var answer struct{ UnprocessedItems map[string]any }
			if strings.TrimSpace(out) == "" { // version 1 of the AWS CLI prints nothing for an empty answer
				continue
			}
			if err := decode(out, &answer); err != nil || len(answer.UnprocessedItems) > 0 {
				return errors.Join(err, errors.New("DynamoDB did not delete all items"))
			}
		}
	}
	return nil
}

// queryItems returns an attribute of the items of a partition.
func (v *verifier) queryItems(ctx context.Context, partition, attribute string) ([]map[string]map[string]string, error) {
	values, err := json.Marshal(object{":p": object{"S": partition}})
	if err != nil {
		return nil, err
	}
	args := []string{
		"dynamodb", "query", "--table-name", v.outputs["channelTableName"], "--key-condition-expression", "#partition = :p",
		"--expression-attribute-values", string(values), "--projection-expression", attribute, "--output", "json",
	}
	aliases := `{"#partition":"partition"}`
	if attribute == "#item" {
		aliases = `{"#partition":"partition","#item":"item"}`
	}
	out, err := v.aws(ctx, append(args, "--expression-attribute-names", aliases)...)
	if err != nil {
		return nil, err
	}
	var answer struct {
		Items []map[string]map[string]string
	}
	return answer.Items, decode(out, &answer)
}
