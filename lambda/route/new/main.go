// Command new writes the file of a new route in lambda/app, and its test. `make route
// NAME=time` runs it, and then lists the route.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"sallyport/lambda/app"
)

func main() {
	name := ""
	if len(os.Args) == 2 {
		name = os.Args[1]
	}
	folder := filepath.Join("lambda", "app")
	table, err := app.Table()
	if err == nil {
		err = create(folder, name, table)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "make route:", err)
		os.Exit(1)
	}
}
