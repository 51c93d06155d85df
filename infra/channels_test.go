package infra

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sallyport/infra/review"
	"sallyport/lambda/channel"
	"sallyport/lambda/env"
	"sallyport/lambda/setting"
)

// asNoChannels is the argument with which the test binary runs the program with an app that
// has neither routes nor namespaces.
const asNoChannels = "noChannels"

func noDeclarations() (declarations, error) { return declarations{}, nil }

// An app without namespaces has nothing that belongs to channels, and obeys all rules.
func TestNoChannels(t *testing.T) {
	for _, s := range stacks {
		t.Run(s.name, func(t *testing.T) {
			p, err := runProgram(t, asNoChannels, s.name, s.file)
			if err != nil {
				t.Fatal(err)
			}
			for _, mention := range []string{"sqs", "queue", "channel", "dead", "EventSource"} {
				if strings.Contains(strings.ToLower(string(encode(t, p))), strings.ToLower(mention)) {
					t.Errorf("the plan mentions %s", mention)
				}
			}
			for _, name := range []string{env.ChannelTableName, env.QueueURL} {
				if got := environment(t, p)[name]; got != nil {
					t.Errorf("got the variable %s with the value %v, want none", name, got)
				}
			}
			for _, rule := range review.Rules() {
				for _, found := range rule.Check(p) {
					t.Errorf("%s: %s", rule.Name, found)
				}
			}
		})
	}
}

func TestChannels(t *testing.T) {
	p := stackPlan(t, "everything") // timeout 20
	queue, letters := named(t, p, "aws:sqs/queue:Queue", "channels"), named(t, p, "aws:sqs/queue:Queue", "dead-letters")
	mapping, table := one(t, p, "aws:lambda/eventSourceMapping:EventSourceMapping"), named(t, p, "aws:dynamodb/table:Table", "channels")
	redrive, _ := parse(t, queue.Text("redrivePolicy")).(map[string]any)
	variables := environment(t, p)
	for name, pair := range map[string][2]any{
		"name":           {queue.Get("name"), "sallyport-everything-channels-o7097wq2ar.fifo"},
		"visibility":     {queue.Get("visibilityTimeoutSeconds"), 120.0},
		"dead letters":   {redrive, map[string]any{"deadLetterTargetArn": letters.Get("arn"), "maxReceiveCount": float64(channel.MaxReceives)}},
		"source":         {mapping.Get("eventSourceArn"), queue.Get("arn")},
		"concurrency":    {mapping.Get("scalingConfig"), map[string]any{"maximumConcurrency": 8.0}},
		"key":            {[]any{table.Get("hashKey"), table.Get("rangeKey")}, []any{"partition", "item"}},
		"backup":         {table.Get("pointInTimeRecovery"), nil}, // history is short-lived
		"variable table": {variables[env.ChannelTableName], table.Get("name")},
		"variable queue": {variables[env.QueueURL], queue.Get("url")},
		"outputs":        {[]any{p.Outputs["channelTableName"], p.Outputs["queueUrl"], p.Outputs["deadLettersUrl"]}, []any{table.Get("name"), queue.Get("url"), letters.Get("url")}},
	} {
		if diff := cmp.Diff(pair[0], pair[1]); diff != "" {
			t.Errorf("%s: -got +want:\n%s", name, diff)
		}
	}
}

// By default, AWS owns the key of every table: with the account's key, a busy table would
// cause many requests to KMS, which AWS bills.
func TestTablesHaveTheFreeKey(t *testing.T) {
	if got := setting.Defaults()["tableEncryption"]; got != setting.OwnedByAWS {
		t.Errorf("got the default %q, want %q", got, setting.OwnedByAWS)
	}
	for _, r := range stackPlan(t, "dev").OfType("aws:dynamodb/table:Table") {
		if diff := cmp.Diff(r.Get("serverSideEncryption"), any(map[string]any{"enabled": false})); diff != "" {
			t.Errorf("%s: -got +want:\n%s", r.Name, diff)
		}
	}
}
