// Package dynamodb gives the tests of a package the DynamoDB of the local run.
package dynamodb

import (
	"context"
	"fmt"
	"os"
	"testing"

	"sallyport/local/services"
)

// Run starts a DynamoDB, writes its address to url, runs the tests of a package, and
// stops it. It returns the exit code for os.Exit.
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
