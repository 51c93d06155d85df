// Command lambda is the Lambda function of the stack with the routes and namespaces of lambda/app.
// Package program does the work.
package main

import (
	"os"

	"sallyport/lambda/app"
	"sallyport/lambda/program"
)

func main() {
	if !program.Start(os.Getenv, os.Stderr, app.Table, app.Channels) {
		os.Exit(1)
	}
}
