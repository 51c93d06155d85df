package infra

import (
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

// declare declares the table of tickets. The table is separate, so that no scan of the
// connections reads a ticket. The function deletes a ticket when it is used. DynamoDB
// deletes an unused ticket within some days after it has expired (its guide, "Time to
// Live"). The table needs no backup.
func (c *tickets) declare(ctx *pulumi.Context, s *stack) (err error) {
	c.Table, err = s.newTable(ctx, "tickets", &dynamodb.TableArgs{
		HashKey:    pulumi.String(ticketHash),
		Attributes: dynamodb.TableAttributeArray{keyAttribute(ticketHash, "S")},
	}, pulumi.Parent(c))
	return err
}
