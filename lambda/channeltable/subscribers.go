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

// notLater is the condition that no later command wrote an item. Items of older versions have
// no command.
const notLater = "attribute_not_exists(#command) OR #command <= :command"

// Join writes a subscription that is Joining. The item by connection comes first, so that
// OfConnection lists every subscription that exists.
func (t *Table) Join(ctx context.Context, s channel.Subscriber) (channel.Subscriber, bool, error) {
	values := attribute.Map{
		":shard": attribute.Number(s.Shard), ":token": attribute.Text(s.Token), ":user": attribute.Text(s.User),
		":expires": attribute.Number(s.ExpiresAt.Unix()), ":command": attribute.Number(uint64(s.Command)),
	}
	listed, ok, err := t.change(ctx, connectionKey(s.ConnectionID, s.Channel),
		"SET #shard = if_not_exists(#shard, :shard), #subscription = :token, #userName = :user, #expiresAt = :expires, #command = :command", notLater, values, types.ReturnValueAllNew)
	switch {
	case err != nil:
		return s, false, err
	case !ok:
		return s, false, channel.ErrLate
	}
	s.Shard = int(listed.Integer(attrShard))
	out, err := t.client.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: &t.table, Item: subscriberItem(s), ReturnValues: types.ReturnValueAllOld,
		ConditionExpression: aws.String(notLater), ExpressionAttributeNames: aliases(notLater), ExpressionAttributeValues: attribute.Map{":command": values[":command"]},
	})
	switch {
	case attribute.ConditionFailed(err):
		return s, false, channel.ErrLate
	case err != nil:
		return s, false, fmt.Errorf("subscribe connection %q to channel %q: %w", s.ConnectionID, s.Channel, err)
	}
	// A request that the SDK repeats finds the item of its first attempt.
	old := attribute.Map(out.Attributes)
	return s, t.isLive(old) && old.Text(attrToken) != s.Token, nil
}

func subscriberItem(s channel.Subscriber) attribute.Map {
	item := subscriberKey(s)
	item[attrToken], item[attrUser], item[attrExpiresAt] = attribute.Text(s.Token), attribute.Text(s.User), attribute.Number(s.ExpiresAt.Unix())
	item[attrState], item[attrJoinUntil], item[attrUserID] = attribute.Text(string(channel.Joining)), attribute.Number(s.JoinUntil.UnixMilli()), attribute.Text(s.UserID)
	item[attrCommand] = attribute.Number(uint64(s.Command))
	if s.JoinLeave {
		item[attrJoinLeave] = &types.AttributeValueMemberBOOL{Value: true}
	}
	if s.Own {
		item[attrOwn] = &types.AttributeValueMemberBOOL{Value: true}
	}
	return item
}

// isLive reports whether an item exists and has not expired.
func (t *Table) isLive(item attribute.Map) bool {
	return item != nil && item.Integer(attrExpiresAt) > t.now().Unix()
}

// Activate makes a subscription Active that is Joining, unless it missed something.
func (t *Table) Activate(ctx context.Context, s channel.Subscriber) (bool, error) {
	ok, err := t.update(ctx, subscriberKey(s), "SET #state = :active", "#subscription = :token AND #state = :joining AND attribute_not_exists(#missed)",
		attribute.Map{":token": attribute.Text(s.Token), ":joining": attribute.Text(string(channel.Joining)), ":active": attribute.Text(string(channel.Active))})
	if err != nil || ok {
		return ok, err
	}
	missed, err := t.update(ctx, subscriberKey(s), "REMOVE #missed", "#subscription = :token AND #state = :joining AND attribute_exists(#missed)",
		attribute.Map{":token": attribute.Text(s.Token), ":joining": attribute.Text(string(channel.Joining))})
	return !missed, err
}

