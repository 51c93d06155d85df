package handler_test

import (
	"context"
	"fmt"

	"sallyport/lambda/handler"
)

func ExampleMux_Invoke() {
	mux := handler.New(handler.Config{Routes: routes()}) // the echo needs none of the interfaces
	answer, err := mux.Invoke(context.Background(), []byte(`{
		"requestContext": {"routeKey": "$default", "connectionId": "WhHAe-TROkECC5w=",
			"authorizer": {"user": "alice", "issuer": "https://sign-in.example", "sub": "1", "expires": "4102444800"}},
		"body": "{\"text\": \"hello\"}"
	}`))
	fmt.Println(string(answer), err)
	// Output: {"statusCode":200,"body":"{\"type\":\"echo\",\"data\":{\"text\": \"hello\"}}"} <nil>
}
