package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
)

// centrifugoVersion is the version of Centrifugo, with which bench compares channels.
const centrifugoVersion = "v6.9.1"

// buildCentrifugo builds Centrifugo, unless an earlier run has built this version. A build
// takes some minutes.
func buildCentrifugo(ctx context.Context, s settings) error {
	program := filepath.Join(s.work, "centrifugo")
	built, _ := os.ReadFile(program + ".version") //nolint:gosec // bench has written the file
	if _, err := os.Stat(program); err == nil && string(built) == centrifugoVersion {
		return nil
	}
	fmt.Fprintf(os.Stderr, "build Centrifugo %s: some minutes, only once\n", centrifugoVersion)
	cmd := exec.CommandContext(ctx, "go", "install", "-ldflags", "-s -w", "github.com/centrifugal/centrifugo/v6@"+centrifugoVersion)
	cmd.Dir = s.work
	cmd.Env = append(cmd.Environ(), "CGO_ENABLED=0", "GOBIN="+s.work)
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build centrifugo: %w\n%s", err, text)
	}
	return os.WriteFile(program+".version", []byte(centrifugoVersion), 0o600)
}

// startCentrifugo starts Centrifugo with the namespace chat of lambda/app. Centrifugo does not
// check permissions, while the local run does.
func startCentrifugo(ctx context.Context, s settings) (*running, error) {
	port, err := freePort(ctx)
	if err != nil {
		return nil, err
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		return nil, err
	}
	type object = map[string]any
	config, err := json.Marshal(object{
		"http_server": object{"address": "127.0.0.1", "port": number},
		"client":      object{"insecure": true},
		"log":         object{"level": "error"},
		"channel": object{"namespaces": []object{{
			"name": "chat", "presence": true, "join_leave": true, "history_size": 100, "history_ttl": "24h", "force_recovery": true, "force_positioning": true,
		}}},
	})
	if err != nil {
		return nil, err
	}
	file := filepath.Join(s.work, "centrifugo.json")
	if err := os.WriteFile(file, config, 0o600); err != nil {
		return nil, fmt.Errorf("start centrifugo: %w", err)
	}
	r := &running{url: "ws://127.0.0.1:" + port + "/connection/websocket"}
	if r.program, err = launch(s, "centrifugo", nil, exec.CommandContext(ctx, filepath.Join(s.work, "centrifugo"), "--config", file)); err != nil { //nolint:gosec // just built
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
