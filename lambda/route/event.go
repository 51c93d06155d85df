package route

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
)

// EventInfo describes a type of message that the server pushes.
type EventInfo struct {
	Type string
	Doc  string
	Data reflect.Type
}

// EventType is a type of message that the server pushes, with data of the type T.
type EventType[T any] struct{ info EventInfo }

// Event declares a type of message that the server pushes:
// {"type": typ, "data": T}.
func Event[T any](typ, doc string) EventType[T] {
	return EventType[T]{EventInfo{typ, doc, reflect.TypeFor[T]()}}
}

// With returns a message of the type e, for the sending methods of Caller.
func (e EventType[T]) With(data T) Message { return Message{e.info.Type, data} }

// Message is a message of a declared type.
type Message struct {
	kind string
	data any
}

// Envelope returns the text of a message to a client. data is JSON, and its bytes
// stay as they are.
func Envelope(typ string, data json.RawMessage) string {
	return `{"type":"` + typ + `","data":` + string(data) + `}`
}

// Encode returns v as JSON without the escapes that only HTML needs: they replace one
// character by six. A json.RawMessage keeps its bytes: json.Marshal would compact and
// escape it.
func Encode(v any) (json.RawMessage, error) {
	if raw, ok := v.(json.RawMessage); ok {
		if !json.Valid(raw) {
			return nil, errors.New("encode json.RawMessage: it is not JSON")
		}
		return raw, nil
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("encode %T: %w", v, err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
