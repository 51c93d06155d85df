package run

import (
	"encoding/json"
	"fmt"
	"net/http"

	"sallyport/local/function"
	"sallyport/local/gateway"
	"sallyport/local/inspector"
	"sallyport/local/site"
)

// This file puts the inspector around the parts, which do not know it. Without
// one, everything here does nothing.

// inspect sets up the inspector for the site at host, and tells the page of it.
func (s *system) inspect(host string) error {
	if !s.settings.Inspector {
		return nil
	}
	s.inspector = inspector.New(inspector.Config{
		Host:        host,
		Connections: func() []inspector.Connection { return shown(s.gateway.Connections()) },
		Expire:      func(id string) bool { return s.gateway.Expire(id) },
		Kill:        func() { s.function.Kill() },
	})
	return markLocal(s.stack.Site.Objects)
}

// markLocal has config.json say that the page is served by a local run. No
// deployment says so.
func markLocal(objects []site.Object) error {
	for i, o := range objects {
		if o.Key != "config.json" {
			continue
		}
		config := map[string]any{}
		if err := json.Unmarshal([]byte(o.Content), &config); err != nil {
			return fmt.Errorf("read config.json of the plan: %w", err)
		}
		config["local"] = true
		text, err := json.Marshal(config)
		if err != nil {
			return fmt.Errorf("write config.json: %w", err)
		}
		objects[i].Content = string(text)
	}
	return nil
}

// observer is told of each event that the function has run.
func (s *system) observer() func(function.Invocation) {
	if s.inspector == nil {
		return nil
	}
	return func(i function.Invocation) {
		failure := ""
		if i.Failure != nil {
			failure = i.Failure.Error()
		}
		s.inspector.Record(inspector.Invocation{
			RequestID: i.RequestID, Payload: i.Payload, Answer: i.Answer, Failure: failure,
			Began: i.Began, Took: i.Took, Init: i.Init, Log: i.Log,
		})
	}
}

// beforeFunction lets the inspector refuse clients in place of f.
func (s *system) beforeFunction(f gateway.Invoker) gateway.Invoker {
	if s.inspector == nil {
		return f
	}
	return s.inspector.Invoker(f)
}

// beforeGateway lets the inspector hinder pushes.
func (s *system) beforeGateway(g http.Handler) http.Handler {
	if s.inspector == nil {
		return g
	}
	return s.inspector.Management(g)
}

// beforeSite serves the inspector on the site's origin.
func (s *system) beforeSite(site http.Handler) http.Handler {
	if s.inspector == nil {
		return site
	}
	return below("/inspector/", s.inspector.Handler(), site)
}

// shown is what the inspector shows of connections.
func shown(connections []gateway.Connection) []inspector.Connection {
	list := make([]inspector.Connection, 0, len(connections))
	for _, c := range connections {
		var who struct {
			PrincipalID string `json:"principalId"`
		}
		_ = json.Unmarshal(c.Authorizer, &who) // without an authorizer nobody knows
		list = append(list, inspector.Connection{
			ID: c.ID, User: who.PrincipalID,
			ConnectedAt: c.ConnectedAt.UnixMilli(), LastActiveAt: c.LastActiveAt.UnixMilli(),
			Received: c.Received, Sent: c.Sent,
		})
	}
	return list
}
