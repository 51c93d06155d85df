package inspector

import (
	"os"
	"testing"
)

// BenchmarkRecord measures the cost of the inspector for each event.
func BenchmarkRecord(b *testing.B) {
	payload, err := os.ReadFile("../../lambda/handler/testdata/event/message.json")
	if err != nil {
		b.Fatal(err)
	}
	in := Invocation{
		RequestID: "5131c01e-c507-4974-ac55-5136378becf8", Payload: payload, Answer: []byte(`{"statusCode":200,"body":"{\"type\":\"echo\",\"data\":1}"}`),
		Log: "START RequestId: 1\n" + `{"level":"info","connectionId":"GQaYolSV62MC-qA=","route":"$default"}` + "\nEND RequestId: 1\n",
	}
	i := New(Config{})
	b.ReportAllocs()
	for b.Loop() {
		i.Record(in)
	}
}
