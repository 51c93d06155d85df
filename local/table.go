package main

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"sallyport/infra/plan"
)

type tableSettings struct {
	Name       string `json:"name"`
	HashKey    string `json:"hashKey"`
	RangeKey   string `json:"rangeKey"`
	Attributes []struct {
		Name string `json:"name"`
		Type string `json:"type"`
	} `json:"attributes"`
	Indexes []struct {
		Name       string   `json:"name"`
		HashKey    string   `json:"hashKey"`
		RangeKey   string   `json:"rangeKey"`
		Projection string   `json:"projectionType"`
		NonKey     []string `json:"nonKeyAttributes"`
	} `json:"globalSecondaryIndexes"`
}

// readTables reads every table, that of connections and what others there are.
func readTables(p plan.Plan) ([]tableSettings, error) {
	var tables []tableSettings
	for _, r := range p.OfType(typeTable) {
		t, err := attributes[tableSettings](r)
		if err != nil {
			return nil, err
		}
		tables = append(tables, t)
	}
	return tables, nil
}

// create makes the table in the DynamoDB that client speaks to.
func (t tableSettings) create(ctx context.Context, client *dynamodb.Client) error {
	in := &dynamodb.CreateTableInput{
		TableName:   &t.Name,
		KeySchema:   keySchema(t.HashKey, t.RangeKey),
		BillingMode: types.BillingModePayPerRequest,
	}
	for _, a := range t.Attributes {
		in.AttributeDefinitions = append(in.AttributeDefinitions, types.AttributeDefinition{
			AttributeName: aws.String(a.Name), AttributeType: types.ScalarAttributeType(a.Type),
		})
	}
	for _, x := range t.Indexes {
		in.GlobalSecondaryIndexes = append(in.GlobalSecondaryIndexes, types.GlobalSecondaryIndex{
			IndexName:  aws.String(x.Name),
			KeySchema:  keySchema(x.HashKey, x.RangeKey),
			Projection: &types.Projection{ProjectionType: types.ProjectionType(x.Projection), NonKeyAttributes: x.NonKey},
		})
	}
	if _, err := client.CreateTable(ctx, in); err != nil {
		return fmt.Errorf("create table %s: %w", t.Name, err)
	}
	return nil
}

func keySchema(hash, sort string) []types.KeySchemaElement {
	keys := []types.KeySchemaElement{{AttributeName: aws.String(hash), KeyType: types.KeyTypeHash}}
	if sort != "" {
		keys = append(keys, types.KeySchemaElement{AttributeName: aws.String(sort), KeyType: types.KeyTypeRange})
	}
	return keys
}

// newTableClient returns a client of the DynamoDB at url, a stand-in for region.
func newTableClient(url, region string) *dynamodb.Client {
	return dynamodb.New(dynamodb.Options{
		BaseEndpoint: &url,
		Region:       region,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "any", SecretAccessKey: "any"}, nil // dynalite verifies nothing
		}),
	})
}