// NoteMissed notes that a subscription that is Joining missed a publication.
func (t *Table) NoteMissed(ctx context.Context, s channel.Subscriber) (channel.Missed, error) {
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

// End ends a subscription unless a later command made it. The items expire, and keep the
// command. The item by connection goes last, as in Forget.
func (t *Table) End(ctx context.Context, connectionID string, s channel.Subscription, command uint32) (channel.Subscriber, bool, error) {
	expire := func(k attribute.Map) (attribute.Map, error) {
		old, _, err := t.change(ctx, k, "SET #expiresAt = :past, #command = :command", notLater, t.ended(command), types.ReturnValueAllOld)
		return old, err
	}
	old, err := expire(key(shardPartition(s.Channel, s.Shard), connectionID))
	if err != nil {
		return channel.Subscriber{}, false, err
	}
	_, err = expire(connectionKey(connectionID, s.Channel))
	if err != nil || !t.isLive(old) {
		return channel.Subscriber{}, false, err
	}
	return readSubscriber(s.Channel, s.Shard, old), true, nil
}

// EndUnlisted writes an item by connection that has expired.
func (t *Table) EndUnlisted(ctx context.Context, connectionID, name string, command uint32) (bool, error) {
	values := t.ended(command)
	values[":now"] = attribute.Number(t.now().Unix())
	return t.update(ctx, connectionKey(connectionID, name), "SET #expiresAt = :past, #command = :command", "attribute_not_exists(#partition) OR #expiresAt <= :now AND ("+notLater+")", values)
}

// ended returns the values of an expression that ends a subscription.
func (t *Table) ended(command uint32) attribute.Map {
	return attribute.Map{":past": attribute.Number(t.now().Add(-time.Minute).Unix()), ":command": attribute.Number(uint64(command))}
}

// maxDeletes is the largest number of deletions of a request.
const maxDeletes = 25

// Remove deletes the subscriptions of a connection, apart from the items by connection.
func (t *Table) Remove(ctx context.Context, connectionID string, all []channel.Subscription) error {
	return t.removeAll(ctx, connectionID, all, func(s channel.Subscription) attribute.Map {
		return key(shardPartition(s.Channel, s.Shard), connectionID)
	})
}

// Forget deletes the items by connection. They go last, so that a failure leaves no
// subscription that OfConnection does not list.
func (t *Table) Forget(ctx context.Context, connectionID string, all []channel.Subscription) error {
	return t.removeAll(ctx, connectionID, all, func(s channel.Subscription) attribute.Map {
		return connectionKey(connectionID, s.Channel)
	})
}

// removeAll deletes an item of each subscription.
func (t *Table) removeAll(ctx context.Context, connectionID string, all []channel.Subscription, keyOf func(channel.Subscription) attribute.Map) error {
	requests := make([]types.WriteRequest, 0, len(all))
	for _, s := range all {
		requests = append(requests, types.WriteRequest{DeleteRequest: &types.DeleteRequest{Key: keyOf(s)}})
	}
	for chunk := range slices.Chunk(requests, maxDeletes) {
		if err := t.writeAll(ctx, chunk); err != nil {
			return fmt.Errorf("remove subscriptions of connection %q: %w", connectionID, err)
		}
	}
	return nil
}

// writeAll sends requests. DynamoDB may leave some of them, and writeAll then sends them again.
func (t *Table) writeAll(ctx context.Context, requests []types.WriteRequest) error {
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

// Get returns a subscription. It returns false if there is none.
func (t *Table) Get(ctx context.Context, name string, shard int, connectionID string) (channel.Subscriber, bool, error) {
	item, err := t.get(ctx, key(shardPartition(name, shard), connectionID))
	if err != nil || !t.isLive(item) {
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
		JoinUntil: time.UnixMilli(item.Integer(attrJoinUntil)), ExpiresAt: time.Unix(item.Integer(attrExpiresAt), 0),
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
		all = append(all, channel.Subscription{Channel: item.Text(attrItem), Shard: int(item.Integer(attrShard)), Token: item.Text(attrToken), User: item.Text(attrUser)})
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
