package token_test

import (
	"context"
	"fmt"

	"sallyport/lambda/token"
)

func ExampleVerifier_Verify() {
	v := token.New(token.Config{
		Issuers: []token.Issuer{{
			URL:        "https://sign-in.example",
			Audience:   "sallyport",
			UserClaims: []string{"email", "sub"},
		}},
	})
	// A text that is not a token is refused without a request to the issuer.
	_, _, err := v.Verify(context.Background(), "hello")
	fmt.Println(err)
	// Output: token is not a signed JWT
}
