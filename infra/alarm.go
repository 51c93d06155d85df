package infra

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"sallyport/lambda/metric"
)

// fiveMinutes is the period of every alarm, in seconds.
const fiveMinutes = 300

// alarm sends an email when the value is above Threshold in Times consecutive periods.
// The value is that of Expression, or of the only metric if Expression is empty.
type alarm struct {
	Name, Description string
	Metrics           []alarmMetric
	Expression        string
	Threshold         float64
	Times             int
}

// alarmMetric is a metric that AWS records for the function, the HTTP API or a queue, or a
// metric that the function itself records for Route.
type alarmMetric struct {
	ID, Namespace, Name, Stat string
	Route                     string // empty for AWS's metrics and for the sum over all routes
	DeadLetters               bool   // of a queue: the queue of the dead letters
}

// The namespaces of the metrics. ofStack means the namespace of the function's own
// metrics, which differs in each stack.
const (
	ofLambda  = "AWS/Lambda"
	ofGateway = "AWS/ApiGateway"
	ofQueue   = "AWS/SQS"
	ofStack   = ""
)

// unexplained is the number of errors that Lambda counts and the function does not.
// Lambda also counts a refusal with 401 as an error, because the authorizer can
// refuse with 401 only by an error (api-gateway.md 1.3).
//
// The two counts differ for a time: the function's metrics come from its log, some
// minutes after Lambda's, and an event at the end of a period can count in this
// period for Lambda and in the next one for the function. So the expression tolerates
// one in twenty refusals, the threshold tolerates one error, and the alarm needs
// three periods in a row. Refusals, which anyone can cause, do not raise it.
const unexplained = "m1 - FILL(m2, 0) - 1.05 * (FILL(m3, 0) + FILL(m4, 0))"

// alarms returns all alarms. timeout is the function's timeout, in seconds. tickets is true if the
// stack has tickets, and channels is true if the app has namespaces.
//
// No alarm watches refusals, because anyone can cause refusals, and would then cause
// emails.
func alarms(timeout int, tickets, channels bool) []alarm {
	lambda := func(name, stat string) alarmMetric {
		return alarmMetric{ID: "m1", Namespace: ofLambda, Name: name, Stat: stat}
	}
	own := func(id, name, route string) alarmMetric {
		return alarmMetric{ID: id, Namespace: ofStack, Name: name, Stat: "Sum", Route: route}
	}
	list := []alarm{
		{
			// The function's own metric, because Lambda's count includes refusals.
			Name: "errors", Description: "The function fails. Look for \"level\":\"error\" in its log.",
			Metrics: []alarmMetric{own("m1", metric.Failures, "")}, Times: 1,
		},
		{
			// A function that crashes does not write its own metrics.
			Name: "crashes", Description: "The function times out, runs out of memory or does not start. Look for \"REPORT\" and \"Runtime\" in its log.",
			Metrics: []alarmMetric{
				lambda("Errors", "Sum"), own("m2", metric.Failures, ""),
				own("m3", metric.NoToken, metric.Authorizer), own("m4", metric.BadToken, metric.Authorizer),
			},
			Expression: unexplained, Threshold: 1, Times: 3,
		},
		{
			Name: "throttles", Description: "Lambda refuses to run the function: too many events at the same time. See the setting reservedConcurrency and the account's limit.",
			Metrics: []alarmMetric{lambda("Throttles", "Sum")}, Times: 1,
		},
		{
			Name: "slow", Description: "One event in a hundred takes more than half of the function's timeout.",
			Metrics: []alarmMetric{lambda("Duration", "p99")}, Threshold: float64(timeout) * 1000 / 2, Times: 3,
		},
		{
			Name: "authorizer", Description: "The authorizer cannot decide, so nobody can connect. Check that the function can fetch the issuer's keys.",
			Metrics: []alarmMetric{own("m1", metric.CouldNotDecide, metric.Authorizer)}, Times: 1,
		},
		{
			Name: "push", Description: "API Gateway refuses pushes with 429: they exceed the account's limit.",
			Metrics: []alarmMetric{own("m1", metric.Throttled, metric.Push)}, Times: 1,
		},
	}
	if tickets {
		list = append(list, alarm{
			// Lambda does not count a response with status 503 as an error.
			Name: "tickets", Description: "The HTTP API fails, so nobody gets a ticket. Check that the function can fetch the issuer's keys and reach the tables.",
			Metrics: []alarmMetric{{ID: "m1", Namespace: ofGateway, Name: "5xx", Stat: "Sum"}}, Times: 1,
		})
	}
	if channels {
		list = append(list, channelAlarms()...)
	}
	return list
}

