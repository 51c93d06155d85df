package handler_test

import (
	"io"
	"testing"

	"github.com/rs/zerolog"

	"sallyport/lambda/handler"
)

// BenchmarkMessage is the path of every message: decode the event, look after
// the connection, answer, log.
func BenchmarkMessage(b *testing.B) {
	mux := handler.New(handler.Config{Routes: routes(), Log: zerolog.New(io.Discard), Metrics: "sallyport-test", MessageBytes: 128 << 10, Now: newWorld().config.Now})
	payload := readEvent(b, "message", nil)
	b.SetBytes(int64(len(payload)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := mux.Invoke(b.Context(), payload); err != nil {
			b.Fatal(err)
		}
	}
}
