package registry

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"sallyport/lambda/attribute"
	"sallyport/lambda/handler"
)

// ByName lists the connections of all users with a name, the oldest first. The index
// follows Put and Delete with a short delay.
func (r *Registry) ByName(ctx context.Context, name string) iter.Seq2[handler.Connection, error] {
	return r.byAttribute(ctx, r.config.UserIndex, attrUser, name)
}

// ByUser lists the connections of the user with an ID, the oldest first. The index follows
// Put and Delete with a short delay.
func (r *Registry) ByUser(ctx context.Context, userID string) iter.Seq2[handler.Connection, error] {
	return r.byAttribute(ctx, r.config.UserIDIndex, attrUserID, userID)
}

// byAttribute lists the connections whose attribute key has a value. index is the name of the
// index by this attribute.
func (r *Registry) byAttribute(ctx context.Context, index, key, value string) iter.Seq2[handler.Connection, error] {
	return r.query(ctx, fmt.Sprintf("list connections of user %q", value), &dynamodb.QueryInput{
		IndexName:                 &index,
		KeyConditionExpression:    aws.String("#u = :u"),
		ProjectionExpression:      aws.String(listedAttributes),
		ExpressionAttributeNames:  map[string]string{"#u": key},
		ExpressionAttributeValues: attribute.Map{":u": attribute.Text(value)},
		ScanIndexForward:          aws.Bool(true),
	})
}

// query lists the connections of the rows that the query in finds. Its errors begin with action.
func (r *Registry) query(ctx context.Context, action string, in *dynamodb.QueryInput) iter.Seq2[handler.Connection, error] {
	in.TableName = &r.config.Table
	pages := dynamodb.NewQueryPaginator(r.client, in)
	next := func() ([]map[string]types.AttributeValue, error) {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", action, err)
		}
		return page.Items, nil
	}
	return list(pages.HasMorePages, next)
}

// listedAttributes are the attributes that lists read.
const listedAttributes = attrID + ", " + attrConnectedAt + ", " + attrProtocol + ", " + attrTrace

// All lists all connections, unsorted. It reads the whole table.
func (r *Registry) All(ctx context.Context) iter.Seq2[handler.Connection, error] {
	pages := dynamodb.NewScanPaginator(r.client, &dynamodb.ScanInput{TableName: &r.config.Table, ProjectionExpression: aws.String(listedAttributes)})
	next := func() ([]map[string]types.AttributeValue, error) {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list connections: %w", err)
		}
		return page.Items, nil
	}
	return list(pages.HasMorePages, next)
}

// Expired lists the connections whose AuthorizedUntil, in seconds, is before t. Only the ID of
// each is set. The index follows Put, Extend and Delete with a short delay, so the list may have
// a connection that was just extended.
//
// It does not list connections that a version without the index recorded. They end with their
// next message, or when API Gateway ends them after two hours.
func (r *Registry) Expired(ctx context.Context, t time.Time) iter.Seq2[handler.Connection, error] {
	return func(yield func(handler.Connection, error) bool) {
		if r.config.ExpiryIndex == "" {
			yield(handler.Connection{}, errors.New("list expired connections: the table has no index by expiry"))
			return
		}
		for shard := range int64(expiryShards) {
			expired := r.query(ctx, "list expired connections", &dynamodb.QueryInput{
				IndexName:                 &r.config.ExpiryIndex,
				KeyConditionExpression:    aws.String(attrExpiryShard + " = :s AND " + attrAuthorizedUntil + " < :t"),
				ProjectionExpression:      aws.String(attrID),
				ExpressionAttributeValues: attribute.Map{":s": attribute.Number(shard), ":t": attribute.Number(t.Unix())},
			})
			for c, err := range expired {
				if !yield(c, err) || err != nil {
					return
				}
			}
		}
	}
}

// list yields the connections of the rows, page by page. DynamoDB reads 1 MB for a page,
// which is several thousand rows.
func list(more func() bool, next func() ([]map[string]types.AttributeValue, error)) iter.Seq2[handler.Connection, error] {
	return func(yield func(handler.Connection, error) bool) {
		for more() {
			items, err := next()
			if err != nil {
				yield(handler.Connection{}, err)
				return
			}
			for _, item := range items {
				i := attribute.Map(item)
				c := handler.Connection{ID: i.Text(attrID), ConnectedAt: time.UnixMilli(i.Integer(attrConnectedAt)), Protocol: i.Text(attrProtocol), Trace: i.Text(attrTrace)}
				if !yield(c, nil) {
					return
				}
			}
		}
	}
}
