package handler

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"sallyport/lambda/metric"
)

// metrics are what an event adds to the stack's metrics. They go into the log,
// from which CloudWatch takes them: no call, and nothing to wait for.
type metrics map[string]int64

// count adds n to a metric of package metric. A zero is written, too: only so
// is there something to reckon with.
func (r *request) count(name string, n int64) {
	if r.metrics == nil {
		r.metrics = metrics{}
	}
	r.metrics[name] += n
}

// The parts of CloudWatch's embedded metric format.
type (
	embedded struct {
		Timestamp         int64 // Unix milliseconds
		CloudWatchMetrics []directive
	}
	directive struct {
		Namespace  string
		Dimensions [][]string
		Metrics    []definition
	}
	definition struct{ Name, Unit string }
)

// writeMetrics writes the metrics of the event as a line of their own, without a
// level: a log that is quiet must not silence them.
func (m *Mux) writeMetrics(r *request, took time.Duration) {
	if m.config.Metrics == "" {
		return
	}
	definitions := []definition{{metric.Duration, "Milliseconds"}}
	line := m.config.Log.Log().Str(metric.Dimension, cmp.Or(r.metered, r.route)).Float64(metric.Duration, float64(took)/float64(time.Millisecond))
	for _, name := range slices.Sorted(maps.Keys(r.metrics)) {
		definitions = append(definitions, definition{name, "Count"})
		line.Int64(name, r.metrics[name])
	}
	directives := []directive{{m.config.Metrics, [][]string{{metric.Dimension}}, definitions}}
	if r.failed() {
		line.Str(metric.TotalDimension, metric.Total).Int64(metric.Failures, 1)
		directives = append(directives, directive{
			m.config.Metrics, [][]string{{metric.TotalDimension}}, []definition{{metric.Failures, "Count"}},
		})
	}
	line.Interface("_aws", embedded{Timestamp: r.start.UnixMilli(), CloudWatchMetrics: directives}).Send()
}
