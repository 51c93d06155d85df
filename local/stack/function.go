package stack

import (
	"time"

	"sallyport/infra/plan"
)

// readFunction reads the Lambda function. The plan must have exactly one.
func readFunction(p plan.Plan) (Function, error) {
	f, err := one[struct {
		Name        string  `json:"name"`
		ARN         string  `json:"arn"`
		InvokeARN   string  `json:"invokeArn"`
		Memory      int     `json:"memorySize"`
		Timeout     float64 `json:"timeout"`
		Environment struct {
			Variables map[string]string `json:"variables"`
		} `json:"environment"`
	}](p.OfType(plan.TypeFunction), plan.TypeFunction)
	return Function{
		Name:        f.Name,
		ARN:         f.ARN,
		InvokeARN:   f.InvokeARN,
		Environment: f.Environment.Variables,
		MemoryMB:    f.Memory,
		Timeout:     time.Duration(f.Timeout * float64(time.Second)),
	}, err
}
