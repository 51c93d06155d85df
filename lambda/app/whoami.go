package app

import (
	"context"

	"sallyport/lambda/route"
)

// WhoamiRequest has no fields.
type WhoamiRequest struct{}

// WhoamiAnswer describes the connection of the sender.
type WhoamiAnswer struct {
	ConnectionID string `json:"connectionId"`
	User         string `json:"user"` // the name
	Issuer       string `json:"issuer"`
	Subject      string `json:"sub"`
	Expires      int64  `json:"expires"` // end of the authorization, in Unix seconds
}

// Whoami answers with the identity of the sender.
var Whoami = route.Reply("whoami", "returns the connection, its user and its expiry",
	func(ctx context.Context, c route.Caller, _ WhoamiRequest) (WhoamiAnswer, error) {
		until, err := c.AuthorizedUntil(ctx)
		return WhoamiAnswer{c.ConnectionID, c.User.Name, c.User.Issuer, c.User.Subject, until.Unix()}, err
	})
