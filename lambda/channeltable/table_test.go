package channeltable_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"sallyport/lambda/channeltable"
	"sallyport/test/channels"
	testdb "sallyport/test/dynamodb"
)

// dynamoURL is where the DynamoDB of the local run answers.
var dynamoURL string

func TestMain(m *testing.M) { os.Exit(testdb.Run(m, &dynamoURL)) }

func TestStreams(t *testing.T)     { channels.TestStreams(t, newTable(t, "streams")) }
func TestSubscribers(t *testing.T) { channels.TestSubscribers(t, newTable(t, "subscribers")) }

func newTable(t *testing.T, name string) *channeltable.Table {
	t.Helper()
	cloud := aws.Config{
		Region: "eu-west-1", BaseEndpoint: &dynamoURL,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "id", SecretAccessKey: "secret"}, nil
		}),
	}
	client := dynamodb.NewFromConfig(cloud)
	_, err := client.CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName:   &name,
		BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{
			{AttributeName: aws.String("partition"), AttributeType: "S"},
			{AttributeName: aws.String("item"), AttributeType: "S"},
		},
		KeySchema: []types.KeySchemaElement{
			{AttributeName: aws.String("partition"), KeyType: "HASH"},
			{AttributeName: aws.String("item"), KeyType: "RANGE"},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	err = dynamodb.NewTableExistsWaiter(client).Wait(t.Context(), &dynamodb.DescribeTableInput{TableName: &name}, 5*time.Minute,
		func(o *dynamodb.TableExistsWaiterOptions) { o.MinDelay = 50 * time.Millisecond })
	if err != nil {
		t.Fatal(err)
	}
	return channeltable.New(channeltable.Config{AWS: cloud, Table: name})
}
