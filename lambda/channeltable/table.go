// Package channeltable keeps the streams and subscribers of channels in a DynamoDB table.
//
// The table has these items. Names of channels have no characters that are in conflict
// with the separators.
//
//	partition              item         meaning
//	stream/CHANNEL         stream       epoch, top, number of shards
//	batch/EPOCH/CHANNEL    OFFSET       publications from an offset on
//	shard/N/CHANNEL        CONNECTION   a subscriber
//	connection/CONNECTION  CHANNEL      the shard of a subscription
//	connection/CONNECTION  #NAMESPACE   publications of the last minutes
//
// A partition of DynamoDB takes 1,000 writes a second
// (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html).
// The subscribers and the batches of a channel are therefore in partitions of their own.
// Nothing needs a transaction: package channel describes the order of the writes.
//
// DynamoDB deletes an item some time after expiresAt. Every read of streams and subscribers
// ignores expired items.
package channeltable

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"sallyport/lambda/attribute"
	"sallyport/lambda/channel"
)

// The attributes of the items.
const (
	attrPartition = "partition"
	attrItem      = "item"
	attrExpiresAt = "expiresAt" // Unix seconds, as DynamoDB wants it

	attrEpoch        = "epoch"
	attrTop          = "top"
	attrShards       = "shards"
	attrNewest       = "newest"       // a JSON array
	attrPublications = "publications" // a JSON array
	attrShard        = "shard"
	attrToken        = "subscription"
	attrCommand      = "command"
	attrState        = "state"
	attrMissed       = "missed" // present: a publication was missed while joining
	attrUserID       = "userId"
	attrUser         = "userName"
	attrJoinLeave    = "joinLeave"
	attrOwn          = "own"
	attrJoinUntil    = "joinUntil" // Unix milliseconds
)

// Config names the table.
type Config struct {
	AWS   aws.Config
	Table string
	Now   func() time.Time // nil: time.Now
}

// Table is the table of channels. It is safe for concurrent use.
type Table struct {
	client *dynamodb.Client
	table  string
	now    func() time.Time
}

var (
	_ channel.Streams     = (*Table)(nil)
	_ channel.Subscribers = (*Table)(nil)
)

// New returns a Table. It sends no requests.
func New(c Config) *Table {
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Table{client: dynamodb.NewFromConfig(c.AWS), table: c.Table, now: c.Now}
}

func key(partition, item string) attribute.Map {
	return attribute.Map{attrPartition: attribute.Text(partition), attrItem: attribute.Text(item)}
}

// get returns an item, or nil if there is none. The read is strongly consistent.
func (t *Table) get(ctx context.Context, k attribute.Map) (attribute.Map, error) {
	out, err := t.client.GetItem(ctx, &dynamodb.GetItemInput{TableName: &t.table, Key: k, ConsistentRead: aws.Bool(true)})
	if err != nil {
		return nil, fmt.Errorf("get %s: %w", k.Text(attrPartition), err)
	}
	return out.Item, nil
}

// update changes an item. It returns false if condition does not hold.
func (t *Table) update(ctx context.Context, k attribute.Map, expression, condition string, values attribute.Map) (bool, error) {
	_, ok, err := t.change(ctx, k, expression, condition, values, types.ReturnValueNone)
	return ok, err
}

// change changes an item as update does. It also returns the item before or after the change. which
// selects one of them.
func (t *Table) change(ctx context.Context, k attribute.Map, expression, condition string, values attribute.Map, which types.ReturnValue) (attribute.Map, bool, error) {
	out, err := t.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &t.table, Key: k, UpdateExpression: &expression, ConditionExpression: &condition,
		ExpressionAttributeNames: aliases(expression + " " + condition), ExpressionAttributeValues: values,
		ReturnValues: which,
	})
	switch {
	case attribute.ConditionFailed(err):
		return nil, false, nil
	case err != nil:
		return nil, false, fmt.Errorf("update %s: %w", k.Text(attrPartition), err)
	}
	return out.Attributes, true, nil
}

// aliases returns the name of each alias in an expression. Some names are words that
// DynamoDB reserves, so expressions write every name as #name.
func aliases(expression string) map[string]string {
	names := map[string]string{}
	for i := 0; i < len(expression); i++ {
		if expression[i] != '#' {
			continue
		}
		end := i + 1
		for end < len(expression) && (expression[end]|0x20 >= 'a' && expression[end]|0x20 <= 'z') {
			end++
		}
		names[expression[i:end]] = expression[i+1 : end]
		i = end - 1
	}
	return names
}

// query lists the items of a partition that fulfil condition, page by page.
func (t *Table) query(ctx context.Context, condition, filter string, values attribute.Map, descending bool) func(yield func(attribute.Map, error) bool) {
	in := &dynamodb.QueryInput{
		TableName: &t.table, ConsistentRead: aws.Bool(true), ScanIndexForward: aws.Bool(!descending),
		KeyConditionExpression: &condition, ExpressionAttributeNames: aliases(condition + " " + filter), ExpressionAttributeValues: values,
	}
	if filter != "" {
		in.FilterExpression = &filter
	}
	pages := dynamodb.NewQueryPaginator(t.client, in)
	return func(yield func(attribute.Map, error) bool) {
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(nil, fmt.Errorf("query %s: %w", values.Text(":partition"), err))
				return
			}
			for _, item := range page.Items {
				if !yield(item, nil) {
					return
				}
			}
		}
	}
}
