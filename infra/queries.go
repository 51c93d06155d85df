package infra

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// query is a saved query of CloudWatch Logs Insights over the function's log. A saved
// query costs nothing; AWS bills each run by the bytes that it reads (CloudWatch's pricing
// page).
//
// Test TestQueries of package lambda runs the queries over the log of the real function.
type query struct {
	Name string
	// Lines are the comment that explains the query, and its commands.
	Lines []string
}

// The commands at the end of a query that lists lines.
const (
	newestFirst = "sort @timestamp desc"
	oldestFirst = "sort @timestamp asc"
)

// queries returns all saved queries. hasChannels is true if the app has namespaces. A word in
// capitals, such as USER, is a placeholder for the value to search for.
//
// Package handler writes the fields. CloudWatch discovers the fields of JSON lines, and the
// fields whose name begins with @ in the lines of Lambda
// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html).
func queries(hasChannels bool) []query {
	all := slices.Concat(searches(), summaries(), []query{undelivered(hasChannels)})
	if !hasChannels {
		return all
	}
	return append(all, query{"tasks", []string{
		"# Failed tasks of the queue of channels. The queue delivers them to the function again.",
		"fields @timestamp, message, error",
		`filter message = "task of the queue failed"`,
		newestFirst, "limit 200",
	}})
}

// searches returns the queries that list lines.
func searches() []query {
	return []query{
		{"user", []string{
			"# Refusals, failures and warnings of one user. Write the user's name in the place of USER.",
			"fields @timestamp, level, route, code, reason, error, message, outcome, connectionId, trace, requestId",
			`filter user = "USER" and level in ["warn", "error"]`,
			newestFirst, "limit 200",
		}},
		{"connection", []string{
			"# Everything that happened on one connection. Write its ID in both places of CONNECTION.",
			"fields @timestamp, level, route, code, reason, error, message, outcome, user, durationMs, requestId",
			`filter connectionId = "CONNECTION" or otherConnectionId = "CONNECTION"`,
			oldestFirst, "limit 1000",
		}},
		{"trace", []string{
			"# Everything about one attempt to connect: its connection, and the messages to it. Write the trace id in the place of TRACE.",
			"fields @timestamp, level, route, code, reason, error, message, outcome, user, connectionId, requestId",
			`filter @message like "TRACE"`, // several fields can have it
			oldestFirst, "limit 1000",
		}},
		{"failures", []string{
			"# The newest failures of the function.",
			"fields @timestamp, route, error, message, code, user, connectionId, requestId",
			`filter level = "error"`,
			newestFirst, "limit 200",
		}},
		{"crashes", []string{
			"# Events that Lambda ended: they took too long, needed too much memory, or the function did not start.",
			"fields @timestamp, @requestId, @duration, @maxMemoryUsed, @message",
			`filter @message like /Task timed out|Runtime exited|Runtime\.|Status: (timeout|error)/`,
			newestFirst, "limit 200",
		}},
		{"slowest", []string{
			"# The slowest events.",
			"fields @timestamp, durationMs, route, outcome, user, connectionId, requestId",
			"filter ispresent(durationMs)",
			"sort durationMs desc", "limit 50",
		}},
	}
}

// summaries returns the queries that count lines.
func summaries() []query {
	return []query{
		{"refusals", []string{
			"# The number of refusals and failures by code. docs/errors.md has cause and remedy of each code.",
			"filter ispresent(code)",
			"stats count(*) as events, count_distinct(user) as users, max(@timestamp) as last by code, route",
			"sort events desc", "limit 100",
		}},
		{"durations", []string{
			"# The number of events and their durations in milliseconds by route.",
			"filter ispresent(durationMs)",
			"stats count(*) as events, avg(durationMs) as mean, pct(durationMs, 99) as p99, max(durationMs) as longest by route",
			"sort p99 desc", "limit 100",
		}},
		{"cold-starts", []string{
			"# The number of cold starts and their durations in milliseconds by hour.",
			`filter @type = "REPORT" and ispresent(@initDuration)`,
			"stats count(*) as starts, avg(@initDuration) as mean, max(@initDuration) as longest by bin(1h)",
		}},
	}
}

// undelivered returns the query that lists the failed pushes.
func undelivered(hasChannels bool) query {
	texts := `"message not sent", "closing message not sent"`
	if hasChannels {
		texts += `, "connection not reached by a job of the queue"`
	}
	return query{"undelivered", []string{
		"# Messages that connections did not get. A connection that is gone is not a failure.",
		"fields @timestamp, message, error, connectionId, otherConnectionId, user, requestId",
		"filter message in [" + texts + "]",
		newestFirst, "limit 200",
	}}
}

// text returns the query in the language of CloudWatch Logs Insights.
func (q query) text() string {
	return q.Lines[0] + "\n" + strings.Join(q.Lines[1:], "\n| ")
}

// queries declares the saved queries in a folder with the name of the stack. CloudWatch
// makes a folder of the part of a name before a slash
// (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-logs-querydefinition.html).
func (c *monitoring) queries(ctx *pulumi.Context, s *stack) error {
	for _, q := range queries(s.hasChannels) {
		_, err := cloudwatch.NewQueryDefinition(ctx, s.named(q.Name), &cloudwatch.QueryDefinitionArgs{
			Name:          pulumi.Sprintf("%s/%s", s.uniqueName(), q.Name),
			LogGroupNames: pulumi.StringArray{s.function.Logs.Name},
			QueryString:   pulumi.String(q.text()),
		}, pulumi.Parent(c))
		if err != nil {
			return fmt.Errorf("declare query %s: %w", q.Name, err)
		}
	}
	return nil
}
