package app_test

import (
	"testing"

	"sallyport/lambda/app"
)

// The routes can be deployed.
func TestTable(t *testing.T) {
	table, err := app.Table()
	if err != nil {
		t.Fatal(err)
	}
	if len(table.Routes()) == 0 {
		t.Error("got no routes")
	}
}
