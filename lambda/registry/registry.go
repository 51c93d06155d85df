// Package registry stores the open connections in a DynamoDB table.
//
// The table's key is connectionId. It has two indexes, by userId and connectedAt and
// by user and connectedAt, which hold the keys, the protocol and the trace. A third index, by expiryShard
// and authorizedUntil, holds the keys of the connections that can outlive their authorization.
// DynamoDB removes a row some time after expiresAt, if the event $disconnect was lost. Only Put
// creates a row, so a late update cannot restore a connection that has ended.
package registry

import (
	"context"
	"fmt"
	"hash/fnv"
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
	attrTrace           = "trace"           // missing: an older version opened the connection
	attrExpiryShard     = "expiryShard"     // 0 to expiryShards - 1; missing: the connection ends before its authorization does
)

// expiryShards is the number of partitions of the index by expiry. DynamoDB accepts 1,000 writes
// a second for a partition. API Gateway opens 500 connections a second in an account. Each of
// them is written and deleted, and a refresh counts twice. That makes some 2,000 writes a
// second, a quarter of the limit of eight partitions. A time in the partition key would not
// help, because tokens of the same lifetime would all have the same time.
//
// A connection costs two writes for this index. A scan of the table every five minutes costs an
// eighth of that (see infra/cost), but its duration grows with the number of connections. With
// some 300,000, it does not end within the default timeout of the function, and the sweep
// would never reach the others.
const expiryShards = 8

// Config names the table.
type Config struct {
	AWS         aws.Config
	Table       string
	UserIndex   string // by the user's name
	UserIDIndex string
	ExpiryIndex string // may be empty if Expired is not called
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
	if c.Trace != "" {
		item[attrTrace] = attribute.Text(c.Trace)
	}
	if c.AuthorizedUntil.Before(c.ExpiresAt) {
		item[attrExpiryShard] = attribute.Number(expiryShard(c.ID))
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

// expiryShard returns the partition of a connection in the index by expiry.
func expiryShard(id string) int64 {
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(id))
	return int64(sum.Sum32() % expiryShards)
}

func key(id string) attribute.Map {
	return attribute.Map{attrID: attribute.Text(id)}
}
