package attack

import (
	"context"
	"encoding/json"
	"os"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"sallyport/local/services"
)

// rigTables are the tables of all rigs.
var rigTables dynamo

// dynamo is a DynamoDB with the tables of the plan. It starts at its first use.
type dynamo struct {
	once    sync.Once
	service *services.Service
	err     error
}

// get returns its address.
func (d *dynamo) get() (string, error) {
	d.once.Do(func() { d.err = d.start() })
	if d.err != nil {
		return "", d.err
	}
	return d.service.URL, nil
}

func (d *dynamo) start() error {
	ctx := context.Background()
	if err := services.Install(ctx, func(string) {}); err != nil {
		return err
	}
	var err error
	if d.service, err = services.StartDynamoDB(ctx, nil); err != nil {
		return err
	}
	plan, err := readPlan()
	if err != nil {
		return err
	}
	return createTables(ctx, newTables(d.service.URL, "eu-west-1"), plan)
}

func (d *dynamo) stop() error {
	if d.service == nil {
		return nil
	}
	return d.service.Stop()
}

// readPlan returns the committed plan.
func readPlan() (map[string]any, error) {
	text, err := os.ReadFile("../../local/plan.json")
	if err != nil {
		return nil, err
	}
	var plan map[string]any
	return plan, json.Unmarshal(text, &plan)
}

// createTables creates the tables of the plan.
func createTables(ctx context.Context, client *dynamodb.Client, plan map[string]any) error {
	var all []struct {
		Type   string
		Inputs struct {
			HashKey    string
			RangeKey   string
			Attributes any
			Indexes    []struct{ Name, HashKey, RangeKey string } `json:"globalSecondaryIndexes"`
		}
		Outputs struct{ Name any }
	}
	if err := json.Unmarshal([]byte(encode(plan["resources"])), &all); err != nil {
		return err
	}
	key := func(name string, kind types.KeyType) types.KeySchemaElement {
		return types.KeySchemaElement{AttributeName: &name, KeyType: kind}
	}
	for _, table := range all {
		if table.Type != "aws:dynamodb/table:Table" {
			continue
		}
		name, _ := table.Outputs.Name.(string)
		in := &dynamodb.CreateTableInput{
			TableName: &name, BillingMode: types.BillingModePayPerRequest,
			KeySchema: []types.KeySchemaElement{key(table.Inputs.HashKey, types.KeyTypeHash)},
		}
		if table.Inputs.RangeKey != "" {
			in.KeySchema = append(in.KeySchema, key(table.Inputs.RangeKey, types.KeyTypeRange))
		}
		var attributes []struct{ Name, Type string }
		_ = json.Unmarshal([]byte(encode(table.Inputs.Attributes)), &attributes) // in resources of other types it is not a list
		for _, a := range attributes {
			in.AttributeDefinitions = append(in.AttributeDefinitions, types.AttributeDefinition{AttributeName: aws.String(a.Name), AttributeType: types.ScalarAttributeType(a.Type)})
		}
		for _, x := range table.Inputs.Indexes {
			in.GlobalSecondaryIndexes = append(in.GlobalSecondaryIndexes, types.GlobalSecondaryIndex{
				IndexName: aws.String(x.Name), Projection: &types.Projection{ProjectionType: types.ProjectionTypeKeysOnly},
				KeySchema: []types.KeySchemaElement{key(x.HashKey, types.KeyTypeHash), key(x.RangeKey, types.KeyTypeRange)},
			})
		}
		if _, err := client.CreateTable(ctx, in); err != nil {
			return err
		}
	}
	return nil
}
