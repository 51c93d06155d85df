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

const never = "WhHAe-TROkECC5w=" // a connection that never was

// linked is a connection to the product, and its id.
func linked(s *scene) (*client, string) {
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
		s.Fatalf("the product does not say who I am: %s", payload)
	}
	return c, me.Data.ConnectionID
}

// posted returns the check of a POST with that body, and of what the client
// then reads.
func posted(body, contentType string) func(s *scene) string {
	return func(s *scene) string {
		c, id := linked(s)
		got := make(chan string, 1)
		go func() { got <- c.next() }()
		a := s.stack.call(s.T, call{method: "POST", id: id, body: body, contentType: contentType})
		return a.String() + ", " + <-got
	}
}

// reached returns the check of a POST to a path, with the connection's id in
// place of ID, ESCAPED or RAW.
func reached(path string) func(s *scene) string {
	return func(s *scene) string {
		c, id := linked(s)
		path := strings.NewReplacer("STAGE", s.stack.connections.Path, "ESCAPED", url.QueryEscape(id), "RAW", id).Replace(path)
		a := s.stack.call(s.T, call{method: "POST", path: path, body: "hi"})
		if a.status != 200 {
			return a.String()
		}
		return a.String() + ", " + c.next()
	}
}

// called returns the check of a call.
func called(c call) func(s *scene) string {
	return func(s *scene) string {
		c := c
		c.path = strings.Replace(c.path, "STAGE", s.stack.connections.Path, 1)
		return s.stack.call(s.T, c).String()
	}
}

// malformed is the check of an id that cannot be one.
func malformed(name, id string) behaviour {
	return behaviour{"malformed" + name, "7.2", "observed", "a malformed id: " + id, `400 BadRequestException {"message":"Invalid connectionId: ` + plain(id) + `"}`, product, called(call{method: "POST", id: id})}
}

const gone = "410 GoneException"

