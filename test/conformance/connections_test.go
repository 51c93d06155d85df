package conformance

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"time"

	"sallyport/local/gateway"
)

const unknownID = "WhHAe-TROkECC5w=" // the id of a connection that never existed

// connectProduct returns a client that is connected to the product, and the id of its
// connection.
func connectProduct(s *env) (*client, string) {
	s.Helper()
	c := s.stack.open(s.T)
	c.send(`{"action":"whoami"}`)
	_, payload, _ := c.readFrame()
	var me struct {
		Data struct {
			ConnectionID string `json:"connectionId"`
		} `json:"data"`
	}
	if err := json.Unmarshal(payload, &me); err != nil || me.Data.ConnectionID == "" {
		s.Fatalf("got the answer %s to whoami, want one with a connectionId", payload)
	}
	return c, me.Data.ConnectionID
}

// postResult returns the check of a POST with this body: the answer, and the next message
// of the client.
func postResult(body, contentType string) func(s *env) string {
	return func(s *env) string {
		c, id := connectProduct(s)
		got := make(chan string, 1)
		go func() { got <- c.next() }()
		a := s.stack.call(s.T, call{method: "POST", id: id, body: body, contentType: contentType})
		return a.String() + ", " + <-got
	}
}

// postTo returns the check of a POST to a path: the answer, and the next message of the
// client after a 200. In the path, STAGE is the path of the stage, RAW is the id of the
// connection, and ESCAPED is the escaped id.
func postTo(path string) func(s *env) string {
	return func(s *env) string {
		c, id := connectProduct(s)
		path := strings.NewReplacer("STAGE", s.stack.connections.Path, "ESCAPED", url.QueryEscape(id), "RAW", id).Replace(path)
		a := s.stack.call(s.T, call{method: "POST", path: path, body: "hi"})
		if a.status != 200 {
			return a.String()
		}
		return a.String() + ", " + c.next()
	}
}

// callResult returns the check of the answer to a call. In the path, STAGE is the path of
// the stage.
func callResult(c call) func(s *env) string {
	return func(s *env) string {
		c := c
		c.path = strings.Replace(c.path, "STAGE", s.stack.connections.Path, 1)
		return s.stack.call(s.T, c).String()
	}
}

// malformed returns the case of an id that is not valid.
func malformed(name, id string) behaviour {
	return behaviour{"malformed" + name, "7.2", "observed", "a malformed id: " + id, `400 BadRequestException {"message":"Invalid connectionId: ` + plain(id) + `"}`, product, callResult(call{method: "POST", id: id})}
}

const gone = "410 GoneException"

