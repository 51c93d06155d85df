// Package registry stores the open connections in a DynamoDB table.
//
// The table's key is connectionId. It has two indexes, by userId and connectedAt and
// by user and connectedAt, which hold the keys and the protocol. DynamoDB removes a row some time
// after expiresAt, if the event $disconnect was lost. Only Put creates a row, so a late
// update cannot restore a connection that has ended.
package registry

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"sallyport/lambda/attribute"
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

// New returns a Registry. It sends no requests.
func New(c Config) *Registry {
	return &Registry{client: dynamodb.NewFromConfig(c.AWS), config: c}
}

// Put records a connection. It replaces a row with the same ID.
func (r *Registry) Put(ctx context.Context, c handler.Connection) error {
	item := attribute.Map{
		attrID:              attribute.Text(c.ID),
		attrUserID:          attribute.Text(c.User.ID()),
		attrUser:            attribute.Text(c.User.Name),
		attrConnectedAt:     attribute.Number(c.ConnectedAt.UnixMilli()),
		attrAuthorizedUntil: attribute.Number(c.AuthorizedUntil.Unix()),
		attrExpiresAt:       attribute.Number(c.ExpiresAt.Unix()),
	}
	if c.Protocol != "" {
		item[attrProtocol] = attribute.Text(c.Protocol)
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
		ExpressionAttributeValues: attribute.Map{":t": attribute.Number(t.UnixMilli())},
	})
	switch {
	case attribute.ConditionFailed(err):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("delete connection %q: %w", id, err)
	}
	return true, nil
}

func key(id string) attribute.Map {
	return attribute.Map{attrID: attribute.Text(id)}
}
