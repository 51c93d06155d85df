package infra

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/dynamodb"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"sallyport/lambda/setting"
)

// The table's attributes and index, as package handler writes them.
const (
	connectionID = "connectionId"
	userID       = "userId" // issuer and subject
	user         = "user"   // the name
	connectedAt  = "connectedAt"
	expiresAt    = "expiresAt"
	userIDIndex  = "byUserId"
	userIndex    = "byUser"
)

// connections is the table of the open connections.
type connections struct {
	pulumi.ResourceState

	Table *dynamodb.Table
}

// newConnections declares a table keyed by connection id. It has two indexes, by the
// user's ID and by the user's name, which list the oldest connection first. Every row
// expires, because API Gateway does not guarantee the event $disconnect
// (api-gateway.md 3.4).
func newConnections(ctx *pulumi.Context, s stack) (*connections, error) {
	c := &connections{}
	if err := component(ctx, c, "Connections", "connections"); err != nil {
		return nil, err
	}
	table, err := dynamodb.NewTable(ctx, "connections", &dynamodb.TableArgs{
		BillingMode: pulumi.String("PAY_PER_REQUEST"),
		HashKey:     pulumi.String(connectionID),
		Attributes: dynamodb.TableAttributeArray{
			&dynamodb.TableAttributeArgs{Name: pulumi.String(connectionID), Type: pulumi.String("S")},
			&dynamodb.TableAttributeArgs{Name: pulumi.String(userID), Type: pulumi.String("S")},
			&dynamodb.TableAttributeArgs{Name: pulumi.String(user), Type: pulumi.String("S")},
			&dynamodb.TableAttributeArgs{Name: pulumi.String(connectedAt), Type: pulumi.String("N")},
		},
		GlobalSecondaryIndexes: dynamodb.TableGlobalSecondaryIndexArray{indexByTime(userIDIndex, userID), indexByTime(userIndex, user)},
		Ttl: &dynamodb.TableTtlArgs{
			AttributeName: pulumi.String(expiresAt),
			Enabled:       pulumi.Bool(true),
		},
		ServerSideEncryption:      s.encryption(),
		DeletionProtectionEnabled: pulumi.Bool(s.TableProtection),
		PointInTimeRecovery:       &dynamodb.TablePointInTimeRecoveryArgs{Enabled: pulumi.Bool(s.TableBackups)},
		Tags:                      s.tags,
	}, pulumi.Parent(c), pulumi.Protect(s.TableProtection))
	if err != nil {
		return nil, fmt.Errorf("declare connections: %w", err)
	}
	c.Table = table
	return c, ctx.RegisterResourceOutputs(c, pulumi.Map{"tableName": table.Name})
}

// encryption returns the encryption of a table. DynamoDB encrypts every table. Enabled
// chooses the account's key, otherwise the key that AWS owns.
func (s stack) encryption() *dynamodb.TableServerSideEncryptionArgs {
	return &dynamodb.TableServerSideEncryptionArgs{Enabled: pulumi.Bool(s.TableEncryption != setting.OwnedByAWS)}
}

// indexByTime returns an index by an attribute that lists the oldest connection first.
func indexByTime(name, attribute string) *dynamodb.TableGlobalSecondaryIndexArgs {
	return &dynamodb.TableGlobalSecondaryIndexArgs{
		Name:           pulumi.String(name),
		HashKey:        pulumi.String(attribute),
		RangeKey:       pulumi.String(connectedAt),
		ProjectionType: pulumi.String("KEYS_ONLY"),
	}
}
