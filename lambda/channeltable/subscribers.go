package channeltable

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"sallyport/lambda/attribute"
	"sallyport/lambda/channel"
)

func shardPartition(name string, shard int) string {
	return "shard/" + strconv.Itoa(shard) + "/" + name
}

func subscriberKey(s channel.Subscriber) attribute.Map {
	return key(shardPartition(s.Channel, s.Shard), s.ConnectionID)
}

func connectionKey(id, item string) attribute.Map { return key("connection/"+id, item) }

// Join writes a subscription that is Joining. The item by connection comes first, so that
// OfConnection lists every subscription that exists.
func (t *Table) Join(ctx context.Context, s channel.Subscriber) error {
	byConnection := connectionKey(s.ConnectionID, s.Channel)
	byConnection[attrShard], byConnection[attrToken], byConnection[attrExpiresAt] = attribute.Number(s.Shard), attribute.Text(s.Token), attribute.Number(s.ExpiresAt.Unix())
	item := subscriberKey(s)
	item[attrToken], item[attrState], item[attrSince] = attribute.Text(s.Token), attribute.Text(string(channel.Joining)), attribute.Number(s.Since.UnixMilli())
	item[attrUserID], item[attrUser], item[attrExpiresAt] = attribute.Text(s.UserID), attribute.Text(s.User), attribute.Number(s.ExpiresAt.Unix())
	item[attrCommand] = attribute.Number(uint64(s.Command))
	if s.JoinLeave {
		item[attrJoinLeave] = &types.AttributeValueMemberBOOL{Value: true}
	}
	if s.Own {
		item[attrOwn] = &types.AttributeValueMemberBOOL{Value: true}
	}
	for _, i := range []attribute.Map{byConnection, item} {
		if _, err := t.client.PutItem(ctx, &dynamodb.PutItemInput{TableName: &t.table, Item: i}); err != nil {
			return fmt.Errorf("subscribe connection %q to channel %q: %w", s.ConnectionID, s.Channel, err)
		}
	}
	return nil
}

// Activate makes a subscription Active that is Joining, unless it missed something.
func (t *Table) Activate(ctx context.Context, s channel.Subscriber) (bool, error) {
	joining := attribute.Map{":token": attribute.Text(s.Token), ":joining": attribute.Text(string(channel.Joining))}
	forget := func() (bool, error) {
		return t.update(ctx, subscriberKey(s), "REMOVE #missed", "#subscription = :token AND #state = :joining AND attribute_exists(#missed)", joining)
	}
	ok, err := t.update(ctx, subscriberKey(s), "SET #state = :active", "#subscription = :token AND #state = :joining AND attribute_not_exists(#missed)",
		attribute.Map{":token": attribute.Text(s.Token), ":joining": attribute.Text(string(channel.Joining)), ":active": attribute.Text(string(channel.Active))})
	if err != nil || ok {
		return ok, err
	}
	missed, err := forget()
	return !missed, err
}

// Miss notes that a subscription that is Joining missed a publication.
func (t *Table) Miss(ctx context.Context, s channel.Subscriber) (channel.Missed, error) {
	ok, err := t.update(ctx, subscriberKey(s), "SET #missed = :missed", "#subscription = :token AND #state = :joining",
		attribute.Map{":token": attribute.Text(s.Token), ":joining": attribute.Text(string(channel.Joining)), ":missed": &types.AttributeValueMemberBOOL{Value: true}})
	if err != nil {
		return channel.Other, err
	}
	if ok {
		return channel.Noted, nil
	}
	now, err := t.get(ctx, subscriberKey(s))
	if err == nil && now.Text(attrToken) == s.Token && now.Text(attrState) == string(channel.Active) {
		return channel.IsActive, nil
	}
	return channel.Other, err
}

// Break makes a subscription Broken.
func (t *Table) Break(ctx context.Context, s channel.Subscriber) error {
	_, err := t.update(ctx, subscriberKey(s), "SET #state = :broken", "#subscription = :token", attribute.Map{":token": attribute.Text(s.Token), ":broken": attribute.Text(string(channel.Broken))})
	return err
}

// End ends a subscription unless it was replaced. A batch of deletions has no conditions, so
// the items expire. The item by connection goes last, as in Remove.
func (t *Table) End(ctx context.Context, s channel.Subscriber) (bool, error) {
	past := attribute.Map{":token": attribute.Text(s.Token), ":past": attribute.Number(t.now().Add(-time.Minute).Unix())}
	ended, err := t.update(ctx, subscriberKey(s), "SET #expiresAt = :past", "#subscription = :token", past)
	if err != nil {
		return false, err
	}
	_, err = t.update(ctx, connectionKey(s.ConnectionID, s.Channel), "SET #expiresAt = :past", "#subscription = :token", past)
	return ended, err
}

// maxDeletes is the largest number of deletions of a request.
const maxDeletes = 25

