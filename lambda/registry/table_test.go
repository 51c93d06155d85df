package registry_test

import (
	"context"
	"crypto/rand"
	"iter"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"sallyport/lambda/handler"
	"sallyport/lambda/identity"
	"sallyport/lambda/registry"
	testdb "sallyport/test/dynamodb"
)

// dynamoURL is the address of the DynamoDB of the local run.
var dynamoURL string

func TestMain(m *testing.M) {
	os.Exit(testdb.Run(m, &dynamoURL))
}

// table is a new table of connections.
type table struct {
	*registry.Registry
	client *dynamodb.Client
	name   string
}

func newTable(t *testing.T) table {
	t.Helper()
	cloud := aws.Config{
		Region: "eu-west-1", BaseEndpoint: &dynamoURL,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "id", SecretAccessKey: "secret"}, nil
		}),
	}
	name := "connections-" + rand.Text()
	client := dynamodb.NewFromConfig(cloud)
	_, err := client.CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName:   &name,
		BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{
			{AttributeName: aws.String("connectionId"), AttributeType: "S"},
			{AttributeName: aws.String("userId"), AttributeType: "S"},
			{AttributeName: aws.String("user"), AttributeType: "S"},
			{AttributeName: aws.String("connectedAt"), AttributeType: "N"},
			{AttributeName: aws.String("expiryShard"), AttributeType: "N"},
			{AttributeName: aws.String("authorizedUntil"), AttributeType: "N"},
		},
		KeySchema: []types.KeySchemaElement{{AttributeName: aws.String("connectionId"), KeyType: "HASH"}},
		GlobalSecondaryIndexes: []types.GlobalSecondaryIndex{
			index("byUser", "user"), index("byUserId", "userId"),
			{
				IndexName: aws.String("byExpiry"),
				KeySchema: []types.KeySchemaElement{
					{AttributeName: aws.String("expiryShard"), KeyType: "HASH"},
					{AttributeName: aws.String("authorizedUntil"), KeyType: "RANGE"},
				},
				Projection: &types.Projection{ProjectionType: types.ProjectionTypeKeysOnly},
			},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	waitFor(t, client, name)
	return table{registry.New(registry.Config{AWS: cloud, Table: name, UserIndex: "byUser", UserIDIndex: "byUserId", ExpiryIndex: "byExpiry"}), client, name}
}

// index returns an index by an attribute and connectedAt.
func index(name, attribute string) types.GlobalSecondaryIndex {
	return types.GlobalSecondaryIndex{
		IndexName: &name,
		KeySchema: []types.KeySchemaElement{
			{AttributeName: &attribute, KeyType: "HASH"},
			{AttributeName: aws.String("connectedAt"), KeyType: "RANGE"},
		},
		Projection: &types.Projection{ProjectionType: types.ProjectionTypeInclude, NonKeyAttributes: []string{"protocol", "trace"}},
	}
}

// waitFor waits until a new table accepts rows.
func waitFor(t *testing.T, client *dynamodb.Client, table string) {
	t.Helper()
	for {
		out, err := client.DescribeTable(t.Context(), &dynamodb.DescribeTableInput{TableName: &table})
		if err != nil {
			t.Fatal(err)
		}
		if out.Table.TableStatus == types.TableStatusActive {
			return
		}
	}
}

// at is the default ConnectedAt of the connections.
var at = time.Unix(1708326900, 0)

var alice = identity.User{Issuer: "https://sign-in.example", Subject: "sub-alice", Name: "alice"}

// put records a connection of alice that is authorized for an hour, changed by edit. A nil
// edit changes nothing.
func (b table) put(t *testing.T, id string, edit func(*handler.Connection)) {
	t.Helper()
	c := handler.Connection{ID: id, User: alice, ConnectedAt: at, AuthorizedUntil: at.Add(time.Hour), ExpiresAt: at.Add(2 * time.Hour)}
	if edit != nil {
		edit(&c)
	}
	if err := b.Put(t.Context(), c); err != nil {
		t.Fatal(err)
	}
}

// putOld puts a connection of alice without one attribute, as an older version
// recorded it.
func (b table) putOld(t *testing.T, id, without string) {
	t.Helper()
	b.put(t, id, nil)
	_, err := b.client.UpdateItem(t.Context(), &dynamodb.UpdateItemInput{
		TableName:        &b.name,
		Key:              map[string]types.AttributeValue{"connectionId": &types.AttributeValueMemberS{Value: id}},
		UpdateExpression: aws.String("REMOVE " + without),
	})
	if err != nil {
		t.Fatal(err)
	}
}

// rows returns the sorted names of the attributes of every row.
func (b table) rows(t *testing.T) [][]string {
	t.Helper()
	out, err := b.client.Scan(t.Context(), &dynamodb.ScanInput{TableName: &b.name})
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]string
	for _, item := range out.Items {
		var names []string
		for name := range item {
			names = append(names, name)
		}
		slices.Sort(names)
		rows = append(rows, names)
	}
	return rows
}

func collect[T any](t *testing.T, list iter.Seq2[T, error]) []T {
	t.Helper()
	var all []T
	for v, err := range list {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, v)
	}
	return all
}

// idsOf returns the ids of connections.
func idsOf(all []handler.Connection) []string {
	var ids []string
	for _, c := range all {
		ids = append(ids, c.ID)
	}
	return ids
}
