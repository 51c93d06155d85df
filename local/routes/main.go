// Command routes prints the routes that the function's source declares, as JSON.
//
// The local run starts it after each build of the function and compares the routes with
// its plan. The routes that are compiled into the local run itself may be outdated.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"sallyport/lambda/app"
	"sallyport/lambda/route"
)

func main() {
	if err := write(os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "routes:", err)
		os.Exit(1)
	}
}

// printed is one route, as the local run reads it.
type printed struct {
	Key     string `json:"key"`
	Replies bool   `json:"replies"`
	Mock    string `json:"mock,omitempty"`
}

func write(to io.Writer) error {
	table, err := app.Table()
	if err != nil {
		return err
	}
	var routes []printed
	for _, r := range table.All() {
		routes = append(routes, printed{r.Key, r.Replies(), r.Mock()})
	}
	return json.NewEncoder(to).Encode(map[string]any{"routes": routes, "endpoints": route.Endpoints(true)})
}
