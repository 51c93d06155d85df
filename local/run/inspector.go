package run

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"

	"sallyport/local/function"
	"sallyport/local/gateway"
	"sallyport/local/inspector"
)

// This file connects the inspector to the parts, which do not depend on it. Without an
// inspector, the functions of this file do nothing.

// createInspector creates the inspector for the site at host.
func (s *system) createInspector(host string) {
	if !s.settings.Inspector {
		return
	}
	s.inspector = inspector.New(inspector.Config{
		Host:        host,
		Connections: func() []inspector.Connection { return inspectorConnections(s.gateway.Connections()) },
		Expire:      func(id string) bool { return s.gateway.Expire(id) },
		Kill:        func() { s.function.Kill() },
		KillDuring:  func(match func([]byte) bool) int { return s.function.KillDuring(match) },
		Invoke:      func(ctx context.Context, payload []byte) ([]byte, error) { return s.function.Invoke(ctx, payload) },
		Queues:      s.inspectorQueues,
		Scaled:      s.settings.scaled,
	})
}

// countConnections makes the inspector count the connections until the system stops. The
// gateway must be running.
func (s *system) countConnections(ctx context.Context) {
	if s.inspector == nil {
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	var counting sync.WaitGroup
	counting.Go(func() { s.inspector.Count(ctx) })
	s.onEnd(func() {
		cancel()
		counting.Wait()
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

// beforeTable returns the address of the tables for the function. With an inspector, this is
// the address of a proxy that adds the outage of the tables, which the inspector injects.
func (s *system) beforeTable(ctx context.Context) (string, error) {
	if s.inspector == nil {
		return s.tableURL, nil
	}
	to, err := url.Parse(s.tableURL)
	if err != nil {
		return "", fmt.Errorf("start table: %w", err)
	}
	proxy := httputil.NewSingleHostReverseProxy(to)
	proxy.Transport = s.transport()
	proxy.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, _ error) {
		w.WriteHeader(http.StatusBadGateway) // no log, because each killed function aborts its requests
	}
	return s.serveOnFreePort(ctx, "table", s.inspector.Table(proxy))
}

// beforeSite adds the inspector to the origin of the site.
func (s *system) beforeSite(site http.Handler) http.Handler {
	if s.inspector == nil {
		return site
	}
	return below("/inspector/", s.inspector.Handler(), site)
}

// inspectorQueues returns the queues in the form of the inspector.
func (s *system) inspectorQueues() []inspector.Queue {
	var list []inspector.Queue
	for _, declared := range s.stack.Queues {
		q := inspector.Queue{Name: declared.Name, MaxReceives: declared.MaxReceives}
		for _, other := range s.stack.Queues {
			if other.DeadLetters == declared.ARN {
				q.DeadLettersOf = other.Name
			}
		}
		for _, m := range s.queues[declared.Name].Messages() {
			q.Messages = append(q.Messages, inspector.Message{
				ID: m.ID, Group: m.Group, Body: m.Body, Receives: m.Receives, Sent: m.Sent, HiddenUntil: m.HiddenUntil,
			})
		}
		list = append(list, q)
	}
	return list
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
			SourceIP: c.SourceIP, UserAgent: c.UserAgent, Received: c.Received, Sent: c.Sent,
		})
	}
	return list
}
