// Package app declares the routes of the example's function. The function and the Pulumi program use
// it, so that both have the same routes.
package app

import (
	"context"

	"sallyport/lambda/route"
)

// OrderRequest names an order.
type OrderRequest struct {
	Number int `json:"number"`
}

// OrderAnswer has the state of an order.
type OrderAnswer struct {
	Number int    `json:"number"`
	State  string `json:"state"`
}

// Order answers with the state of an order.
var Order = route.Reply("order", "returns the state of an order", func(_ context.Context, _ route.Caller, r OrderRequest) (OrderAnswer, error) {
	return OrderAnswer{r.Number, "sent"}, nil
})

// Table returns the routes.
func Table() (route.Table, error) { return route.NewTable(Order) }
