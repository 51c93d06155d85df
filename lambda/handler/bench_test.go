package handler_test

import (
	"io"
	"testing"

	"github.com/rs/zerolog"

	"sallyport/lambda/handler"
	"sallyport/lambda/setting"
)

// BenchmarkMessage measures an event with a message: decoding, the guard, the answer, and
// the log line.
func BenchmarkMessage(b *testing.B) {
	mux := handler.New(handler.Config{Routes: routes(), Log: zerolog.New(io.Discard), Metrics: "sallyport-test", Now: newFixture().config.Now, Function: setting.Function{MessageBytes: 128 << 10}})
	payload := readEvent(b, "message", nil)
	b.SetBytes(int64(len(payload)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := mux.Invoke(b.Context(), payload); err != nil {
			b.Fatal(err)
		}
	}
}
