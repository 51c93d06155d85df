// Package registry stores the open connections in a DynamoDB table.
//
// The table's key is connectionId. It has two indexes, by userId and connectedAt and
// by user and connectedAt, which hold the keys only. DynamoDB removes a row some time
// after expiresAt, if the event $disconnect was lost. Only Put creates a row, so a late
// update cannot restore a connection that has ended.
package registry

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"sallyport/lambda/handler"
)

// The attributes of a row.
const (
	attrID              = "connectionId"
	attrUserID          = "userId"          // issuer and subject
	attrUser            = "user"            // the name; a reserved word: expressions need an alias
	attrConnectedAt     = "connectedAt"     // Unix milliseconds
	attrAuthorizedUntil = "authorizedUntil" // Unix seconds
	attrExpiresAt       = "expiresAt"       // Unix seconds, as DynamoDB requires for a TTL
	attrProtocol        = "protocol"        // missing: that of plain routes
)

// Config names the table.
type Config struct {
	AWS         aws.Config
	Table       string
	UserIndex   string // by the user's name
	UserIDIndex string
}

// Registry is the table of connections. It is safe for concurrent use.
type Registry struct {
	client *dynamodb.Client
	config Config
}

var _ handler.ConnectionStore = (*Registry)(nil)

// row is a row of the table, or the requested attributes of it.
type row map[string]types.AttributeValue

// New returns a Registry. It sends no requests.
func New(c Config) *Registry {
	return &Registry{client: dynamodb.NewFromConfig(c.AWS), config: c}
}

// Put records a connection. It replaces a row with the same ID.
func (r *Registry) Put(ctx context.Context, c handler.Connection) error {
	item := row{
		attrID:              text(c.ID),
		attrUserID:          text(c.User.ID()),
		attrUser:            text(c.User.Name),
		attrConnectedAt:     number(c.ConnectedAt.UnixMilli()),
		attrAuthorizedUntil: number(c.AuthorizedUntil.Unix()),
		attrExpiresAt:       number(c.ExpiresAt.Unix()),
	}
	if c.Protocol != "" {
		item[attrProtocol] = text(c.Protocol)
	}
	_, err := r.client.PutItem(ctx, &dynamodb.PutItemInput{TableName: &r.config.Table, Item: item})
	if err != nil {
		return fmt.Errorf("put connection %q: %w", c.ID, err)
	}
	return nil
}

// Delete deletes the row of a connection. A missing row is not an error.
func (r *Registry) Delete(ctx context.Context, id string) error {
	_, err := r.client.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: &r.config.Table,
		Key:       key(id),
	})
	if err != nil {
		return fmt.Errorf("delete connection %q: %w", id, err)
	}
	return nil
}

// DeleteOlder deletes the row of a connection that connected before t. It reports whether
// the connection has no row afterwards.
func (r *Registry) DeleteOlder(ctx context.Context, id string, t time.Time) (bool, error) {
	_, err := r.client.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName:                 &r.config.Table,
		Key:                       key(id),
		ConditionExpression:       aws.String("attribute_not_exists(" + attrID + ") OR " + attrConnectedAt + " < :t"),
		ExpressionAttributeValues: row{":t": number(t.UnixMilli())},
	})
	switch {
	case conditionFailed(err):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("delete connection %q: %w", id, err)
	}
	return true, nil
}

func text(s string) types.AttributeValue {
	return &types.AttributeValueMemberS{Value: s}
}

func number(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

func key(id string) row {
	return row{attrID: text(id)}
}

// text returns an attribute that is a string, "" for any other.
func (r row) text(name string) string {
	v, _ := r[name].(*types.AttributeValueMemberS)
	if v == nil {
		return ""
	}
	return v.Value
}

// integer returns an attribute that is a number, 0 for any other.
func (r row) integer(name string) int64 {
	v, _ := r[name].(*types.AttributeValueMemberN)
	if v == nil {
		return 0
	}
	n, _ := strconv.ParseInt(v.Value, 10, 64) // this package wrote the number
	return n
}

// conditionFailed reports whether DynamoDB refused a request because its condition is false.
func conditionFailed(err error) bool {
	return errors.As(err, new(*types.ConditionalCheckFailedException))
}
