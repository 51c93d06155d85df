package event_test

import (
	"encoding/json"
	"slices"
	"testing"

	"sallyport/lambda/event"
)

func TestKinds(t *testing.T) {
	for payload, want := range map[string][]event.Kind{
		`{}`:                                     nil,
		`{"type":"REQUEST","methodArn":"arn:x"}`: {event.Authorizer},
		`{"type":"REQUEST"}`:                     nil,
		`{"type":"REQUEST","methodArn":"arn:x","requestContext":{"routeKey":"$connect","connectionId":"a"}}`: {event.Authorizer},
		`{"type":"REQUEST","methodArn":"arn:x","requestContext":{"routeKey":"whoami","connectionId":"a"}}`:   {event.Authorizer, event.Route},
		`{"requestContext":{"routeKey":"$connect","connectionId":"a"}}`:                                      {event.Route},
		`{"requestContext":{"routeKey":"$connect"}}`:                                                         nil,
		`{"requestContext":{"connectionId":"a"}}`:                                                            nil,
		`{"version":"2.0","requestContext":{"routeKey":"POST /tickets","http":{"method":"POST"}}}`:           {event.HTTP},
		`{"version":"1.0","requestContext":{"http":{"method":"POST"}}}`:                                      nil,
		`{"version":"0","source":"aws.events","detail-type":"Scheduled Event"}`:                              {event.Schedule},
		`{"source":"aws.events","detail-type":"Another Event"}`:                                              nil,
		`{"source":"my.app","detail-type":"Scheduled Event"}`:                                                nil,
		`{"push":{}}`:                        {event.Push},
		`{"disconnect":1}`:                   {event.Disconnect},
		`{"push":null,"disconnect":null}`:    {event.Push, event.Disconnect},
		`{"Records":[{"eventSource":"s3"}]}`: nil,
	} {
		var e event.Event
		if err := json.Unmarshal([]byte(payload), &e); err != nil {
			t.Fatal(err)
		}
		if got := e.Kinds(); !slices.Equal(got, want) {
			t.Errorf("%s: got kinds %q, want %q", payload, got, want)
		}
	}
}

func TestHeaderAndParameter(t *testing.T) {
	for name, test := range map[string]struct {
		payload            string
		headers, parameter []string
	}{
		"all values":   {`{"headers":{"Origin":"b"},"multiValueHeaders":{"origin":["a","b"]},"queryStringParameters":{"token":"2"},"multiValueQueryStringParameters":{"token":["1","2"]}}`, []string{"a", "b"}, []string{"1", "2"}},
		"one value":    {`{"headers":{"ORIGIN":"a"},"queryStringParameters":{"token":""}}`, []string{"a"}, []string{""}},
		"other header": {`{"headers":{"Host":"a"},"multiValueHeaders":{"Host":["a"]},"queryStringParameters":{"Token":"1"}}`, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var e event.Event
			if err := json.Unmarshal([]byte(test.payload), &e); err != nil {
				t.Fatal(err)
			}
			if got := e.Header("origin"); !slices.Equal(got, test.headers) {
				t.Errorf("got headers %q, want %q", got, test.headers)
			}
			if got := e.Parameter("token"); !slices.Equal(got, test.parameter) {
				t.Errorf("got parameters %q, want %q", got, test.parameter)
			}
		})
	}
}

func TestCookie(t *testing.T) {
	for name, test := range map[string]struct {
		payload string
		want    []string
	}{
		"member":     {`{"cookies":["a=0","id=1","id=2; id=3"]}`, []string{"1", "2", "3"}},
		"header":     {`{"headers":{"cookie":"id=1; a=0"}}`, []string{"1"}},
		"all values": {`{"headers":{"Cookie":"id=2"},"multiValueHeaders":{"Cookie":["id=1;\tid=2","id=3"]}}`, []string{"1", "2", "3"}},
		"both":       {`{"headers":{"cookie":"a=0; id=1"},"cookies":["a=0","id=1"]}`, []string{"1"}},
		"differ":     {`{"headers":{"cookie":"id=1"},"cookies":["id=2","id=3"]}`, []string{"2", "3"}},
		"elsewhere":  {`{"headers":{"cookie":"id=1"},"cookies":["a=0"]}`, nil},
		"raw value":  {`{"cookies":["id=\"a=b\" "]}`, []string{`"a=b" `}},
		"other name": {`{"cookies":["ID=1","id =1","xid=1","id","\u00a0id=1"]}`, nil},
		"none":       {`{}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var e event.Event
			if err := json.Unmarshal([]byte(test.payload), &e); err != nil {
				t.Fatal(err)
			}
			if got := e.Cookie("id"); !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
