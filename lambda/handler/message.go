package handler

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/aws/aws-lambda-go/events"
)

// The types of the messages that routes answer with. A pushed message has the
// type that its sender gives it.
const (
	TypeEcho   = "echo"
	TypeWhoami = "whoami"
)

// message returns the text of a message to the client. data is JSON and stays
// byte for byte what it is: json.Marshal would compact it and escape <, > and &.
func message(typ string, data json.RawMessage) string {
	return `{"type":"` + typ + `","data":` + string(data) + `}`
}

// reply returns the answer to a route event. Where the route has a route
// response, the text goes to the sender (specification 5.2).
func reply(text string) events.APIGatewayProxyResponse {
	return events.APIGatewayProxyResponse{StatusCode: http.StatusOK, Body: text}
}

// marshal returns v as JSON, without the escapes that only HTML needs: they
// would make a message of markup six times as long.
func marshal(v any) (json.RawMessage, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("encode %T: %w", v, err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
