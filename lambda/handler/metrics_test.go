package handler_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"sallyport/lambda/errcode"
	"sallyport/lambda/handler"
	"sallyport/lambda/metric"
)

// metricsOf returns the values of the line of metrics, and its dimension, as CloudWatch reads
// them.
func (w *fixture) metricsOf(t *testing.T) map[string]any {
	t.Helper()
	lines := slices.DeleteFunc(w.lines(t), func(l map[string]any) bool { return l["_aws"] == nil })
	if len(lines) != 1 {
		t.Fatalf("got %d lines of metrics, want one: %s", len(lines), w.log.String())
	}
	line := lines[0]
	meta := object(line, "_aws")
	directive := meta["CloudWatchMetrics"].([]any)[0].(map[string]any)
	if directive["Namespace"] != "sallyport-test" || meta["Timestamp"].(float64) <= 0 {
		t.Errorf("got %v, want the namespace and a time", meta)
	}
	// Every declared metric and dimension must have a value.
	if diff := cmp.Diff(directive["Dimensions"], []any{[]any{"Route"}}); diff != "" {
		t.Errorf("dimensions: -got +want:\n%s", diff)
	}
	values := map[string]any{"Route": line["Route"]}
	for _, m := range directive["Metrics"].([]any) {
		name := m.(map[string]any)["Name"].(string)
		v, ok := line[name].(float64)
		if !ok {
			t.Errorf("%s is declared and has no value", name)
		}
		values[name] = v
	}
	for name := range values {
		route, _ := line["Route"].(string)
		if m := (metric.Metric{Name: name, Dimension: metric.Dimension, Value: route}); name != metric.Dimension && !slices.Contains(metric.All(), m) {
			t.Errorf("the function writes %+v, which metric.All does not have", m)
		}
	}
	if _, ok := values["Duration"]; !ok {
		t.Errorf("got %v, want a duration, too", values)
	}
	delete(values, "Duration") // differs each time
	return values
}

func TestMetrics(t *testing.T) {
	refused := errcode.Refuse(errcode.TokenExpired, "token expired")
	denied := errcode.Refuse(errcode.TokenAudience, "token is for another")
	throttled := fmt.Errorf("post: %w", handler.ErrThrottled)
	door := func(noToken, badToken float64, more ...string) map[string]any {
		m := map[string]any{"Route": "authorizer", "NoToken": noToken, "BadToken": badToken}
		for _, name := range more {
			m[name] = 1.0
		}
		return m
	}
	pushed := func(sent, gone, failed, throttled float64) map[string]any {
		return map[string]any{"Route": "push", "Sent": sent, "Gone": gone, "Failed": failed, "Throttled": throttled}
	}
	ended := func(route string) map[string]any {
		return map[string]any{"Route": route, "DisconnectedByFunction": 2.0}
	}
	from := func(values ...string) func(map[string]any) {
		return func(e map[string]any) { setHeader(e, "Origin", values...) }
	}
	off := func(e map[string]any) { asHeader("ticket." + ticket)(e) }
	tests := []struct {
		name, event string
		edit        func(map[string]any)
		verify      error
		post        error
		want        map[string]any
	}{
		{"allowed", "authorizer", nil, nil, nil, door(0, 0)},
		{"noToken", "authorizer", asHeader(), nil, nil, door(1, 0)},
		{"several", "authorizer", asHeader("bearer.a, bearer.b"), nil, nil, door(1, 0)},
		{"off", "authorizer", off, nil, nil, door(1, 0)},
		{"otherOrigin", "authorizer", from("null"), nil, nil, door(0, 0, "OtherOrigin")},
		{"noOrigin", "authorizer", both(from(), asQuery("x")), nil, nil, door(0, 0, "OtherOrigin")},
		{"badToken", "authorizer", nil, refused, nil, door(0, 1)},
		{"otherAudience", "authorizer", nil, denied, nil, door(0, 0, "OtherAudience")},
		{"couldNotDecide", "authorizer", nil, errors.New("down"), nil, door(0, 0, "CouldNotDecide")},
		{"connect", "connect", nil, nil, nil, map[string]any{"Route": "$connect", "Connects": 1.0}},
		{"disconnect", "disconnect", nil, nil, nil, map[string]any{"Route": "$disconnect", "Disconnects": 1.0}},
		{"ticket", "http_ticket", nil, nil, nil, map[string]any{"Route": "POST /tickets"}},
		{"preflight", "http_preflight", nil, nil, nil, map[string]any{"Route": "OPTIONS /tickets"}},
		{"signOut", "http_sign_out", nil, nil, nil, ended("DELETE /connections")},
		{"disconnectAll", "disconnect_all", nil, nil, nil, ended("disconnect")},
		{"message", "message", nil, nil, nil, map[string]any{"Route": "message"}},
		{"sent", "push_all", nil, nil, nil, pushed(2, 0, 0, 0)},
		{"gone", "push_all", nil, nil, handler.ErrGone, pushed(0, 2, 0, 0)},
		{"throttled", "push_all", nil, nil, throttled, pushed(0, 0, 2, 2)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newFixture()
			w.config.Metrics, w.level = "sallyport-test", zerolog.ErrorLevel // quiet, but not the metrics
			w.verifies("alice", expires, test.verify)
			w.posts.post = func(context.Context, string) error { return test.post }
			w.open("alice", "a", "b")
			if test.name == "off" {
				w.table.tickets = nil
			}
			_, _ = w.invoke(t.Context(), readEvent(t, test.event, test.edit))
			if diff := cmp.Diff(w.metricsOf(t), test.want); diff != "" {
				t.Errorf("-got +want:\n%s", diff)
			}
		})
	}
}

// A failed event also counts in the metric of all routes, which has an alarm. A refusal does
// not count there.
func TestFailuresAreCounted(t *testing.T) {
	for _, test := range []struct {
		name   string
		verify error
		want   any // nil: nothing
	}{
		{"allowed", nil, nil},
		{"refused with 401", errcode.Refuse(errcode.TokenExpired, "token expired"), nil},
		{"denied with 403", errcode.Refuse(errcode.TokenAudience, "token is for another"), nil},
		{"failed", errors.New("issuer is out of reach"), 1.0},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newFixture()
			w.config.Metrics = "sallyport-test"
			w.verifies("alice", expires, test.verify)
			_, _ = w.invoke(t.Context(), readEvent(t, "authorizer", nil))
			lines := slices.DeleteFunc(w.lines(t), func(l map[string]any) bool { return l["_aws"] == nil })
			if len(lines) != 1 || lines[0]["Failures"] != test.want {
				t.Fatalf("got %v, want Failures %v in one line", lines, test.want)
			}
			directives := object(lines[0], "_aws")["CloudWatchMetrics"].([]any)
			if test.want == nil {
				if len(directives) != 1 {
					t.Errorf("got %v, want the metrics of the route only", directives)
				}
				return
			}
			want := map[string]any{
				"Namespace": "sallyport-test", "Dimensions": []any{[]any{"Events"}},
				"Metrics": []any{map[string]any{"Name": "Failures", "Unit": "Count"}},
			}
			if diff := cmp.Diff(directives[1], any(want)); diff != "" || lines[0]["Events"] != "all" {
				t.Errorf("of %v: -got +want:\n%s", lines[0]["Events"], diff)
			}
		})
	}
}
