package main

import (
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/google/jsonschema-go/jsonschema"

	"sallyport/lambda/channel"
	"sallyport/lambda/route"
)

// contract describes all messages of the socket. Its fields are exported for the templates.
type contract struct {
	Routes []routeMessage  // messages that clients send
	Types  []serverMessage // messages that clients receive, in the form {"type", "data"}
	Errors []route.ErrorCode

	Namespaces []channel.Namespace
}

// routeMessage is the message that selects a route.
type routeMessage struct {
	route.Route
	Fields *jsonschema.Schema // an object, without the action; nil: the message is any text
}

// serverMessage is one type of message that a client receives.
type serverMessage struct {
	Type, Doc string
	Data      *jsonschema.Schema // nil: the message has no data
	Answers   string             // the key of the route that it answers; "" if it answers none
}

// refusal is the data of the types error and closing.
type refusal struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// describe returns the contract of an app. Its error names the route or event whose
// Go type has no JSON schema.
func describe(t route.Table, channels channel.Table) (contract, error) {
	c := contract{Errors: t.Errors(), Namespaces: channels.All()}
	for _, r := range t.All() {
		if r.Kind == route.KindLifecycle {
			continue
		}
		fields, err := schemaOf("route "+r.Key, r.In)
		if err != nil {
			return c, err
		}
		if fields == nil && r.Kind != route.KindDefault {
			fields = &jsonschema.Schema{Type: "object"}
		}
		c.Routes = append(c.Routes, routeMessage{r, fields})
		if r.Answer == "" {
			continue
		}
		data, err := schemaOf("answer of route "+r.Key, r.Out)
		if err != nil {
			return c, err
		}
		c.Types = append(c.Types, serverMessage{r.Answer, "answers a message of the route " + r.Key, data, r.Key})
	}
	for _, e := range t.Events() {
		data, err := schemaOf("event "+e.Type, e.Data)
		if err != nil {
			return c, err
		}
		c.Types = append(c.Types, serverMessage{Type: e.Type, Doc: e.Doc, Data: data})
	}
	data, err := schemaOf("error", reflect.TypeFor[refusal]())
	c.Types = append(c.Types,
		serverMessage{Type: "error", Doc: "refuses a message of the client; the connection stays open", Data: data},
		serverMessage{Type: "closing", Doc: "comes before the server closes the connection", Data: data})
	return c, err
}

// schemaOf returns the JSON schema of a Go type, or nil for nil. json.RawMessage can be any
// JSON value.
func schemaOf(name string, t reflect.Type) (*jsonschema.Schema, error) {
	if t == nil {
		return nil, nil
	}
	s, err := jsonschema.ForType(t, &jsonschema.ForOptions{TypeSchemas: map[reflect.Type]*jsonschema.Schema{
		reflect.TypeFor[json.RawMessage](): {},
	}})
	if err != nil {
		return nil, fmt.Errorf("%s: describe the Go type %s: %w", name, t, err)
	}
	return s, nil
}

// example returns a value that is valid for a schema.
func example(s *jsonschema.Schema) any {
	switch kindOf(s) {
	case "object":
		v := map[string]any{}
		for _, name := range s.Required {
			v[name] = example(s.Properties[name])
		}
		return v
	case "array":
		return []any{}
	case "string":
		return "text"
	case "boolean":
		return true
	case "integer", "number":
		return 1
	default:
		return nil
	}
}

// kindOf returns the JSON type of a schema, ignoring null. It returns "" if the schema
// allows any value.
func kindOf(s *jsonschema.Schema) string {
	if s.Type != "" {
		return s.Type
	}
	for _, t := range s.Types {
		if t != "null" {
			return t
		}
	}
	return ""
}

// nullable reports whether a schema with several types allows null.
func nullable(s *jsonschema.Schema) bool { return len(s.Types) > 0 && s.Types[0] == "null" }
