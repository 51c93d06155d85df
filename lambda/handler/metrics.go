package handler

import (
	"time"

	"sallyport/lambda/metric"
)

// metrics are what an event adds to the stack's metrics. They go into the log,
// from which CloudWatch takes them: no call, and nothing to wait for.
type metrics struct {
	names  []string
	counts []int64
}

// count adds n to a metric of package metric. What stays zero is not written.
func (r *request) count(name string, n int64) {
	if n > 0 {
		r.metrics.names = append(r.metrics.names, name)
		r.metrics.counts = append(r.metrics.counts, n)
	}
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
	line := m.config.Log.Log().Str(metric.Dimension, r.route).Float64(metric.Duration, float64(took)/float64(time.Millisecond))
	for i, name := range r.metrics.names {
		definitions = append(definitions, definition{name, "Count"})
		line.Int64(name, r.metrics.counts[i])
	}
	line.Interface("_aws", embedded{
		Timestamp: r.start.UnixMilli(),
		CloudWatchMetrics: []directive{{
			Namespace:  m.config.Metrics,
			Dimensions: [][]string{{metric.Dimension}},
			Metrics:    definitions,
		}},
	}).Send()
}
