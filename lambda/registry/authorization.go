package registry

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"sallyport/lambda/attribute"
	"sallyport/lambda/handler"
	"sallyport/lambda/identity"
)

// Get returns ID, User (without its name), AuthorizedUntil, Protocol and Trace of a connection. It
// returns handler.ErrGone if the connection has no row. For a row of an older version,
// without AuthorizedUntil or without the user's ID, AuthorizedUntil is 1970.
func (r *Registry) Get(ctx context.Context, id string) (handler.Connection, error) {
	found, err := r.get(ctx, id)
	if err != nil {
		return handler.Connection{}, err
	}
	c := handler.Connection{ID: id, Protocol: found.Text(attrProtocol), Trace: found.Text(attrTrace), AuthorizedUntil: time.Unix(0, 0)}
	var known bool
	if c.User, known = identity.Parse(found.Text(attrUserID), ""); known {
		c.AuthorizedUntil = time.Unix(found.Integer(attrAuthorizedUntil), 0)
	}
	return c, nil
}

// Extend sets the time until which a user's connection may stay open, atomically. It
// keeps a time that is later. It returns handler.ErrGone if the user has no such
// connection.
func (r *Registry) Extend(ctx context.Context, id, userID string, until time.Time) error {
	_, err := r.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName:                 &r.config.Table,
		Key:                       key(id),
		UpdateExpression:          aws.String("SET " + attrAuthorizedUntil + " = :t"),
		ConditionExpression:       aws.String(attrUserID + " = :u AND (" + attrAuthorizedUntil + " <= :t OR attribute_not_exists(" + attrAuthorizedUntil + "))"),
		ExpressionAttributeValues: attribute.Map{":u": attribute.Text(userID), ":t": attribute.Number(until.Unix())},
	})
	switch {
	case attribute.ConditionFailed(err):
		return r.checkUser(ctx, id, userID)
	case err != nil:
		return fmt.Errorf("extend connection %q: %w", id, err)
	}
	return nil
}

// checkUser returns handler.ErrGone unless the user has a connection with this ID.
func (r *Registry) checkUser(ctx context.Context, id, userID string) error {
	found, err := r.get(ctx, id)
	if err == nil && (userID == "" || found.Text(attrUserID) != userID) {
		err = handler.ErrGone
	}
	return err
}

// get returns the attributes of a connection that Get needs. The read is strongly
// consistent.
func (r *Registry) get(ctx context.Context, id string) (attribute.Map, error) {
	out, err := r.client.GetItem(ctx, &dynamodb.GetItemInput{
		TableName:            &r.config.Table,
		Key:                  key(id),
		ConsistentRead:       aws.Bool(true),
		ProjectionExpression: aws.String(attrUserID + ", " + attrAuthorizedUntil + ", " + attrProtocol + ", " + attrTrace),
	})
	switch {
	case err != nil:
		return nil, fmt.Errorf("get connection %q: %w", id, err)
	case len(out.Item) == 0:
		return nil, handler.ErrGone
	}
	return out.Item, nil
}

// CountMessages counts n more messages of a connection in the minute of t. It returns the
// number of messages in that minute, or handler.ErrGone if there is no row. If DynamoDB's
// answer is lost, the request is repeated, so messages may count twice.
func (r *Registry) CountMessages(ctx context.Context, id string, n int, t time.Time) (int, error) {
	// Each minute has its own counter, which starts at 0. The counters of the two minutes
	// before are removed. An older one, of a few bytes, stays until the row is deleted.
	minute := t.Unix() / 60
	out, err := r.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName:                 &r.config.Table,
		Key:                       key(id),
		UpdateExpression:          aws.String("ADD " + counter(minute) + " :n REMOVE " + counter(minute-1) + ", " + counter(minute-2)),
		ConditionExpression:       aws.String("attribute_exists(" + attrID + ")"),
		ExpressionAttributeValues: attribute.Map{":n": attribute.Number(int64(n))},
		ReturnValues:              types.ReturnValueUpdatedNew,
	})
	switch {
	case attribute.ConditionFailed(err):
		return 0, handler.ErrGone
	case err != nil:
		return 0, fmt.Errorf("count message of connection %q: %w", id, err)
	}
	return int(attribute.Map(out.Attributes).Integer(counter(minute))), nil
}

// counter names the attribute that counts a connection's messages of a minute.
func counter(minute int64) string {
	return "messages" + strconv.FormatInt(minute, 10)
}
