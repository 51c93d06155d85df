package infra

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/dynamodb"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// ticketHash is the key of the table of tickets, as the function writes it.
const ticketHash = "ticketHash"

// tickets is the table of the hashes of unused tickets.
type tickets struct {
	pulumi.ResourceState

	Table *dynamodb.Table
}

// newTickets declares the table of tickets. It returns nil if tickets are off. The table is
// separate, so that no scan of the connections reads a ticket. The function deletes a
// ticket when it is used. DynamoDB deletes an unused ticket some time after it has
// expired. The table needs no backup.
func newTickets(ctx *pulumi.Context, s stack) (*tickets, error) {
	if !s.Tickets {
		return nil, nil //nolint:nilnil // nil means that tickets are off
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