var connectionCalls = []behaviour{
	{"post", "7.2", "observed", "POST", "200, text hi", product, posted("hi", "")},
	{"postJSON", "7.1", "observed", "the content type is free", `200, text {"a":1}`, product, posted(`{"a":1}`, "application/json")},
	{"postOctets", "7.1", "observed", "also application/octet-stream", "200, text hi", product, posted("hi", "application/octet-stream")},
	{"postUnicode", "7.1", "observed", "the body is delivered as it is", "200, text é\x00\n😀", product, posted("é\x00\n😀", "text/plain")},
	{"postEmpty", "7.2", "unknown", "an empty body is an empty message", "200, text ", product, posted("", "")},
	{"postBytes", "7.1", "unknown", "bytes that are not UTF-8: text all the same", "200, text \xff\xfe", product, posted("\xff\xfe", "")},
	{"postLarge", "7.1", "observed", "128 KB", fmt.Sprintf(`200, text %d times "x"`, messageLimit), product, posted(strings.Repeat("x", messageLimit), "")},
	{"postFrames", "7.1", "unknown", "more than 32 KB come in frames of 32 KB, and an empty last one", "1 32768, 0 7232, 0 0 final", product, func(s *scene) string {
		c, id := linked(s)
		s.stack.call(s.T, call{method: "POST", id: id, body: strings.Repeat("x", 40_000)})
		var seen []string
		for {
			first, payload, _ := c.readFrame()
			part := fmt.Sprint(first&0xf, " ", len(payload))
			if first&final != 0 {
				return strings.Join(append(seen, part+" final"), ", ")
			}
			seen = append(seen, part)
		}
	}},
	{"postTooLarge", "7.2", "doc, observed", "more than 128 KB", `413 PayloadTooLargeException {"message":"Request Too Long"}`, product, called(call{method: "POST", id: never, body: strings.Repeat("x", messageLimit+1)})},
	{"postHeaders", "7.2", "observed", "the headers of a POST", "Connection: keep-alive, Content-Length, Content-Type: application/json, Date, X-Amz-Apigw-Id: 16 characters, X-Amzn-Requestid: UUID, X-Amzn-Trace-Id", product, func(s *scene) string {
		_, id := linked(s)
		return describeHeaders(s.stack.call(s.T, call{method: "POST", id: id, body: "hi"}).header)
	}},
	{"pathEscaped", "7.1", "doc, observed", "@ and = escaped in the path", "200, text hi", product, reached("STAGE/%40connections/ESCAPED")},
	{"pathHalfEscaped", "7.1", "doc, observed", "= escaped", "200, text hi", product, reached("STAGE/@connections/ESCAPED")},
	{"pathRaw", "7.1", "doc, observed", "nothing escaped", "200, text hi", product, reached("STAGE/@connections/RAW")},
	{"get", "7.2", "observed", "GET: the body, to the blank", "{\n  \"identity\" : {\n    \"sourceIp\" : \"IP\",\n    \"userAgent\" : \"tester\"\n  },\n  \"connectedAt\" : \"0000-00-00T00:00:00.000Z\",\n  \"lastActiveAt\" : \"0000-00-00T00:00:00.000Z\"\n}", product, func(s *scene) string {
		return described(s, "User-Agent: tester")
	}},
	{"getNoUserAgent", "7.2", "observed", "GET without a User-Agent", "null", product, func(s *scene) string {
		body := described(s, "User-Agent:")
		return strings.TrimSpace(strings.Split(strings.Split(body, `"userAgent" :`)[1], "\n")[0])
	}},
	{"getHeaders", "7.2", "observed", "the headers of a GET", "Connection: keep-alive, Content-Length, Content-Type: application/json, Date, X-Amz-Apigw-Id: 16 characters, X-Amzn-Requestid: UUID, X-Amzn-Trace-Id", product, func(s *scene) string {
		_, id := linked(s)
		return describeHeaders(s.stack.call(s.T, call{method: "GET", id: id}).header)
	}},
	{"getTimes", "7.2", "observed", "lastActiveAt moves with client messages", "moved", product, func(s *scene) string {
		c, id := linked(s)
		before := activity(s, s.stack, id)
		for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
			c.send(`{"action":"ping"}`)
			c.next()
			if activity(s, s.stack, id) != before {
				return "moved"
			}
		}
		return "did not move"
	}},
	{"getAfterPost", "7.2", "unknown", "lastActiveAt does not move with a POST", "true", fixture, func(s *scene) string {
		connect := answers(ok)
		e := s.serve(api{connect: connect})
		e.open(s.T)
		id := connect.next(s.T).text("requestContext.connectionId")
		before := activity(s, e, id)
		for range 20 {
			e.call(s.T, call{method: "POST", id: id, body: "hi"})
		}
		return fmt.Sprint(activity(s, e, id) == before)
	}},
	{"delete", "7.2", "observed", "DELETE: the client is told", "204, close 1000 Connection Closed Normally", product, func(s *scene) string {
		c, id := linked(s)
		a := s.stack.call(s.T, call{method: "DELETE", id: id})
		return a.String() + ", " + c.next()
	}},
	{"deleteHeaders", "7.2", "observed, doc", "the headers of a DELETE: no content type", "Connection: keep-alive, Date, X-Amz-Apigw-Id: 16 characters, X-Amzn-Requestid: UUID, X-Amzn-Trace-Id", product, func(s *scene) string {
		_, id := linked(s)
		return describeHeaders(s.stack.call(s.T, call{method: "DELETE", id: id}).header)
	}},
	{"deleteTwice", "7.2", "observed", "after DELETE it is gone for all methods", gone + ", " + gone + ", " + gone, product, func(s *scene) string {
		_, id := linked(s)
		s.stack.call(s.T, call{method: "DELETE", id: id})
		var seen []string
		for _, method := range []string{"DELETE", "POST", "GET"} {
			seen = append(seen, s.stack.call(s.T, call{method: method, id: id}).String())
		}
		return strings.Join(seen, ", ")
	}},
	{"gonePost", "7.2", "observed", "POST to a connection that never was: no body", gone, product, called(call{method: "POST", id: never, body: "hi"})},
	{"goneGet", "7.2", "observed", "GET of one", gone, product, called(call{method: "GET", id: never})},
	{"goneDelete", "7.2", "observed", "DELETE of one", gone, product, called(call{method: "DELETE", id: never})},
	{"goneHeaders", "7.2", "observed", "the headers of a 410", "Connection: keep-alive, Content-Length, Content-Type: application/json, Date, X-Amz-Apigw-Id: 16 characters, X-Amzn-Errortype, X-Amzn-Requestid: UUID, X-Amzn-Trace-Id", product, func(s *scene) string {
		return describeHeaders(s.stack.call(s.T, call{method: "GET", id: never}).header)
	}},
	malformed("Name", "bot_X"),
	malformed("Long", "abcdefghijklmnopqrstuvwxy"),
	malformed("More", never+"x"),
	malformed("NoPadding", "WhHAe-TROkECC5w"),
	malformed("Alphabet", "WhHAe+TROkECC5w="),
	{"malformedSlash", "7.2", "observed", "an id and more of a path", `400 BadRequestException {"message":"Invalid connectionId: <id>/x"}`, product, called(call{method: "GET", path: "STAGE/@connections/" + url.QueryEscape(never) + "/x"})},
	{"malformedHeaders", "7.2", "observed", "the headers of a 400: no trace id", "Connection: keep-alive, Content-Length, Content-Type: application/json, Date, X-Amz-Apigw-Id: 16 characters, X-Amzn-Errortype, X-Amzn-Requestid: UUID", product, func(s *scene) string {
		return describeHeaders(s.stack.call(s.T, call{method: "GET", id: "bot_X"}).header)
	}},
	{"wrongStage", "7.2", "observed", "another stage", forbidden, product, called(call{method: "POST", path: "/nowhere/@connections/" + url.QueryEscape(never)})},
	{"noStage", "7.2", "observed", "no stage", forbidden, product, called(call{method: "POST", path: "/@connections/" + url.QueryEscape(never)})},
	{"slashesBefore", "7.2", "unknown", "two slashes before the stage", forbidden, product, called(call{method: "POST", path: "/STAGE/@connections/" + url.QueryEscape(never)})},
	{"slashesBehind", "7.2", "unknown", "two slashes behind it", forbidden, product, called(call{method: "POST", path: "STAGE//@connections/" + url.QueryEscape(never)})},
	{"noID", "7.2", "unknown", "no id", forbidden, product, called(call{method: "POST", path: "STAGE/@connections/"})},
	{"put", "7.1", "unknown", "another method", forbidden, product, called(call{method: "PUT", id: never})},
	{"during$connect", "7.2", "doc", "POST from inside $connect", gone, fixture, func(s *scene) string {
		var during answer
		e := new(endpoint)
		connect := does(func(_ context.Context, event event) (string, error) {
			during = e.call(s.T, call{method: "POST", id: event.text("requestContext.connectionId"), body: "hi"})
			return ok, nil
		})
		*e = *s.serve(api{connect: connect})
		e.open(s.T)
		return during.String()
	}},
	{"afterConnect", "7.2", "doc", "POST as soon as the client has read the 101", "200, text hi", fixture, func(s *scene) string {
		connect := answers(ok)
		e := s.serve(api{connect: connect})
		c := e.open(s.T)
		a := e.call(s.T, call{method: "POST", id: connect.next(s.T).text("requestContext.connectionId"), body: "hi"})
		return a.String() + ", " + c.next()
	}},
	{"bufferFull", "7.2", "doc, observed", "the client does not read", `429 LimitExceededException {"message":"Too Many Requests"}`, fixture, func(s *scene) string {
		connect := answers(ok)
		e := s.serve(api{connect: connect, config: func(c *gateway.Config) { c.Limits.Unsent, c.Limits.Write = 1<<10, patience }})
		c := e.open(s.T)
		id := connect.next(s.T).text("requestContext.connectionId")
		refused, done := make(chan answer, 1), make(chan struct{})
		for range 4 { // one of them waits for the client, the others are refused
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
		_ = c.Close() // nobody waits for the client any more
		for range 4 {
			<-done
		}
		return first.String()
	}},
}

// described returns the body of a GET, without what differs from run to run.
func described(s *scene, header string) string {
	s.Helper()
	c := s.stack.opened(s.T, upgrade{headers: []string{header}})
	c.send(`{"action":"whoami"}`)
	_, payload, _ := c.readFrame()
	id := idPattern.FindString(string(payload))
	body := s.stack.call(s.T, call{method: "GET", id: id}).body
	body = timePattern.ReplaceAllString(body, "0000-00-00T00:00:00.000Z")
	return ipPattern.ReplaceAllString(body, `"sourceIp" : "IP"`)
}

// activity returns lastActiveAt.
func activity(s *scene, e *endpoint, id string) string {
	s.Helper()
	body := e.call(s.T, call{method: "GET", id: id}).body
	_, at, _ := strings.Cut(body, "lastActiveAt")
	return at
}
