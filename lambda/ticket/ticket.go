// Package ticket stores tickets in a DynamoDB table until they are used.
//
// The table's key is ticketHash. DynamoDB removes the row of an unused ticket some time
// after expiresAt, perhaps hours later, so callers of TakeTicket must check the time.
package ticket

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"sallyport/lambda/attribute"
	"sallyport/lambda/handler"
	"sallyport/lambda/identity"
)

// The attributes of a row.
const (
	attrHash         = "ticketHash"
	attrUserID       = "userId"       // issuer and subject
	attrUser         = "user"         // the name
	attrOrigin       = "origin"       // empty: none
	attrTokenExpires = "tokenExpires" // Unix seconds
	attrExpiresAt    = "expiresAt"    // Unix seconds, as DynamoDB requires for a TTL
	attrClaims       = "claims"       // missing: no claims
)

// Config names the table.
type Config struct {
	AWS   aws.Config
	Table string
}

// Store is the table of tickets. It is safe for concurrent use.
type Store struct {
	client *dynamodb.Client
	table  string
}

var _ handler.Tickets = (*Store)(nil)

// New returns a Store. It sends no requests.
func New(c Config) *Store {
	return &Store{client: dynamodb.NewFromConfig(c.AWS), table: c.Table}
}

// PutTicket stores a ticket by the hash of its value. Its times are stored in seconds.
func (s *Store) PutTicket(ctx context.Context, hash string, t handler.Ticket) error {
	row := attribute.Map{
		attrHash:         attribute.Text(hash),
		attrUserID:       attribute.Text(t.User.ID()),
		attrUser:         attribute.Text(t.User.Name),
		attrOrigin:       attribute.Text(t.Origin),
		attrTokenExpires: attribute.Number(t.TokenExpires.Unix()),
		attrExpiresAt:    attribute.Number(t.ExpiresAt.Unix()),
	}
	if t.User.Claims != "" {
		row[attrClaims] = attribute.Text(t.User.Claims)
	}
	if _, err := s.client.PutItem(ctx, &dynamodb.PutItemInput{TableName: &s.table, Item: row}); err != nil {
		return fmt.Errorf("put ticket: %w", err)
	}
	return nil
}

// TakeTicket returns a ticket and deletes it, atomically. Of several calls for the same
// ticket, one returns it, and the others return handler.ErrNoTicket.
//
// If DynamoDB's answer is lost, the request is repeated and finds no ticket. The client
// is then refused and needs another ticket. Otherwise, two clients could use one
// ticket.
func (s *Store) TakeTicket(ctx context.Context, hash string) (handler.Ticket, error) {
	out, err := s.client.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName:           &s.table,
		Key:                 attribute.Map{attrHash: attribute.Text(hash)},
		ConditionExpression: aws.String("attribute_exists(" + attrHash + ")"),
		ReturnValues:        types.ReturnValueAllOld,
	})
	switch {
	case attribute.ConditionFailed(err):
		return handler.Ticket{}, handler.ErrNoTicket
	case err != nil:
		return handler.Ticket{}, fmt.Errorf("take ticket: %w", err)
	}
	t, err := read(out.Attributes)
	if err != nil {
		return handler.Ticket{}, fmt.Errorf("take ticket: %w", err)
	}
	return t, nil
}

// read returns the ticket of a row. It returns an error if an attribute is missing or
// invalid, as in a row of an older version.
func read(row attribute.Map) (handler.Ticket, error) {
	t := handler.Ticket{
		Origin:       row.Text(attrOrigin),
		TokenExpires: time.Unix(row.Integer(attrTokenExpires), 0),
		ExpiresAt:    time.Unix(row.Integer(attrExpiresAt), 0),
	}
	var known bool
	t.User, known = identity.Parse(row.Text(attrUserID), row.Text(attrUser))
	t.User.Claims = row.Text(attrClaims)
	_, hasOrigin := row[attrOrigin].(*types.AttributeValueMemberS)
	if !known || t.User.Name == "" || !hasOrigin || t.TokenExpires.Unix() == 0 || t.ExpiresAt.Unix() == 0 {
		return handler.Ticket{}, errors.New("the row is not a complete ticket")
	}
	return t, nil
}
