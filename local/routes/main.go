// Command routes prints the routes that the Lambda's source declares, as JSON.
//
// The local run starts it after each build of the Lambda and compares its plan
// with them: what is compiled into the local run itself is as old as its start.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"sallyport/lambda/route"
)

func main() {
	err := json.NewEncoder(os.Stdout).Encode(map[string]any{"routes": route.All(), "endpoints": route.Endpoints()})
	if err != nil {
		fmt.Fprintln(os.Stderr, "routes:", err)
		os.Exit(1)
	}
}
