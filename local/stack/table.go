package stack

import "sallyport/infra/plan"

// Table is the configuration of a DynamoDB table. Its JSON names are those of the plan.
type Table struct {
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

// readTables reads every table of the plan.
func readTables(p plan.Plan) ([]Table, error) {
	var tables []Table
	for _, r := range p.OfType(plan.TypeTable) {
		t, err := attributes[Table](r)
		if err != nil {
			return nil, err
		}
		tables = append(tables, t)
	}
	return tables, nil
}
