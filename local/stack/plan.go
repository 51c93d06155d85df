package stack

import (
	"errors"
	"fmt"
	"os"

	"sallyport/infra/plan"
)

// ReadPlan reads the plan in file. If the file is missing, the error names the
// command that creates it.
func ReadPlan(file string) (plan.Plan, error) {
	f, err := os.Open(file) //nolint:gosec // the user chooses the path
	if errors.Is(err, os.ErrNotExist) {
		return plan.Plan{}, fmt.Errorf("the plan %s is missing: run this in the project's folder, or renew it with make plan", file)
	}
	if err != nil {
		return plan.Plan{}, fmt.Errorf("open plan: %w", err)
	}
	defer f.Close() //nolint:errcheck // nothing was written
	p, err := plan.Read(f)
	if err != nil {
		return plan.Plan{}, fmt.Errorf("%s: %w", file, err)
	}
	return p, nil
}
