package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// measurements returns the checks that record facts that docs/api-gateway.md marks unknown, rest or weakly observed,
// and that the cases of test/conformance do not measure on a stack.
func measurements() []check {
	refusal := func(name, description, section string, u func(v *verifier) upgrade) check {
		return check{
			area: "measurement", name: name, description: description, section: section,
			run: func(ctx context.Context, v *verifier) (string, error) {
				a, err := v.handshake(ctx, u(v))
				return fmt.Sprintf("%d %s %s; headers %s", a.status, a.header.Get("X-Amzn-Errortype"), a.body, names(a.header)), err
			},
		}
	}
	at := func(change func(path string) string) func(v *verifier) upgrade {
		return func(v *verifier) upgrade {
			u, err := url.Parse(v.outputs["websocketUrl"])
			if err != nil {
				return upgrade{}
			}
			u.Path = change(u.Path)
			return upgrade{protocols: []string{ownProtocol, "bearer." + v.firstUser.token}, address: u.String()}
		}
	}
	get := func(name, description string, below string) check {
		return check{
			area: "measurement", name: name, description: description, section: "1.3 unknown",
			run: func(ctx context.Context, v *verifier) (string, error) {
				a, err := v.request(ctx, http.MethodGet, overHTTP(v.outputs["websocketUrl"])+below, "", nil)
				return fmt.Sprintf("%d %s", a.status, a.body), err
			},
		}
	}
	return append([]check{
		refusal("refusedByGateway", "body and headers of a 401 without the authorizer", "1.3 rest, 1.3 unknown", func(*verifier) upgrade { return upgrade{} }),
		refusal("refusedWith401", "body and headers of a 401 of the authorizer", "1.3 rest, 1.3 unknown", func(*verifier) upgrade {
			return upgrade{protocols: []string{ownProtocol, "bearer.x"}}
		}),
		refusal("refusedWith403", "body and headers of a 403 of the authorizer's policy", "1.3 rest, 1.3 unknown", func(v *verifier) upgrade {
			return upgrade{protocols: []string{ownProtocol, "bearer." + v.firstUser.token}, origin: foreign}
		}),
		refusal("acceptedHeaders", "the 101 to an offer of compression, as browsers send it", "1.2 unknown", func(v *verifier) upgrade {
			return upgrade{protocols: []string{ownProtocol, "bearer." + v.firstUser.token}, offer: "permessage-deflate; client_max_window_bits"}
		}),
		refusal("longerPath", "a handshake at a path below the stage", "1.1 unknown", at(func(path string) string { return path + "/more" })),
		refusal("doubleSlash", "a handshake at a path with two slashes", "1.1 unknown", at(func(path string) string { return "/" + path })),
		get("plainGet", "a GET of the stage without Upgrade", ""),
		get("plainGetBelow", "a GET below the stage without Upgrade", "/more"),
	}, connectionMeasurements()...)
}

// connectionMeasurements returns the measurements of TLS and of open connections.
func connectionMeasurements() []check {
	return []check{
		{
			area: "measurement", name: "http2", description: "the protocols that TLS offers at the WebSocket's address", section: "1.1 unknown", skip: onAWS, run: offeredProtocol,
		},
		{
			area: "measurement", name: "dollarRoute", description: `the answer to {"action":"$connect"}`, section: "4 unknown",
			run: onConnection(func(ctx context.Context, _ *verifier, s *socket) (string, error) {
				return s.ask(ctx, `{"action":"$connect"}`)
			}),
		},
		{
			area: "measurement", name: "onlyPings", description: "a connection with pings only, for eleven minutes", section: "6 unknown",
			skip: slowRun, duration: 12 * time.Minute, run: onConnection(onlyPings(time.Minute, 11*time.Minute)),
		},
		{area: "measurement", name: "lastActive", description: "whether a POST changes lastActiveAt", section: "7.2 unknown", run: onConnection(lastActiveAt)},
		{
			area: "measurement", name: "mappingPath", description: "@connections of a custom domain, at a path that no route has", section: "7.2 unknown", skip: all(onAWS, withAPIDomain),
			run: func(ctx context.Context, v *verifier) (string, error) {
				_, err := v.aws(ctx, "apigatewaymanagementapi", "get-connection", "--endpoint-url", "https://"+v.host("websocketUrl")+"/verify/no/route", "--connection-id=WhHAe-TROkECC5w=")
				return fmt.Sprint(err), nil
			},
		},
	}
}

func withAPIDomain(v *verifier) string {
	if v.oneDomain() || v.apiID("websocketUrl") != "" {
		return "the API has no domain of its own"
	}
	return ""
}

// offeredProtocol returns the protocol that the server chooses if the client offers HTTP/2.
func offeredProtocol(ctx context.Context, v *verifier) (string, error) {
	d := tls.Dialer{Config: &tls.Config{NextProtos: []string{"h2", "http/1.1"}, MinVersion: tls.VersionTLS12}}
	conn, err := d.DialContext(ctx, "tcp", v.host("websocketUrl")+":443")
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close() }()
	c, ok := conn.(*tls.Conn)
	if !ok {
		return "", errors.New("the connection has no TLS")
	}
	state := c.ConnectionState()
	return fmt.Sprintf("%q with %s", state.NegotiatedProtocol, tls.VersionName(state.Version)), nil
}

// onlyPings returns a function for onConnection that sends a ping at each interval. It returns how
// the connection ended, or "open" after the time d.
func onlyPings(interval, d time.Duration) func(context.Context, *verifier, *socket) (string, error) {
	return func(ctx context.Context, _ *verifier, s *socket) (string, error) {
		var group sync.WaitGroup
		defer group.Wait()
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		ended := make(chan string, 1)
		group.Go(func() {
			_, _, err := s.conn.Read(ctx) // also reads the pongs
			ended <- endOf(err)
		})
		began := time.Now()
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		for {
			select {
			case how := <-ended:
				return fmt.Sprintf("%s after %v", how, time.Since(began).Round(time.Second)), nil
			case <-ticker.C:
				if time.Since(began) > d {
					return fmt.Sprintf("open after %v", d), nil
				}
				// Ping waits for the answer, which may never come. If the connection has ended, Read returns.
				group.Go(func() { _ = s.conn.Ping(ctx) })
			}
		}
	}
}

// endOf describes the end of a connection: "close CODE REASON", or the error.
func endOf(err error) string {
	var closed websocket.CloseError
	if errors.As(err, &closed) {
		return strings.TrimSpace(fmt.Sprintf("close %d %s", closed.Code, closed.Reason))
	}
	return fmt.Sprint(err)
}

// lastActiveAt compares the state of a connection before and after a push.
func lastActiveAt(ctx context.Context, v *verifier, s *socket) (string, error) {
	state := func() (string, error) {
		out, err := v.aws(ctx, "apigatewaymanagementapi", "get-connection", "--endpoint-url", v.outputs["connectionsUrl"], "--connection-id="+s.id, "--query", "LastActiveAt", "--output", "text")
		return strings.TrimSpace(out), err
	}
	before, err := state()
	if err != nil {
		return "", err
	}
	if result, err := v.push(ctx, object{"connection": s.id}); err != nil || result != sentOne {
		return result, err
	}
	if _, err := s.read(ctx); err != nil {
		return "", err
	}
	after, err := state()
	if before == after {
		return "the same", err
	}
	return "changed", err
}
