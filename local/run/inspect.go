package run

import (
	"encoding/json"
	"net/http"

	"sallyport/local/function"
	"sallyport/local/gateway"
	"sallyport/local/inspector"
)

// This file connects the inspector to the parts, which do not depend on it. Without an
// inspector, the functions of this file do nothing.

// inspect creates the inspector for the site at host.
func (s *system) inspect(host string) {
	if !s.settings.Inspector {
		return
	}
	s.inspector = inspector.New(inspector.Config{
		Host:        host,
		Connections: func() []inspector.Connection { return inspectorConnections(s.gateway.Connections()) },
		Expire:      func(id string) bool { return s.gateway.Expire(id) },
		Kill:        func() { s.function.Kill() },
	})
}

// observer returns the observer of the function's events, or nil.
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

// beforeFunction adds the failures of the authorizer, which the inspector injects, to f.
func (s *system) beforeFunction(f gateway.Invoker) gateway.Invoker {
	if s.inspector == nil {
		return f
	}
	return s.inspector.Invoker(f)
}

// beforeGateway adds the failures of pushes, which the inspector injects, to g.
func (s *system) beforeGateway(g http.Handler) http.Handler {
	if s.inspector == nil {
		return g
	}
	return s.inspector.Management(g)
}

// beforeSite adds the inspector to the origin of the site.
func (s *system) beforeSite(site http.Handler) http.Handler {
	if s.inspector == nil {
		return site
	}
	return below("/inspector/", s.inspector.Handler(), site)
}

// inspectorConnections returns the connections in the form of the inspector.
func inspectorConnections(connections []gateway.Connection) []inspector.Connection {
	list := make([]inspector.Connection, 0, len(connections))
	for _, c := range connections {
		var authorizer struct {
			PrincipalID string `json:"principalId"`
		}
		_ = json.Unmarshal(c.Authorizer, &authorizer) // without an authorizer, the user is unknown
		list = append(list, inspector.Connection{
			ID: c.ID, User: authorizer.PrincipalID,
			ConnectedAt: c.ConnectedAt.UnixMilli(), LastActiveAt: c.LastActiveAt.UnixMilli(),
			Received: c.Received, Sent: c.Sent,
		})
	}
	return list
}
