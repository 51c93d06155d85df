package infra

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"sallyport/lambda/metric"
)

// fiveMinutes is the period of every alarm, in seconds.
const fiveMinutes = 300

// alarm writes when Expression, or the one metric without it, is above
// Threshold in Times periods one after the other.
type alarm struct {
	Name, Description string
	Metrics           []alarmMetric
	Expression        string
	Threshold         float64
	Times             int
}

// alarmMetric is a metric of the function: of AWS's, or of its own on Route.
type alarmMetric struct {
	ID, Namespace, Name, Stat string
	Route                     string // empty for AWS's
}

// alarms are all that is watched. namespace is that of the function's own
// metrics, timeout is its timeout in seconds.
func alarms(namespace string, timeout int) []alarm {
	lambda := func(name, stat string) alarmMetric {
		return alarmMetric{ID: "m1", Namespace: "AWS/Lambda", Name: name, Stat: stat}
	}
	own := func(id, name, route string) alarmMetric {
		return alarmMetric{ID: id, Namespace: namespace, Name: name, Stat: "Sum", Route: route}
	}
	return []alarm{
		{
			// To Lambda a refusal with 401 is an error like any other: the
			// authorizer can say it in no other way (specification 1.3).
			Name: "errors", Description: "The function fails. Look for \"level\":\"error\" in its log.",
			Metrics: []alarmMetric{
				lambda("Errors", "Sum"), own("m2", metric.NoToken, metric.Authorizer), own("m3", metric.BadToken, metric.Authorizer),
			},
			Expression: "m1 - FILL(m2, 0) - FILL(m3, 0)", Times: 1,
		},
		{
			Name: "throttles", Description: "Lambda refuses to run the function: too many events at once. See reservedConcurrency, and the account's limit.",
			Metrics: []alarmMetric{lambda("Throttles", "Sum")}, Times: 1,
		},
		{
			Name: "slow", Description: "One event in a hundred takes more than half of the function's timeout.",
			Metrics: []alarmMetric{lambda("Duration", "p99")}, Threshold: float64(timeout) * 1000 / 2, Times: 3,
		},
		{
			Name: "authorizer", Description: "The authorizer cannot decide, so nobody gets in. Can the issuer's keys be fetched?",
			Metrics: []alarmMetric{own("m1", metric.CouldNotDecide, metric.Authorizer)}, Times: 1,
		},
		{
			Name: "push", Description: "API Gateway refuses pushes with 429: more is sent than the account may.",
			Metrics: []alarmMetric{own("m1", metric.Throttled, metric.Push)}, Times: 1,
		},
	}
}

type alarmArgs struct {
	Function, Topic pulumi.StringOutput
}

func (a alarm) declare(ctx *pulumi.Context, s stack, args alarmArgs, opts ...pulumi.ResourceOption) error {
	var queries cloudwatch.MetricAlarmMetricQueryArray
	for _, m := range a.Metrics {
		dimensions := pulumi.StringMap{"FunctionName": args.Function}
		if m.Route != "" {
			dimensions = pulumi.StringMap{metric.Dimension: pulumi.String(m.Route)}
		}
		queries = append(queries, &cloudwatch.MetricAlarmMetricQueryArgs{
			Id:         pulumi.String(m.ID),
			ReturnData: pulumi.Bool(a.Expression == ""),
			Metric: &cloudwatch.MetricAlarmMetricQueryMetricArgs{
				Namespace: pulumi.String(m.Namespace), MetricName: pulumi.String(m.Name), Dimensions: dimensions,
				Stat: pulumi.String(m.Stat), Period: pulumi.Int(fiveMinutes),
			},
		})
	}
	if a.Expression != "" {
		queries = append(queries, &cloudwatch.MetricAlarmMetricQueryArgs{
			Id: pulumi.String("e1"), Label: pulumi.String(a.Name), Expression: pulumi.String(a.Expression), ReturnData: pulumi.Bool(true),
		})
	}
	_, err := cloudwatch.NewMetricAlarm(ctx, a.Name, &cloudwatch.MetricAlarmArgs{
		AlarmDescription:   pulumi.String(a.Description),
		MetricQueries:      queries,
		ComparisonOperator: pulumi.String("GreaterThanThreshold"),
		Threshold:          pulumi.Float64(a.Threshold),
		EvaluationPeriods:  pulumi.Int(a.Times),
		TreatMissingData:   pulumi.String("notBreaching"), // nothing happens, nothing is wrong
		AlarmActions:       pulumi.Array{args.Topic},
		Tags:               s.tags,
	}, opts...)
	return err
}