// channelAlarms returns the alarms of the queue of channels. SQS records these metrics as
// long as a queue has messages, or was used in the last six hours
// (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/monitoring-using-cloudwatch.html).
func channelAlarms() []alarm {
	return []alarm{
		{
			Name: "dead-letters", Description: "Messages of the queue of channels failed so often that they became dead letters: publications, or pushes to many connections, may be lost. " +
				"Look for \"task of the queue failed\" in the function's log and correct the cause. Then move the messages back: see docs/operations.md, \"Dead letters\".",
			Metrics: []alarmMetric{{ID: "m1", Namespace: ofQueue, Name: "ApproximateNumberOfMessagesVisible", Stat: "Maximum", DeadLetters: true}}, Times: 1,
		},
		{
			// A failed message waits some seconds, so one period would report single failures.
			Name: "queue", Description: "Publications of channels, or pushes to many connections, wait for more than a minute. Either the function fails or is throttled: look for \"task of the queue failed\" in its log. " +
				"Or there are more of them than its events can deliver: raise the setting queueConcurrency, if the account's limit of API Gateway requests allows it.",
			Metrics:   []alarmMetric{{ID: "m1", Namespace: ofQueue, Name: "ApproximateAgeOfOldestMessage", Stat: "Maximum"}},
			Threshold: 60, Times: 3,
		},
	}
}

// source returns the namespace of m, and the dimensions that identify m among the metrics
// of its name.
func (m alarmMetric) source(s *stack) (namespace pulumi.StringInput, dimensions pulumi.StringMap) {
	switch {
	case m.Namespace == ofLambda:
		return pulumi.String(ofLambda), pulumi.StringMap{"FunctionName": s.function.Function.Name}
	case m.Namespace == ofGateway:
		return pulumi.String(ofGateway), pulumi.StringMap{"ApiId": s.http.API.ID(), "Stage": pulumi.String(defaultStage)}
	case m.Namespace == ofQueue && m.DeadLetters:
		return pulumi.String(ofQueue), pulumi.StringMap{"QueueName": s.channels.DeadLetters.Name}
	case m.Namespace == ofQueue:
		return pulumi.String(ofQueue), pulumi.StringMap{"QueueName": s.channels.Queue.Name}
	case m.Route == "":
		return s.uniqueName(), pulumi.StringMap{metric.TotalDimension: pulumi.String(metric.Total)}
	}
	return s.uniqueName(), pulumi.StringMap{metric.Dimension: pulumi.String(m.Route)}
}

// declare declares the alarm. topic sends its emails.
func (a alarm) declare(ctx *pulumi.Context, s *stack, topic *sns.Topic, opts ...pulumi.ResourceOption) error {
	var queries cloudwatch.MetricAlarmMetricQueryArray
	for _, m := range a.Metrics {
		namespace, dimensions := m.source(s)
		queries = append(queries, &cloudwatch.MetricAlarmMetricQueryArgs{
			Id:         pulumi.String(m.ID),
			ReturnData: pulumi.Bool(a.Expression == ""),
			Metric: &cloudwatch.MetricAlarmMetricQueryMetricArgs{
				Namespace: namespace, MetricName: pulumi.String(m.Name), Dimensions: dimensions,
				Stat: pulumi.String(m.Stat), Period: pulumi.Int(fiveMinutes),
			},
		})
	}
	if a.Expression != "" {
		queries = append(queries, &cloudwatch.MetricAlarmMetricQueryArgs{
			Id: pulumi.String("e1"), Label: pulumi.String(a.Name), Expression: pulumi.String(a.Expression), ReturnData: pulumi.Bool(true),
		})
	}
	declared, err := cloudwatch.NewMetricAlarm(ctx, s.named(a.Name), &cloudwatch.MetricAlarmArgs{
		AlarmDescription:   pulumi.String(a.Description),
		MetricQueries:      queries,
		ComparisonOperator: pulumi.String("GreaterThanThreshold"),
		Threshold:          pulumi.Float64(a.Threshold),
		EvaluationPeriods:  pulumi.Int(a.Times),
		TreatMissingData:   pulumi.String("notBreaching"), // without events, nothing has failed
		AlarmActions:       pulumi.Array{topic.Arn},
		Tags:               s.tags,
	}, opts...)
	if err != nil {
		return err
	}
	s.alarmNames = append(s.alarmNames, declared.Name)
	return nil
}
