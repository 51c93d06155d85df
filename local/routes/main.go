// Command routes prints the routes that the Lambda's source declares, as JSON.
//
// The local run starts it after each build of the Lambda and compares the routes with
// its plan. The routes that are compiled into the local run itself may be outdated.
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
