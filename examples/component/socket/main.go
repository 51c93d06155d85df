// Command socket is the Lambda function of the example, with the routes of package app.
package main

import (
	"os"

	"sallyport/examples/component/app"
	"sallyport/lambda/program"
)

func main() {
	if !program.Start(os.Getenv, os.Stderr, app.Table, nil) {
		os.Exit(1)
	}
}
