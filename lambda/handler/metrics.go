package handler

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"sallyport/lambda/metric"
)

// metrics are the values that an event adds to the metrics of the stack. CloudWatch reads
// them from the log, so writing them needs no call.
type metrics map[string]int64

// count adds n to a metric of package metric. It also writes a zero, because alarms
// calculate with the metric.
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

// writeMetrics writes the metrics of the event as a line without a level, so that no log
// level suppresses them.
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
