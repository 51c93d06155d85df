package gateway

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// proxyResponse is the answer of a function to an AWS_PROXY integration.
type proxyResponse struct {
	members map[string]json.RawMessage
	status  int
}

func (p proxyResponse) field(name string) value { return value(p.members[name]) }

// parseProxyResponse parses the answer of a function. The statusCode must be a number or a
// string of digits, and the body a string. Members that a proxy response does not have are
// an error (api-gateway.md 5).
func parseProxyResponse(result []byte) (proxyResponse, error) {
	doc, ok := parse(result)
	if !ok || !doc.is('{') {
		return proxyResponse{}, errors.New("the function's answer is not a JSON object")
	}
	p := proxyResponse{members: doc.members()}
	for _, name := range slices.Sorted(maps.Keys(p.members)) {
		switch name {
		case "statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded":
		default:
			return proxyResponse{}, fmt.Errorf("the function's answer has the member %.100q: API Gateway allows statusCode, headers, multiValueHeaders, body and isBase64Encoded", name)
		}
	}
	if body := p.field("body"); !body.missing() && !body.is('"') {
		return proxyResponse{}, errors.New("the body of the function's answer is not a string: encode it as JSON text")
	}
	var err error
	if p.status, err = strconv.Atoi(p.field("statusCode").text()); err != nil || p.status < 200 || p.status > 599 {
		return proxyResponse{}, errors.New("the function's answer has no statusCode from 200 to 599")
	}
	return p, nil
}

// header returns a header of the answer, or "". The case of name does not matter. The maps
// may be null (api-gateway.md 3.5).
func (p proxyResponse) header(name string) string {
	for _, headers := range []value{p.field("headers"), p.field("multiValueHeaders")} {
		for key, v := range headers.all() {
			if v.is('[') {
				v = v.element(0)
			}
			if strings.EqualFold(key, name) && v.is('"') {
				return v.text()
			}
		}
	}
	return ""
}

// body returns the text for the client, or nil if the answer has no body.
func (p proxyResponse) body() ([]byte, error) {
	body := p.field("body")
	switch {
	case body.missing():
		return nil, nil
	case string(p.field("isBase64Encoded")) != "true":
		return []byte(body.text()), nil
	}
	text, err := base64.StdEncoding.DecodeString(body.text())
	if err != nil {
		return nil, fmt.Errorf("the body of the function's answer is not base64: %w", err)
	}
	return text, nil
}
