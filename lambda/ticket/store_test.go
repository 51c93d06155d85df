package ticket_test

import (
	"context"
	"crypto/rand"
	"io"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"sallyport/lambda/handler"
	"sallyport/lambda/identity"
	"sallyport/lambda/ticket"
	testdb "sallyport/test/dynamodb"
	"sallyport/test/support"
)

// dynamoURL is the address of the DynamoDB of the local run.
var dynamoURL string

func TestMain(m *testing.M) {
	os.Exit(testdb.Run(m, &dynamoURL))
}

// network is a transport that counts the requests to DynamoDB and can lose answers.
type network struct {
	requests atomic.Int64
	lost     atomic.Int64 // the number of next answers to lose
}

func (n *network) Do(req *http.Request) (*http.Response, error) {
	n.requests.Add(1)
	res, err := http.DefaultClient.Do(req)
	if err == nil && n.lost.Add(-1) >= 0 {
		_, _ = io.Copy(io.Discard, res.Body)
		_ = res.Body.Close()
		return nil, io.ErrUnexpectedEOF
	}
	return res, err
}

// fixture is a Store with a new table.
type fixture struct {
	*ticket.Store
	*network
	client *dynamodb.Client
	name   string
}

func newFixture(t *testing.T) fixture {
	t.Helper()
	support.DependOn(t, "../../local/services") // of the DynamoDB
	n := &network{}
	cloud := aws.Config{
		Region: "eu-west-1", BaseEndpoint: &dynamoURL, HTTPClient: n,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "id", SecretAccessKey: "secret"}, nil
		}),
		Retryer: func() aws.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) { o.MaxBackoff = time.Millisecond })
		},
	}
	name := "tickets-" + rand.Text()
	client := dynamodb.NewFromConfig(cloud)
	_, err := client.CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName:            &name,
		BillingMode:          types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("ticketHash"), AttributeType: "S"}},
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("ticketHash"), KeyType: "HASH"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	waitFor(t, client, name)
	n.requests.Store(0)
	return fixture{ticket.New(ticket.Config{AWS: cloud, Table: name}), n, client, name}
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

// hash is the hash of a ticket.
var hash = strings.Repeat("0123456789abcdef", 4)

// good returns a ticket with an origin.
func good() handler.Ticket {
	at := time.Unix(1708326900, 0)
	alice := identity.User{Issuer: "https://sign-in.example", Subject: "sub-alice", Name: "alice"}
	return handler.Ticket{User: alice, Origin: "https://console.example", TokenExpires: at.Add(time.Hour), ExpiresAt: at.Add(time.Minute)}
}

func (b fixture) put(t *testing.T, hash string, v handler.Ticket) {
	t.Helper()
	if err := b.PutTicket(t.Context(), hash, v); err != nil {
		t.Fatal(err)
	}
}

// putRow writes a row.
func (b fixture) putRow(t *testing.T, row map[string]types.AttributeValue) {
	t.Helper()
	row["ticketHash"] = &types.AttributeValueMemberS{Value: hash}
	if _, err := b.client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &b.name, Item: row}); err != nil {
		t.Fatal(err)
	}
}
