// Package dynamodb starts the DynamoDB of the local run for the tests of a package.
package dynamodb

import (
	"context"
	"fmt"
	"os"
	"testing"

	"sallyport/local/services"
)

// Run starts DynamoDB, stores its address in url, runs the tests of a package, and stops
// DynamoDB. It returns the exit code for os.Exit.
func Run(m *testing.M, url *string) int {
	ctx := context.Background()
	if err := services.Install(ctx, func(s string) { fmt.Println(s) }); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	s, err := services.StartDynamoDB(ctx, os.Stderr)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = s.Stop() }()
	*url = s.URL
	return m.Run()
}
