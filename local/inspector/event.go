package inspector

import (
	"encoding/json"
	"strings"
	"time"

	"sallyport/lambda/event"
)

// maxPart is how much is kept of an event and of an answer.
const maxPart = 16 << 10

// Invocation is an event that went to the Lambda. Its slices are not changed.
type Invocation struct {
	RequestID       string
	Payload, Answer []byte
	Failure         string // what the Lambda says instead of an answer
	Began           time.Time
	Took            time.Duration
	Init            time.Duration // of a cold start; zero: the process ran already
	// Log is what the Lambda printed, of long ones the end; unless it is whole,
	// it does not begin with START.
	Log string
}

// Event is an event as it is shown. Times are milliseconds.
type Event struct {
	ID           int64    `json:"id"`   // grows by one
	Kind         string   `json:"kind"` // "authorizer", "push", "disconnect", "schedule", a route key of either API, or "other"
	ConnectionID string   `json:"connectionId,omitempty"`
	RequestID    string   `json:"requestId,omitempty"`
	At           int64    `json:"at"` // Unix
	Took         float64  `json:"took"`
	Init         float64  `json:"init,omitempty"` // 0: not cold
	Event        Part     `json:"event"`
	Answer       *Part    `json:"answer,omitempty"`
	Error        string   `json:"error,omitempty"`
	Log          []string `json:"log,omitempty"`
	// Fault says that the inspector answered in place of the Lambda.
	Failure failure `json:"failure,omitempty"`

	raw *Invocation // all of this, but for ID, is still to be made of it
}

// Part is a JSON document without tokens and tickets, or the beginning of its text if it is
// long or no JSON.
type Part struct {
	JSON json.RawMessage `json:"json,omitempty"`
	Text string          `json:"text,omitempty"`
	Size int             `json:"size"` // in bytes, of the original
}

func describe(in Invocation) *Event {
	e := &Event{
		RequestID: in.RequestID, At: in.Began.UnixMilli(), Took: milliseconds(in.Took), Init: milliseconds(in.Init),
		Event: part(in.Payload), Error: beginning(hide(in.Failure)), Log: logLines(in.Log),
	}
	e.Kind, e.ConnectionID = kind(in.Payload)
	if in.Answer != nil {
		answer := part(in.Answer)
		e.Answer = &answer
	}
	return e
}

// kind returns the name of an event, and the connection that it is about. The connection
// is "" if there is none, or several.
func kind(payload []byte) (name, connection string) {
	var e event.Event
	if json.Unmarshal(payload, &e) != nil {
		return "other", ""
	}
	kinds := e.Kinds()
	if len(kinds) != 1 { // the Lambda refuses such an event
		return "other", ""
	}
	c := &e.RequestContext
	switch kinds[0] {
	case event.Route:
		return hide(c.RouteKey), c.ConnectionID
	case event.HTTP:
		return hide(c.HTTP.Method + " " + c.HTTP.Path), ""
	case event.Push:
		return string(event.Push), connectionOf(e.Push)
	case event.Disconnect:
		return string(event.Disconnect), connectionOf(e.Disconnect)
	case event.Authorizer, event.Schedule:
	}
	return string(kinds[0]), c.ConnectionID
}

// connectionOf returns the connection of a command's target, "" if the target is another
// one.
func connectionOf(command json.RawMessage) string {
	var c struct {
		Target struct {
			Connection string `json:"connection"`
		} `json:"target"`
	}
	if json.Unmarshal(command, &c) != nil {
		return ""
	}
	return hide(c.Target.Connection)
}

// part returns what is shown of a document.
func part(doc []byte) Part {
	p := Part{Size: len(doc)}
	clean, ok := redact(doc)
	switch {
	case !ok:
		p.Text = beginning(hide(string(doc)))
	case len(clean) > maxPart:
		p.Text = beginning(string(clean))
	default:
		p.JSON = clean
	}
	return p
}

func beginning(text string) string {
	if len(text) > maxPart {
		return strings.ToValidUTF8(text[:maxPart], "")
	}
	return text
}

// logLines returns the whole lines of a log. A line that was cut may begin in
// the middle of a token, where nobody knows it for one.
func logLines(log string) []string {
	if !strings.HasPrefix(log, "START ") {
		_, log, _ = strings.Cut(log, "\n")
	}
	log = strings.TrimSuffix(log, "\n")
	if log == "" {
		return nil
	}
	return strings.Split(hide(log), "\n")
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
