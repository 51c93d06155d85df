package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"time"

	"github.com/coder/websocket"
)

func startBare(ctx context.Context, s settings) (*running, error) {
	r := &running{}
	var err error
	r.program, err = launch(s, "bare", func(in *bufio.Reader) {
		line, _ := in.ReadString('\n')
		r.url = strings.TrimSpace(line)
	}, exec.CommandContext(ctx, s.self, "bare")) //nolint:gosec // this program
	return r, err
}

// serveBare serves an echo with only the WebSocket library, and prints its address. It
// returns when ctx is done.
func serveBare(ctx context.Context, out io.Writer) error {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("serve bare echo: %w", err)
	}
	fmt.Fprintf(out, "ws://%s/\n", l.Addr())
	server := &http.Server{Handler: http.HandlerFunc(echo), ReadHeaderTimeout: time.Minute}
	defer context.AfterFunc(ctx, func() { _ = server.Close() })()
	_ = server.Serve(l) // ends with ctx
	return nil
}

func echo(w http.ResponseWriter, r *http.Request) {
	c, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{protocol}})
	if err != nil {
		return
	}
	defer func() { _ = c.CloseNow() }()
	for {
		kind, text, err := c.Read(context.Background())
		if err != nil || c.Write(context.Background(), kind, text) != nil {
			return
		}
	}
}