var connectionCalls = []behaviour{
	{"post", "7.2", "observed", "POST", "200, text hi", product, postResult("hi", "")},
	{"postJSON", "7.1", "observed", "the content type may be application/json", `200, text {"a":1}`, product, postResult(`{"a":1}`, "application/json")},
	{"postOctets", "7.1", "observed", "the content type may be application/octet-stream", "200, text hi", product, postResult("hi", "application/octet-stream")},
	{"postUnicode", "7.1", "observed", "the client receives the unchanged body", "200, text é\x00\n😀", product, postResult("é\x00\n😀", "text/plain")},
	{"postEmpty", "7.2", "unknown", "an empty body is an empty message", "200, text ", product, postResult("", "")},
	{"postBytes", "7.1", "unknown", "bytes that are not UTF-8 arrive in a text message", "200, text \xff\xfe", product, postResult("\xff\xfe", "")},
	{"postLarge", "7.1", "observed", "128 KB", fmt.Sprintf(`200, text %d times "x"`, messageLimit), product, postResult(strings.Repeat("x", messageLimit), "")},
	{"postFrames", "7.1", "unknown", "more than 32 KB arrive in frames of at most 32 KB and an empty last frame", "1 32768, 0 7232, 0 0 final", product, func(s *env) string {
		c, id := connectProduct(s)
		s.stack.call(s.T, call{method: "POST", id: id, body: strings.Repeat("x", 40_000)})
		var frames []string
		for {
			first, payload, _ := c.readFrame()
			part := fmt.Sprint(first&0xf, " ", len(payload))
			if first&final != 0 {
				return strings.Join(append(frames, part+" final"), ", ")
			}
			frames = append(frames, part)
		}
	}},
	{"postTooLarge", "7.2", "doc, observed", "more than 128 KB", `413 PayloadTooLargeException {"message":"Request Too Long"}`, product, callResult(call{method: "POST", id: unknownID, body: strings.Repeat("x", messageLimit+1)})},
	{"postHeaders", "7.2", "observed", "the headers of a POST", "Connection: keep-alive, Content-Length, Content-Type: application/json, Date, X-Amz-Apigw-Id: 16 characters, X-Amzn-Requestid: UUID, X-Amzn-Trace-Id", product, func(s *env) string {
		_, id := connectProduct(s)
		return describeHeaders(s.stack.call(s.T, call{method: "POST", id: id, body: "hi"}).header)
	}},
	{"pathEscaped", "7.1", "doc, observed", "@ and = escaped in the path", "200, text hi", product, postTo("STAGE/%40connections/ESCAPED")},
	{"pathHalfEscaped", "7.1", "doc, observed", "= escaped", "200, text hi", product, postTo("STAGE/@connections/ESCAPED")},
	{"pathRaw", "7.1", "doc, observed", "nothing escaped", "200, text hi", product, postTo("STAGE/@connections/RAW")},
	{"get", "7.2", "observed", "GET: the exact body", "{\n  \"identity\" : {\n    \"sourceIp\" : \"IP\",\n    \"userAgent\" : \"tester\"\n  },\n  \"connectedAt\" : \"0000-00-00T00:00:00.000Z\",\n  \"lastActiveAt\" : \"0000-00-00T00:00:00.000Z\"\n}", product, func(s *env) string {
		return connectionBody(s, "User-Agent: tester")
	}},
	{"getNoUserAgent", "7.2", "observed", "GET without a User-Agent", "null", product, func(s *env) string {
		body := connectionBody(s, "User-Agent:")
		return strings.TrimSpace(strings.Split(strings.Split(body, `"userAgent" :`)[1], "\n")[0])
	}},
	{"getHeaders", "7.2", "observed", "the headers of a GET", "Connection: keep-alive, Content-Length, Content-Type: application/json, Date, X-Amz-Apigw-Id: 16 characters, X-Amzn-Requestid: UUID, X-Amzn-Trace-Id", product, func(s *env) string {
		_, id := connectProduct(s)
		return describeHeaders(s.stack.call(s.T, call{method: "GET", id: id}).header)
	}},
	{"getTimes", "7.2", "observed", "a message of the client changes lastActiveAt", "changed", product, func(s *env) string {
		c, id := connectProduct(s)
		before := lastActive(s, s.stack, id)
		for deadline := time.Now().Add(hangLimit); time.Now().Before(deadline); {
			c.send(`{"action":"ping"}`)
			c.next()
			if lastActive(s, s.stack, id) != before {
				return "changed"
			}
		}
		return "did not change"
	}},
	{"getAfterPost", "7.2", "unknown", "a POST does not change lastActiveAt", "true", fixture, func(s *env) string {
		connect := answers(ok)
		e := s.serve(api{connect: connect})
		e.open(s.T)
		id := connect.next(s.T).text("requestContext.connectionId")
		before := lastActive(s, e, id)
		for range 20 {
			e.call(s.T, call{method: "POST", id: id, body: "hi"})
		}
		return fmt.Sprint(lastActive(s, e, id) == before)
	}},
	{"delete", "7.2", "observed", "DELETE: the client receives a close frame", "204, close 1000 Connection Closed Normally", product, func(s *env) string {
		c, id := connectProduct(s)
		a := s.stack.call(s.T, call{method: "DELETE", id: id})
		return a.String() + ", " + c.next()
	}},
	{"deleteHeaders", "7.2", "observed, doc", "the headers of a DELETE, without a content type", "Connection: keep-alive, Date, X-Amz-Apigw-Id: 16 characters, X-Amzn-Requestid: UUID, X-Amzn-Trace-Id", product, func(s *env) string {
		_, id := connectProduct(s)
		return describeHeaders(s.stack.call(s.T, call{method: "DELETE", id: id}).header)
	}},
	{"deleteTwice", "7.2", "observed", "after a DELETE, the connection is gone for all methods", gone + ", " + gone + ", " + gone, product, func(s *env) string {
		_, id := connectProduct(s)
		s.stack.call(s.T, call{method: "DELETE", id: id})
		var results []string
		for _, method := range []string{"DELETE", "POST", "GET"} {
			results = append(results, s.stack.call(s.T, call{method: method, id: id}).String())
		}
		return strings.Join(results, ", ")
	}},
	{"gonePost", "7.2", "observed", "POST to a connection that never existed", gone, product, callResult(call{method: "POST", id: unknownID, body: "hi"})},
	{"goneGet", "7.2", "observed", "GET of a connection that never existed", gone, product, callResult(call{method: "GET", id: unknownID})},
	{"goneDelete", "7.2", "observed", "DELETE of a connection that never existed", gone, product, callResult(call{method: "DELETE", id: unknownID})},
	{"goneHeaders", "7.2", "observed", "the headers of a 410", "Connection: keep-alive, Content-Length, Content-Type: application/json, Date, X-Amz-Apigw-Id: 16 characters, X-Amzn-Errortype, X-Amzn-Requestid: UUID, X-Amzn-Trace-Id", product, func(s *env) string {
		return describeHeaders(s.stack.call(s.T, call{method: "GET", id: unknownID}).header)
	}},
	malformed("Name", "bot_X"),
	malformed("Long", "abcdefghijklmnopqrstuvwxy"),
	malformed("More", unknownID+"x"),
	malformed("NoPadding", "WhHAe-TROkECC5w"),
	malformed("Alphabet", "WhHAe+TROkECC5w="),
	{"malformedSlash", "7.2", "observed", "an id with a slash", `400 BadRequestException {"message":"Invalid connectionId: <id>/x"}`, product, callResult(call{method: "GET", path: "STAGE/@connections/" + url.QueryEscape(unknownID) + "/x"})},
	{"malformedHeaders", "7.2", "observed", "the headers of a 400, without a trace id", "Connection: keep-alive, Content-Length, Content-Type: application/json, Date, X-Amz-Apigw-Id: 16 characters, X-Amzn-Errortype, X-Amzn-Requestid: UUID", product, func(s *env) string {
		return describeHeaders(s.stack.call(s.T, call{method: "GET", id: "bot_X"}).header)
	}},
	{"wrongStage", "7.2", "observed", "another stage", forbidden, product, callResult(call{method: "POST", path: "/nowhere/@connections/" + url.QueryEscape(unknownID)})},
	{"noStage", "7.2", "observed", "no stage", forbidden, product, callResult(call{method: "POST", path: "/@connections/" + url.QueryEscape(unknownID)})},
	{"slashesBefore", "7.2", "unknown", "two slashes before the stage", forbidden, product, callResult(call{method: "POST", path: "/STAGE/@connections/" + url.QueryEscape(unknownID)})},
	{"slashesBehind", "7.2", "unknown", "two slashes after the stage", forbidden, product, callResult(call{method: "POST", path: "STAGE//@connections/" + url.QueryEscape(unknownID)})},
	{"noID", "7.2", "unknown", "no id", forbidden, product, callResult(call{method: "POST", path: "STAGE/@connections/"})},
	{"put", "7.1", "unknown", "another method", forbidden, product, callResult(call{method: "PUT", id: unknownID})},
	{"during$connect", "7.2", "doc", "POST during $connect", gone, fixture, func(s *env) string {
		var during answer
		e := new(endpoint)
		connect := newFunction(func(_ context.Context, event event) (string, error) {
			during = e.call(s.T, call{method: "POST", id: event.text("requestContext.connectionId"), body: "hi"})
			return ok, nil
		})
		*e = *s.serve(api{connect: connect})
		e.open(s.T)
		return during.String()
	}},
	{"afterConnect", "7.2", "doc", "POST as soon as the client has read the 101", "200, text hi", fixture, func(s *env) string {
		connect := answers(ok)
		e := s.serve(api{connect: connect})
		c := e.open(s.T)
		a := e.call(s.T, call{method: "POST", id: connect.next(s.T).text("requestContext.connectionId"), body: "hi"})
		return a.String() + ", " + c.next()
	}},
	{"bufferFull", "7.2", "doc, observed", "the client does not read", `429 LimitExceededException {"message":"Too Many Requests"}`, fixture, func(s *env) string {
		connect := answers(ok)
		e := s.serve(api{connect: connect, config: func(c *gateway.Config) { c.Limits.Unsent, c.Limits.Write = 1<<10, hangLimit }})
		c := e.open(s.T)
		id := connect.next(s.T).text("requestContext.connectionId")
		refused, done := make(chan answer, 1), make(chan struct{})
		for range 4 { // one of them waits for the client, the gateway refuses the others
			go func() {
				for {
					a := e.call(s.T, call{method: "POST", id: id, body: strings.Repeat("x", messageLimit)})
					if a.status != 200 {
						select {
						case refused <- a:
						default:
						}
						done <- struct{}{}
						return
					}
				}
			}()
		}
		first := <-refused
		_ = c.Close() // ends the call that waits for the client
		for range 4 {
			<-done
		}
		return first.String()
	}},
}

// connectionBody returns the body of a GET, with the times and the address replaced.
func connectionBody(s *env, header string) string {
	s.Helper()
	c := s.stack.openWith(s.T, upgrade{headers: []string{header}})
	c.send(`{"action":"whoami"}`)
	_, payload, _ := c.readFrame()
	id := idPattern.FindString(string(payload))
	body := s.stack.call(s.T, call{method: "GET", id: id}).body
	body = timePattern.ReplaceAllString(body, "0000-00-00T00:00:00.000Z")
	return ipPattern.ReplaceAllString(body, `"sourceIp" : "IP"`)
}

// lastActive returns lastActiveAt of a connection.
func lastActive(s *env, e *endpoint, id string) string {
	s.Helper()
	body := e.call(s.T, call{method: "GET", id: id}).body
	_, at, _ := strings.Cut(body, "lastActiveAt")
	return at
}
