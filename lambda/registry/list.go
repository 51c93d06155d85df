package registry

import (
	"context"
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
	return r.query(ctx, r.config.UserIndex, attrUser, name)
}

// ByUser lists the connections of the user with an ID, the oldest first. The index follows
// Put and Delete with a short delay.
func (r *Registry) ByUser(ctx context.Context, userID string) iter.Seq2[handler.Connection, error] {
	return r.query(ctx, r.config.UserIDIndex, attrUserID, userID)
}

// query lists the connections whose attribute key has a value. index is the name of the
// index by this attribute.
func (r *Registry) query(ctx context.Context, index, key, value string) iter.Seq2[handler.Connection, error] {
	pages := dynamodb.NewQueryPaginator(r.client, &dynamodb.QueryInput{
		TableName:                 &r.config.Table,
		IndexName:                 &index,
		KeyConditionExpression:    aws.String("#u = :u"),
		ProjectionExpression:      aws.String(listed),
		ExpressionAttributeNames:  map[string]string{"#u": key},
		ExpressionAttributeValues: attribute.Map{":u": attribute.Text(value)},
		ScanIndexForward:          aws.Bool(true),
	})
	next := func() ([]map[string]types.AttributeValue, error) {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list connections of user %q: %w", value, err)
		}
		return page.Items, nil
	}
	return list(pages.HasMorePages, next)
}

// listed are the attributes that lists read.
const listed = attrID + ", " + attrConnectedAt + ", " + attrProtocol

// All lists all connections, unsorted. It reads the whole table.
func (r *Registry) All(ctx context.Context) iter.Seq2[handler.Connection, error] {
	return r.scan(ctx, &dynamodb.ScanInput{})
}

// Expired lists the connections whose AuthorizedUntil, in seconds, is before
// t or is missing. It also lists those that an older version recorded without the ID
// of their user, because no query finds them when their user signs out. It reads the
// whole table, eventually consistent: the list may have a connection that was just
// extended.
func (r *Registry) Expired(ctx context.Context, t time.Time) iter.Seq2[handler.Connection, error] {
	return r.scan(ctx, &dynamodb.ScanInput{
		FilterExpression:          aws.String(attrAuthorizedUntil + " < :t OR attribute_not_exists(" + attrAuthorizedUntil + ") OR attribute_not_exists(" + attrUserID + ")"),
		ExpressionAttributeValues: attribute.Map{":t": attribute.Number(t.Unix())},
	})
}

// scan lists the connections of the rows that match the filter of in.
func (r *Registry) scan(ctx context.Context, in *dynamodb.ScanInput) iter.Seq2[handler.Connection, error] {
	in.TableName, in.ProjectionExpression = &r.config.Table, aws.String(listed)
	pages := dynamodb.NewScanPaginator(r.client, in)
	next := func() ([]map[string]types.AttributeValue, error) {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list connections: %w", err)
		}
		return page.Items, nil
	}
	return list(pages.HasMorePages, next)
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
				c := handler.Connection{ID: i.Text(attrID), ConnectedAt: time.UnixMilli(i.Integer(attrConnectedAt)), Protocol: i.Text(attrProtocol)}
				if !yield(c, nil) {
					return
				}
			}
		}
	}
}
