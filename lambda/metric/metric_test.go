package metric

import "testing"

// CloudWatch bills each metric once.
func TestAll(t *testing.T) {
	seen := map[Metric]bool{}
	for _, m := range All() {
		if seen[m] || m.Name == "" || m.Dimension == "" || m.Value == "" {
			t.Errorf("got %+v twice or incomplete", m)
		}
		seen[m] = true
	}
	for _, want := range []Metric{
		{Duration, "Route", "$connect"},
		{Duration, "Route", "OPTIONS /tickets"},
		{OverCap, "Route", "$connect"},
		{DisconnectedByFunction, "Route", "DELETE /connections"},
		{Throttled, "Route", "message"},
		{Failures, "Events", "all"},
	} {
		if !seen[want] {
			t.Errorf("%+v is missing", want)
		}
	}
}
