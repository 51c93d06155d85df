package gateway

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
)

// errTimedOut means that the function took longer than the integration waits.
// It runs on all the same (api-gateway.md 5.3).
var errTimedOut = errors.New("integration timed out")

// call invokes the function and gives answer exactly one outcome: what the
// function answers, or errTimedOut when that takes too long. It returns when
// the function has ended and answer has returned. It starts no goroutine.
func (g *Gateway) call(in Integration, event []byte, answer func(result []byte, err error)) {
	var once sync.Once
	timer := time.AfterFunc(in.Timeout, func() {
		once.Do(func() { answer(nil, errTimedOut) })
	})
	result, err := in.Invoker.Invoke(g.calls, event)
	timer.Stop()
	once.Do(func() { answer(result, err) })
}

// await calls as call does and returns the outcome. A function that is late
// runs on behind its back.
func (g *Gateway) await(in Integration, event []byte) ([]byte, error) {
	type outcome struct {
		result []byte
		err    error
	}
	answered := make(chan outcome, 1)
	g.running.Go(func() {
		g.call(in, event, func(result []byte, err error) { answered <- outcome{result, err} })
	})
	o := <-answered
	return o.result, o.err
}

// proxyResponse is the answer of a function, as AWS_PROXY wants it.
type proxyResponse struct {
	doc    value
	status int
}

// parseProxyResponse reads a function's answer. It is malformed without a
// statusCode, a number or a string of digits, with a member that a proxy
// response does not have, and with a body that is no string (api-gateway.md 5).
func parseProxyResponse(result []byte) (proxyResponse, error) {
	doc, ok := parse(result)
	if !ok || !doc.is('{') {
		return proxyResponse{}, errors.New("the function's answer is no JSON object")
	}
	for key := range doc.all() {
		switch name := string(key.text()); name {
		case "statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded":
		default:
			return proxyResponse{}, fmt.Errorf("the function's answer has the member %.100q: API Gateway allows statusCode, headers, multiValueHeaders, body and isBase64Encoded", name)
		}
	}
	if body := doc.field("body"); !body.missing() && !body.is('"') {
		return proxyResponse{}, errors.New("the body of the function's answer is no string: encode it as JSON text")
	}
	status, err := strconv.Atoi(string(doc.field("statusCode").text()))
	if err != nil || status < 200 || status > 599 {
		return proxyResponse{}, errors.New("the function's answer has no statusCode from 200 to 599")
	}
	return proxyResponse{doc, status}, nil
}

// header returns a header of the answer; name matches in any case. Null maps
// are as good as none (api-gateway.md 3.5).
func (p proxyResponse) header(name string) string {
	for _, headers := range []value{p.doc.field("headers"), p.doc.field("multiValueHeaders")} {
		for key, v := range headers.all() {
			if v.is('[') {
				v = v.element(0)
			}
			if strings.EqualFold(string(key.text()), name) && v.is('"') {
				return string(v.text())
			}
		}
	}
	return ""
}

// body returns the text for the client, nil when there is none.
func (p proxyResponse) body() ([]byte, error) {
	body := p.doc.field("body")
	switch {
	case body.missing():
		return nil, nil
	case string(p.doc.field("isBase64Encoded")) != "true":
		return body.text(), nil
	}
	text, err := base64.StdEncoding.DecodeString(string(body.text()))
	if err != nil {
		return nil, fmt.Errorf("the body of the function's answer is not base64: %w", err)
	}
	return text, nil
}
