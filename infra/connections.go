package infra

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/dynamodb"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
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

	expiryShard     = "expiryShard"
	authorizedUntil = "authorizedUntil"
	expiryIndex     = "byExpiry"
)

// connections is the table of the open connections.
type connections struct {
	pulumi.ResourceState

	Table *dynamodb.Table
}

// declare declares a table keyed by connection ID. It has two indexes, by the
// user's ID and by the user's name, which list the oldest connection first. With the sweep, it
// has a third one, by the expiry of the authorization. Every row expires, because API Gateway
// does not guarantee the event $disconnect (api-gateway.md 3.4).
func (c *connections) declare(ctx *pulumi.Context, s *stack) (err error) {
	attributes := dynamodb.TableAttributeArray{
		keyAttribute(connectionID, "S"), keyAttribute(userID, "S"), keyAttribute(user, "S"), keyAttribute(connectedAt, "N"),
	}
	indexes := dynamodb.TableGlobalSecondaryIndexArray{indexByTime(userIDIndex, userID), indexByTime(userIndex, user)}
	if s.SweepMinutes > 0 {
		attributes = append(attributes, keyAttribute(expiryShard, "N"), keyAttribute(authorizedUntil, "N"))
		indexes = append(indexes, &dynamodb.TableGlobalSecondaryIndexArgs{
			Name:           pulumi.String(expiryIndex),
			HashKey:        pulumi.String(expiryShard),
			RangeKey:       pulumi.String(authorizedUntil),
			ProjectionType: pulumi.String("KEYS_ONLY"), // so that only a refresh changes it
		})
	}
	c.Table, err = s.newTable(ctx, "connections", &dynamodb.TableArgs{
		HashKey:                   pulumi.String(connectionID),
		Attributes:                attributes,
		GlobalSecondaryIndexes:    indexes,
		DeletionProtectionEnabled: pulumi.Bool(s.TableProtection),
		PointInTimeRecovery:       &dynamodb.TablePointInTimeRecoveryArgs{Enabled: pulumi.Bool(s.TableBackups)},
	}, pulumi.Parent(c), protect(s.TableProtection))
	return err
}

// indexByTime returns an index by an attribute that lists the oldest connection first.
func indexByTime(name, attribute string) *dynamodb.TableGlobalSecondaryIndexArgs {
	return &dynamodb.TableGlobalSecondaryIndexArgs{
		Name:     pulumi.String(name),
		HashKey:  pulumi.String(attribute),
		RangeKey: pulumi.String(connectedAt),
		// The protocol is the form of the messages of the connection. The trace is for the log.
		ProjectionType:   pulumi.String("INCLUDE"),
		NonKeyAttributes: pulumi.ToStringArray([]string{"protocol", "trace"}),
	}
}