// Remove deletes subscriptions of a connection. The items by connection go last, so that a
// failure leaves no subscription that OfConnection does not list.
func (t *Table) Remove(ctx context.Context, connectionID string, all []channel.Subscription) error {
	var subscribers, byConnection []attribute.Map
	for _, s := range all {
		subscribers = append(subscribers, key(shardPartition(s.Channel, s.Shard), connectionID))
		byConnection = append(byConnection, connectionKey(connectionID, s.Channel))
	}
	for _, keys := range [][]attribute.Map{subscribers, byConnection} {
		for chunk := range slices.Chunk(keys, maxDeletes) {
			if err := t.deleteAll(ctx, chunk); err != nil {
				return fmt.Errorf("remove subscriptions of connection %q: %w", connectionID, err)
			}
		}
	}
	return nil
}

// deleteAll deletes items. DynamoDB may leave some of them undone: they are repeated.
func (t *Table) deleteAll(ctx context.Context, keys []attribute.Map) error {
	var requests []types.WriteRequest
	for _, k := range keys {
		requests = append(requests, types.WriteRequest{DeleteRequest: &types.DeleteRequest{Key: k}})
	}
	for wait := 20 * time.Millisecond; len(requests) > 0; wait *= 2 {
		out, err := t.client.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{t.table: requests}})
		if err != nil {
			return err
		}
		if requests = out.UnprocessedItems[t.table]; len(requests) == 0 {
			return nil
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// Get returns a subscription, false if there is none.
func (t *Table) Get(ctx context.Context, name string, shard int, connectionID string) (channel.Subscriber, bool, error) {
	item, err := t.get(ctx, key(shardPartition(name, shard), connectionID))
	if err != nil || item == nil || item.Integer(attrExpiresAt) <= t.now().Unix() {
		return channel.Subscriber{}, false, err
	}
	return readSubscriber(name, shard, item), true, nil
}

// InShard lists the subscribers of a shard.
func (t *Table) InShard(ctx context.Context, name string, shard int) iter.Seq2[channel.Subscriber, error] {
	items := t.query(ctx, "#partition = :partition", "#expiresAt > :now", attribute.Map{":partition": attribute.Text(shardPartition(name, shard)), ":now": attribute.Number(t.now().Unix())}, false)
	return func(yield func(channel.Subscriber, error) bool) {
		for item, err := range items {
			if !yield(readSubscriber(name, shard, item), err) || err != nil {
				return
			}
		}
	}
}

func readSubscriber(name string, shard int, item attribute.Map) channel.Subscriber {
	_, joinLeave := item[attrJoinLeave]
	_, own := item[attrOwn]
	return channel.Subscriber{
		Channel: name, Shard: shard, ConnectionID: item.Text(attrItem), Token: item.Text(attrToken), State: channel.State(item.Text(attrState)),
		Command: uint32(item.Integer(attrCommand)), //nolint:gosec // our own number
		UserID:  item.Text(attrUserID), User: item.Text(attrUser), JoinLeave: joinLeave, Own: own,
		Since: time.UnixMilli(item.Integer(attrSince)), ExpiresAt: time.Unix(item.Integer(attrExpiresAt), 0),
	}
}

// OfConnection returns the subscriptions of a connection. Names of channels begin with a
// letter, and other items with #. Expired items are those that End ended.
func (t *Table) OfConnection(ctx context.Context, connectionID string) ([]channel.Subscription, error) {
	var all []channel.Subscription
	for item, err := range t.query(ctx, "#partition = :partition AND #item >= :letter", "#expiresAt > :now",
		attribute.Map{":partition": attribute.Text("connection/" + connectionID), ":letter": attribute.Text("a"), ":now": attribute.Number(t.now().Unix())}, false) {
		if err != nil {
			return nil, err
		}
		all = append(all, channel.Subscription{Channel: item.Text(attrItem), Shard: int(item.Integer(attrShard))})
	}
	return all, nil
}

// Count counts one more publication of a connection in a namespace, in the minute of now.
// It returns their number in that minute.
func (t *Table) Count(ctx context.Context, connectionID, namespace string, now time.Time) (int, error) {
	minute := func(n int64) string { return "minute" + strconv.FormatInt(now.Unix()/60+n, 10) }
	out, err := t.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &t.table, Key: connectionKey(connectionID, "#"+namespace),
		UpdateExpression:          aws.String("ADD " + minute(0) + " :one REMOVE " + minute(-1) + ", " + minute(-2) + " SET " + attrExpiresAt + " = :expires"),
		ExpressionAttributeValues: attribute.Map{":one": attribute.Number(1), ":expires": attribute.Number(now.Add(3 * time.Hour).Unix())},
		ReturnValues:              types.ReturnValueUpdatedNew,
	})
	if err != nil {
		return 0, fmt.Errorf("count publication of connection %q: %w", connectionID, err)
	}
	return int(attribute.Map(out.Attributes).Integer(minute(0))), nil
}
