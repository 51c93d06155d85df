package registry

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"sallyport/lambda/handler"
)

// ByUser lists the ids of a user's connections, the oldest first. A connection
// shows up, and goes, a moment after its Put and Delete.
func (r *Registry) ByUser(ctx context.Context, user string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for c, err := range r.OfUser(ctx, user) {
			if !yield(c.ID, err) {
				return
			}
		}
	}
}

// OfUser lists a user's connections, the oldest first, with ID, User and
// ConnectedAt. A connection shows up, and goes, a moment after its Put and
// Delete.
func (r *Registry) OfUser(ctx context.Context, user string) iter.Seq2[handler.Connection, error] {
	pages := dynamodb.NewQueryPaginator(r.client, &dynamodb.QueryInput{
		TableName:                 &r.config.Table,
		IndexName:                 &r.config.UserIndex,
		KeyConditionExpression:    aws.String("#u = :u"),
		ProjectionExpression:      aws.String(attrID + ", " + attrConnectedAt),
		ExpressionAttributeNames:  map[string]string{"#u": attrUser},
		ExpressionAttributeValues: row{":u": text(user)},
		ScanIndexForward:          aws.Bool(true),
	})
	next := func() ([]map[string]types.AttributeValue, error) {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list connections of user %q: %w", user, err)
		}
		return page.Items, nil
	}
	return list(pages.HasMorePages, next, func(i row) handler.Connection {
		return handler.Connection{ID: i.text(attrID), User: user, ConnectedAt: time.UnixMilli(i.integer(attrConnectedAt))}
	})
}

// All lists the ids of all connections, in no order. It reads the whole table.
func (r *Registry) All(ctx context.Context) iter.Seq2[string, error] {
	return r.scan(ctx, &dynamodb.ScanInput{})
}

// Expired lists the ids of the connections whose AuthorizedUntil is before t,
// in seconds, or is not recorded. It reads the whole table, as it was a moment
// ago: one that was extended since may be in the list.
func (r *Registry) Expired(ctx context.Context, t time.Time) iter.Seq2[string, error] {
	return r.scan(ctx, &dynamodb.ScanInput{
		FilterExpression:          aws.String(attrAuthorizedUntil + " < :t OR attribute_not_exists(" + attrAuthorizedUntil + ")"),
		ExpressionAttributeValues: row{":t": number(t.Unix())},
	})
}

// scan lists the ids of the rows that pass the filter of in.
func (r *Registry) scan(ctx context.Context, in *dynamodb.ScanInput) iter.Seq2[string, error] {
	in.TableName, in.ProjectionExpression = &r.config.Table, aws.String(attrID)
	pages := dynamodb.NewScanPaginator(r.client, in)
	next := func() ([]map[string]types.AttributeValue, error) {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list connections: %w", err)
		}
		return page.Items, nil
	}
	return list(pages.HasMorePages, next, func(i row) string { return i.text(attrID) })
}

// list yields what read makes of the rows, one page after the other. A page is
// as large as DynamoDB makes it, which reads 1 MB for each: some thousand rows.
func list[T any](more func() bool, next func() ([]map[string]types.AttributeValue, error), read func(row) T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for more() {
			items, err := next()
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, item := range items {
				if !yield(read(item), nil) {
					return
				}
			}
		}
	}
}
