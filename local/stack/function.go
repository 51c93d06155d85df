package stack

import (
	"fmt"
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
	if err == nil {
		f.ARN, f.InvokeARN, err = callerARNs(p, f.Name, f.ARN, f.InvokeARN)
	}
	return Function{
		Name:        f.Name,
		ARN:         f.ARN,
		InvokeARN:   f.InvokeARN,
		Environment: f.Environment.Variables,
		MemoryMB:    f.Memory,
		Timeout:     time.Duration(f.Timeout * float64(time.Second)),
	}, err
}

// callerARNs returns the ARNs that callers use: the ARNs of the alias or, if the plan has no alias,
// the given ARNs of the function. The local run has only one version of the function, the
// released one.
func callerARNs(p plan.Plan, function, arn, invokeARN string) (string, string, error) {
	aliases := p.OfType(plan.TypeAlias)
	if len(aliases) == 0 {
		return arn, invokeARN, nil
	}
	if len(aliases) > 1 || aliases[0].Text("functionName") != function {
		return "", "", fmt.Errorf("the plan has %d aliases: want one, of the stack's function", len(aliases))
	}
	return aliases[0].Text("arn"), aliases[0].Text("invokeArn"), nil
}
