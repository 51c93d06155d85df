package services_test

import (
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"sallyport/local/services"
)

func TestDynamoDB(t *testing.T) {
	s, err := services.StartDynamoDB(t.Context(), output{t})
	if err != nil {
		t.Fatal(err)
	}
	stop(t, s)
	client := dynamodb.New(dynamodb.Options{
		Region: "eu-west-1", BaseEndpoint: &s.URL, HTTPClient: http.DefaultClient,
		Credentials: aws.CredentialsProviderFunc(anyCredentials),
	})
	created, err := client.CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName:            aws.String("connections"),
		BillingMode:          types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("id"), AttributeType: "S"}},
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("id"), KeyType: "HASH"}},
	})
	if err != nil {
		t.Fatalf("create table: %v", err)
	}
	want := map[string]types.AttributeValue{
		"id":   &types.AttributeValueMemberS{Value: "c1"},
		"user": &types.AttributeValueMemberS{Value: "alice"},
	}
	if _, err := client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: created.TableDescription.TableName, Item: want}); err != nil {
		t.Fatalf("put item: %v", err)
	}
	got, err := client.GetItem(t.Context(), &dynamodb.GetItemInput{
		TableName: aws.String("connections"), Key: map[string]types.AttributeValue{"id": want["id"]},
	})
	if err != nil {
		t.Fatalf("get: %v", err)
	}
	if diff := cmp.Diff(text(want), text(got.Item)); diff != "" {
		t.Errorf("item (-want +got):\n%s", diff)
	}
}

func text(item map[string]types.AttributeValue) map[string]string {
	m := make(map[string]string)
	for name, value := range item {
		if s, ok := value.(*types.AttributeValueMemberS); ok {
			m[name] = s.Value
		}
	}
	return m
}

func TestDynamoDBRefusesWebPages(t *testing.T) {
	s, err := services.StartDynamoDB(t.Context(), output{t})
	if err != nil {
		t.Fatal(err)
	}
	stop(t, s)
	b := newBrowser(t)
	if got := b.do(http.MethodPost, s.URL, "{}", "Origin", "http://evil.example"); got.status != http.StatusForbidden {
		t.Errorf("request of a page: got %d, want 403", got.status)
	}
}
