package infra

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/dynamodb"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// ticketHash is the key of the tickets, as the function writes them.
const ticketHash = "ticketHash"

// tickets is where tickets are kept from when they are given until they are
// used: their hashes, that is.
type tickets struct {
	pulumi.ResourceState

	Table *dynamodb.Table
}

// newTickets declares the table of tickets; it is nil without them. It is one
// of its own, so that no scan of the connections meets a ticket. A ticket is
// gone when it is used; what nobody uses, DynamoDB deletes some time after it
// has expired. Nothing here is worth a backup.
func newTickets(ctx *pulumi.Context, s stack) (*tickets, error) {
	if !s.Tickets {
		return nil, nil //nolint:nilnil // nothing to declare is no error
	}
	c := &tickets{}
	if err := component(ctx, c, "Tickets", "tickets"); err != nil {
		return nil, err
	}
	table, err := dynamodb.NewTable(ctx, "tickets", &dynamodb.TableArgs{
		BillingMode: pulumi.String("PAY_PER_REQUEST"),
		HashKey:     pulumi.String(ticketHash),
		Attributes: dynamodb.TableAttributeArray{
			&dynamodb.TableAttributeArgs{Name: pulumi.String(ticketHash), Type: pulumi.String("S")},
		},
		Ttl: &dynamodb.TableTtlArgs{
			AttributeName: pulumi.String(expiresAt),
			Enabled:       pulumi.Bool(true),
		},
		ServerSideEncryption: s.encryption(),
		Tags:                 s.tags,
	}, pulumi.Parent(c))
	if err != nil {
		return nil, fmt.Errorf("declare tickets: %w", err)
	}
	c.Table = table
	return c, ctx.RegisterResourceOutputs(c, pulumi.Map{"ticketTableName": table.Name})
}
