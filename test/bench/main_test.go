package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// startEcho starts the bare echo server in the process of the test.
func startEcho(t *testing.T) (url string) {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(echo))
	t.Cleanup(s.Close)
	return s.URL
}

func TestLoad(t *testing.T) {
	url := startEcho(t)
	for _, task := range []string{"echo", "connect"} {
		t.Run(task, func(t *testing.T) {
			var out strings.Builder
			err := runLoad(t.Context(), []string{task, "-url", url, "-connections", "3", "-for", "50ms"}, nil, &out)
			if err != nil || !strings.Contains(out.String(), `"perSecond":`) {
				t.Errorf("got %q, error %v, want perSecond", out.String(), err)
			}
		})
	}
	t.Run("noServer", func(t *testing.T) {
		err := runLoad(t.Context(), []string{"connect", "-url", "ws://127.0.0.1:1"}, nil, io.Discard)
		if err == nil || !strings.Contains(err.Error(), "1 of 1 connections failed") {
			t.Errorf("got error %v, want one failed connection", err)
		}
	})
}

func TestHold(t *testing.T) {
	in, end := io.Pipe()
	read, out := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- runLoad(t.Context(), []string{"hold", "-url", startEcho(t), "-connections", "3"}, in, out)
	}()
	if line, err := bufio.NewReader(read).ReadString('\n'); line != "open\n" {
		t.Errorf("got %q, error %v, want open", line, err)
	}
	_ = end.Close()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestServeBare(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	read, out := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- serveBare(ctx, out) }()
	url, err := bufio.NewReader(read).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	c, err := load{url: strings.TrimSpace(url)}.dial(t.Context(), protocol)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Subprotocol(); got != protocol {
		t.Errorf("got protocol %q, want %s", got, protocol)
	}
	_ = c.CloseNow()
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestTable(t *testing.T) {
	r := newResults(settings{rounds: 3, length: time.Second})
	for _, rate := range []float64{10, 300, 20} {
		r.add("sallyport", 1, figures{"rate1": rate, "idle": 2})
		r.add("bare echo", 3, figures{"rate1": 40, "idle": 1})
	}
	var out strings.Builder
	r.print(&out)
	got := strings.Join(strings.Fields(out.String()), " ")
	for _, want := range []string{
		"echo, 1 connection: messages/s 20 40 (0.5x) - - 1.0-3.0 ",
		"memory of an idle connection, kB 2.0 1.0 (0.5x) - - 1.0-3.0 ",
		"push to 1,000 connections, ms - - - - - ",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("want %q in\n%s", want, &out)
		}
	}
}

func TestFlags(t *testing.T) {
	for _, args := range [][]string{{"-rounds", "0"}, {"-for", "0s"}, {"fast"}} {
		if _, err := parseFlags(append(args, "-root", t.TempDir())); err == nil {
			t.Errorf("%v: got no error", args)
		}
	}
}
