package inspector

import (
	"encoding/json"
	"strings"
	"time"
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

// shape is what tells events apart.
type shape struct {
	Type      string `json:"type"`
	MethodARN string `json:"methodArn"`
	// Source and DetailType are those of EventBridge.
	Source     string `json:"source"`
	DetailType string `json:"detail-type"`
	Push       *order `json:"push"`
	Disconnect *order `json:"disconnect"`
	Context    struct {
		RouteKey     string `json:"routeKey"`
		ConnectionID string `json:"connectionId"`
	} `json:"requestContext"`
}

// order is what a backend has the function do.
type order struct {
	Target struct {
		Connection string `json:"connection"`
	} `json:"target"`
}

// kind tells what an event is, and which connection it is about, if one.
func kind(payload []byte) (kind, connection string) {
	var s shape
	if json.Unmarshal(payload, &s) != nil {
		return "other", ""
	}
	switch {
	case s.MethodARN != "" && s.Type == "REQUEST":
		return authorizer, s.Context.ConnectionID
	case s.Context.RouteKey != "":
		return hide(s.Context.RouteKey), s.Context.ConnectionID
	case s.Push != nil:
		return "push", hide(s.Push.Target.Connection)
	case s.Disconnect != nil:
		return "disconnect", hide(s.Disconnect.Target.Connection)
	case s.Source == "aws.events" && s.DetailType == "Scheduled Event":
		return "schedule", ""
	}
	return "other", ""
}

const authorizer = "authorizer"

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
