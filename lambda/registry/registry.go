// Package registry keeps the open connections in a DynamoDB table.
//
// The table's key is connectionId; an index by user and connectionId holds the
// keys only. DynamoDB removes a row some time after expiresAt, for connections
// whose end nobody noticed.
package registry

import (
	"context"
	"fmt"
	"iter"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"sallyport/lambda/handler"
)

// The attributes of a row.
const (
	attrID          = "connectionId"
	attrUser        = "user"        // a reserved word: expressions need an alias
	attrConnectedAt = "connectedAt" // Unix milliseconds
	attrExpiresAt   = "expiresAt"   // Unix seconds, as DynamoDB wants it
)

// pageSize bounds how many ids are held at a time.
const pageSize = 1000

// Config names the table.
type Config struct {
	AWS       aws.Config
	Table     string
	UserIndex string
}

// Registry is the table of connections. It is safe for concurrent use.
type Registry struct {
	client *dynamodb.Client
	config Config
}

var (
	_ handler.Store  = (*Registry)(nil)
	_ handler.Finder = (*Registry)(nil)
)

// New returns a Registry. It does not talk to DynamoDB yet.
func New(c Config) *Registry {
	return &Registry{client: dynamodb.NewFromConfig(c.AWS), config: c}
}

// Put records a connection, in place of an older one of the same id.
func (r *Registry) Put(ctx context.Context, c handler.Connection) error {
	_, err := r.client.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: &r.config.Table,
		Item: map[string]types.AttributeValue{
			attrID:          text(c.ID),
			attrUser:        text(c.User),
			attrConnectedAt: number(c.ConnectedAt.UnixMilli()),
			attrExpiresAt:   number(c.ExpiresAt.Unix()),
		},
	})
	if err != nil {
		return fmt.Errorf("put connection %q: %w", c.ID, err)
	}
	return nil
}

// Delete forgets a connection. One that is not there is no error.
func (r *Registry) Delete(ctx context.Context, id string) error {
	_, err := r.client.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: &r.config.Table,
		Key:       map[string]types.AttributeValue{attrID: text(id)},
	})
	if err != nil {
		return fmt.Errorf("delete connection %q: %w", id, err)
	}
	return nil
}

// ByUser lists the ids of a user's connections, in no order. A connection
// shows up, and goes, a moment after its Put and Delete.
func (r *Registry) ByUser(ctx context.Context, user string) iter.Seq2[string, error] {
	pages := dynamodb.NewQueryPaginator(r.client, &dynamodb.QueryInput{
		TableName:                 &r.config.Table,
		IndexName:                 &r.config.UserIndex,
		KeyConditionExpression:    aws.String("#u = :u"),
		ProjectionExpression:      aws.String(attrID),
		ExpressionAttributeNames:  map[string]string{"#u": attrUser},
		ExpressionAttributeValues: map[string]types.AttributeValue{":u": text(user)},
		Limit:                     aws.Int32(pageSize),
	})
	return list(pages.HasMorePages, func() ([]map[string]types.AttributeValue, error) {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list connections of user %q: %w", user, err)
		}
		return page.Items, nil
	})
}

// All lists the ids of all connections, in no order. It reads the whole table.
func (r *Registry) All(ctx context.Context) iter.Seq2[string, error] {
	pages := dynamodb.NewScanPaginator(r.client, &dynamodb.ScanInput{
		TableName:            &r.config.Table,
		ProjectionExpression: aws.String(attrID),
		Limit:                aws.Int32(pageSize),
	})
	return list(pages.HasMorePages, func() ([]map[string]types.AttributeValue, error) {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list connections: %w", err)
		}
		return page.Items, nil
	})
}

// list yields the ids of one page after the other.
func list(more func() bool, next func() ([]map[string]types.AttributeValue, error)) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for more() {
			items, err := next()
			if err != nil {
				yield("", err)
				return
			}
			for _, item := range items {
				if id, ok := item[attrID].(*types.AttributeValueMemberS); ok && !yield(id.Value, nil) {
					return
				}
			}
		}
	}
}

func text(s string) types.AttributeValue {
	return &types.AttributeValueMemberS{Value: s}
}

func number(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}
