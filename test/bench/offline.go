package main

import (
	"context"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
)

// startOffline starts the peer and waits until it accepts a client.
func startOffline(ctx context.Context, s settings, more ...string) (*running, error) {
	var ports [3]string
	for i := range ports {
		port, err := freePort(ctx)
		if err != nil {
			return nil, err
		}
		ports[i] = port
	}
	cmd := exec.CommandContext(ctx, "node", append([]string{ //nolint:gosec // the program of package-lock.json
		"node_modules/serverless/bin/serverless.js", "offline", "start",
		"--host", "127.0.0.1", "--httpPort", ports[0], "--websocketPort", ports[1], "--lambdaPort", ports[2], "--noPrependStageInUrl",
	}, more...)...)
	cmd.Dir = filepath.Join(s.root, "test", "bench", "offline")
	cmd.Env = append(cmd.Environ(), "SLS_TELEMETRY_DISABLED=1", "SLS_NOTIFICATIONS_MODE=off")
	r := &running{url: "ws://127.0.0.1:" + ports[1] + "/"}
	var err error
	if r.program, err = launch(s, "offline", nil, cmd); err != nil {
		return nil, err
	}
	return r, r.await(ctx, func() error {
		c, err := load{url: r.url}.dial(ctx, protocol)
		if err == nil {
			_ = c.CloseNow()
		}
		return err
	})
}

func freePort(ctx context.Context) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	defer l.Close() //nolint:errcheck // no data was sent
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}
