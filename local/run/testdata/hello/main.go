// Command hello is a minimal Go Lambda, for comparison in benchmarks.
package main

import "github.com/aws/aws-lambda-go/lambda"

func main() {
	lambda.Start(func() (string, error) { return "hello", nil })
}
