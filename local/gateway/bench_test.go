package gateway

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// BenchmarkMessage measures echoes of 64 bytes: by the gateway with a function in this process,
// and by the WebSocket library alone.
func BenchmarkMessage(b *testing.B) {
	for _, connections := range []int{1, 50} {
		for name, handler := range map[string]http.Handler{"bare": http.HandlerFunc(bareEcho), "gateway": benchGateway(b)} {
			b.Run(fmt.Sprintf("%s/%d", name, connections), func(b *testing.B) {
				b.ReportAllocs()
				echoAll(b, listenAndServe(b, handler), connections)
			})
		}
	}
}

// BenchmarkIdle reports the memory of an idle connection. The client is in this process, too,
// but has little more than a socket.
func BenchmarkIdle(b *testing.B) {
	for name, handler := range map[string]http.Handler{"bare": http.HandlerFunc(bareEcho), "gateway": benchGateway(b)} {
		b.Run(name, func(b *testing.B) {
			const connections = 1000
			address := listenAndServe(b, handler)
			for b.Loop() {
				before := memory()
				clients := make([]net.Conn, connections)
				for i := range clients {
					clients[i] = rawDial(b, address)
				}
				b.ReportMetric(float64(memory()-before)/connections, "B/conn")
				for _, c := range clients {
					_ = c.Close()
				}
			}
		})
	}
}

// rawDial connects with a client that has only a socket.
func rawDial(b *testing.B, address string) net.Conn {
	b.Helper()
	c, err := (&net.Dialer{}).DialContext(b.Context(), "tcp", address)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := c.Write([]byte(rawHandshake + "\r\n")); err != nil {
		b.Fatal(err)
	}
	var answer [512]byte
	for read := ""; !strings.HasSuffix(read, "\r\n\r\n"); {
		n, err := c.Read(answer[:])
		if err != nil {
			b.Fatal(err)
		}
		read += string(answer[:n])
	}
	return c
}

// memory returns the size of heap and stacks.
func memory() uint64 {
	time.Sleep(200 * time.Millisecond) // handlers have ended, sockets are closed
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}

// echoAll sends b.N messages over the given number of connections and reads the echoes.
func echoAll(b *testing.B, address string, connections int) {
	b.Helper()
	text := []byte(`{"action":"echo","data":"` + strings.Repeat("x", 64-len(`{"action":"echo","data":""}`)) + `"}`)
	var clients []*websocket.Conn
	for range connections {
		c, _, err := websocket.Dial(b.Context(), "ws://"+address+"/dev", nil) //nolint:bodyclose // Dial closes it
		if err != nil {
			b.Fatal(err)
		}
		defer func() { _ = c.CloseNow() }()
		clients = append(clients, c)
	}
	b.ResetTimer()
	var clientsDone sync.WaitGroup
	for i, c := range clients {
		clientsDone.Go(func() {
			for n := i; n < b.N; n += connections {
				if err := c.Write(context.Background(), websocket.MessageText, text); err != nil {
					b.Error(err)
					return
				}
				if _, got, err := c.Read(context.Background()); err != nil || len(got) != len(text) {
					b.Errorf("got %s, %v", got, err)
					return
				}
			}
		})
	}
	clientsDone.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
}

func benchGateway(b *testing.B) *Gateway {
	b.Helper()
	c := config(map[string]Route{routeDefault: twoWay(benchEcho{})})
	c.Limits = Limits{Rate: -1, ConnectRate: -1}
	g, err := New(c)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = g.Close(context.Background()) })
	return g
}

// benchEcho is an echo function with little work.
type benchEcho struct{}

func (benchEcho) Invoke(_ context.Context, event []byte) ([]byte, error) {
	const before, after = `"body":`, `,"isBase64Encoded"`
	begin := strings.LastIndex(string(event), before)
	body := event[begin+len(before) : len(event)-len(after+`:false}`)]
	return append(append([]byte(`{"statusCode":200,"body":`), body...), '}'), nil
}

func bareEcho(w http.ResponseWriter, r *http.Request) {
	c, err := websocket.Accept(w, r, nil)
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

func listenAndServe(b *testing.B, handler http.Handler) string {
	b.Helper()
	address, stop := listen(b, handler)
	b.Cleanup(stop)
	return address
}
