package monitor

import (
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/structpb"
)

// The decoder returns a value or an error for every input of a program.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"a": [1, true, null, "x"], "b": {"c": "` + unknown + `"}}`))
	f.Add([]byte(`{"a": {"` + signature + `": "` + signSecret + `", "value": "x"}}`))
	f.Add([]byte(`{"a": {"` + signature + `": "` + signAsset + `", "path": "/x"}}`))
	f.Add([]byte(`{"a": {"` + signature + `": "` + signArchive + `"}}`))
	f.Add([]byte(`{"a": {"` + signature + `": "other"}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var s structpb.Struct
		if protojson.Unmarshal(data, &s) != nil {
			return
		}
		d := decoder{dir: "/project"}
		v := d.object("", s.AsMap())
		if len(v) != len(s.GetFields()) {
			t.Errorf("got %d properties of %d", len(v), len(s.GetFields()))
		}
		if bad := len(d.unknown) + len(d.problems); (d.err(nil) != nil) != (bad > 0) {
			t.Errorf("got error %v with %d problems", d.err(nil), bad)
		}
	})
}
