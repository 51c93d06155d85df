package inspector

import (
	"encoding/json"
	"strings"
	"time"

	"sallyport/lambda/event"
)

// maxPart is the number of bytes that are kept of an event and of an answer.
const maxPart = 16 << 10

// Invocation is an event that the function has processed. Its slices must not be changed.
type Invocation struct {
	RequestID       string
	Payload, Answer []byte
	Failure         string // the error of the function; empty: it answered
	Began           time.Time
	Took            time.Duration
	Init            time.Duration // the duration of the cold start; zero: the process was running
	// Log is the output of the function, or the end of a long one. Only a complete log begins
	// with START.
	Log string
}

// Event is an event in the form for the page. Times are in milliseconds.
type Event struct {
	ID           int64    `json:"id"`   // consecutive numbers
	Kind         string   `json:"kind"` // "authorizer", "push", "disconnect", "schedule", "queue", a route key of either API, or "other"
	ConnectionID string   `json:"connectionId,omitempty"`
	RequestID    string   `json:"requestId,omitempty"`
	At           int64    `json:"at"` // Unix
	Took         float64  `json:"took"`
	Init         float64  `json:"init,omitempty"` // 0: the process was running
	Event        Part     `json:"event"`
	Answer       *Part    `json:"answer,omitempty"`
	Error        string   `json:"error,omitempty"`
	Log          []string `json:"log,omitempty"`
	// Failure is the injected failure with which the inspector answered in place of the function.
	Failure failure `json:"failure,omitempty"`

	raw *Invocation // nil: the other fields are set; else only ID is set
}

// Part is a JSON document without tokens and tickets. A long document, or one that is not
// JSON, has the beginning of its text instead.
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

// kind returns the name of an event, and the ID of its connection. The ID is "" if the event
// has no connection, or several.
func kind(payload []byte) (name, connection string) {
	var e event.Event
	if json.Unmarshal(payload, &e) != nil {
		return "other", ""
	}
	kinds := e.Kinds()
	if len(kinds) != 1 { // the function refuses such an event
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
	case event.Authorizer, event.Schedule, event.Queue:
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

// part returns a document in the form for the page.
func part(doc []byte) Part {
	p := Part{Size: len(doc)}
	clean, _, ok := redact(doc)
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

// logLines returns the complete lines of a log. An incomplete line may begin in the middle
// of a token, which could not be recognized.
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
