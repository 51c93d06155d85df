package gateway_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"

	"github.com/coder/websocket"

	"sallyport/local/gateway"
)

// greeter is a function in this process.
type greeter struct{}

func (greeter) Invoke(context.Context, []byte) ([]byte, error) {
	return []byte(`{"statusCode":200,"body":"hello"}`), nil
}

func Example() {
	ctx := context.Background()
	g, err := gateway.New(gateway.Config{
		APIID: "a1b2c3d4e5", Region: "eu-west-1", AccountID: "111122223333", Stage: "live",
		RouteSelection: "$request.body.action",
		Routes: map[string]gateway.Route{
			"greet": {Integration: gateway.Integration{Invoker: greeter{}}, RouteResponse: true},
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	server := httptest.NewServer(g)
	defer server.Close()
	defer func() { _ = g.Close(ctx) }()

	client, _, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(server.URL, "http")+"/live", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = client.CloseNow() }()
	_ = client.Write(ctx, websocket.MessageText, []byte(`{"action":"greet"}`))
	_, answer, _ := client.Read(ctx)
	fmt.Println(string(answer))
	// Output: hello
}
