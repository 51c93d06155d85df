package review

import (
	"encoding/json"
	"slices"
	"strings"

	"sallyport/infra/plan"
)

// queueRules returns the rules for queues and the functions that read them.
func queueRules() []Rule {
	return []Rule{
		{"queues are FIFO, and each group has its own throughput", mustBe(queueForms...)},
		{"a queue waits for the function", earlyRepetitions},
		{"failed messages are kept", lostMessages},
		{"Lambda reads the queue as AWS allows", both(unreadableQueues, mustBe(sourceForms...))},
		{"a queue does not use the whole function", wholeFunctions},
	}
}

// queueForms are the forms of a FIFO queue. Its name ends in .fifo and has at most 80
// characters
// (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-fifo.html).
// SQS limits the throughput of each group, and not that of the queue, if it also looks for
// repeated messages in each group
// (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html).
var queueForms = []form{
	{plan.TypeQueue, "fifoQueue", `true`},
	{plan.TypeQueue, "name", `[\w-]{1,75}\.fifo`},
	{plan.TypeQueue, "deduplicationScope", `messageGroup`},
	{plan.TypeQueue, "fifoThroughputLimit", `perMessageGroupId`},
	{plan.TypeQueue, "visibilityTimeoutSeconds", `[1-9]\d*`},
	{plan.TypeQueue, "messageRetentionSeconds", `[1-9]\d*`},
}

// sourceForms are the forms of the event source mapping of a FIFO queue
// (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html,
// https://docs.aws.amazon.com/lambda/latest/api/API_ScalingConfig.html). Without
// ReportBatchItemFailures, one failed message would repeat all messages of its event.
var sourceForms = []form{
	{plan.TypeEventSource, "batchSize", `[1-9]|10`},
	{plan.TypeEventSource, "maximumBatchingWindowInSeconds", `0?`},
	{plan.TypeEventSource, "functionResponseTypes", `ReportBatchItemFailures`},
	{plan.TypeEventSource, "scalingConfig.maximumConcurrency", `[2-9]|[1-9]\d{1,2}|1000`},
}

// eachSource calls do for each event source mapping, with its queue and its function. It
// finds mappings without them.
func eachSource(p plan.Plan, f *findings, do func(source, queue, function plan.Resource)) {
	for _, source := range p.OfType(plan.TypeEventSource) {
		queue := withARN(p.OfType(plan.TypeQueue), source.Text("eventSourceArn"))
		function := functionOf(p, withARN(callees(p), source.Text("functionName")))
		if queue == nil || function == nil {
			f.add(source, "has the source %q and the function %q, want a queue and a function of the plan", source.Text("eventSourceArn"), source.Text("functionName"))
			continue
		}
		do(source, *queue, *function)
	}
}

// withARN returns the resource that has an ARN, or nil.
func withARN(all []plan.Resource, arn string) *plan.Resource {
	i := slices.IndexFunc(all, func(r plan.Resource) bool { return r.Text("arn") == arn })
	if i < 0 {
		return nil
	}
	return &all[i]
}

// number returns the number at the path of a form, 0 if there is none.
func number(r plan.Resource, path string) float64 {
	n, _ := lookup(r, path).(float64)
	return n
}

// earlyRepetitions finds queues that give a message out again too early. AWS recommends six
// times the timeout of the function, because Lambda repeats events that it throttles
// (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html). The order of
// a channel relies on it too (package channel).
func earlyRepetitions(p plan.Plan, f *findings) {
	eachSource(p, f, func(_, queue, function plan.Resource) {
		if visible, timeout := number(queue, "visibilityTimeoutSeconds"), number(function, "timeout"); timeout == 0 || visible < 6*timeout {
			f.add(queue, "gives a message out again after %v seconds, want six times the timeout of the function, %v", visible, timeout)
		}
	})
}

// unreadableQueues finds functions whose role lacks a permission that Lambda needs to read the
// queue. Lambda refuses to create such an event source mapping
// (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html, "Setting up
// execution role permissions").
func unreadableQueues(p plan.Plan, f *findings) {
	eachSource(p, f, func(source, queue, function plan.Resource) {
		for _, action := range []string{"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"} {
			if !slices.ContainsFunc(p.OfType(plan.TypeRolePolicy), func(r plan.Resource) bool {
				return strings.HasSuffix(function.Text("role"), ":role/"+r.Text("role")) && grants(r, action, queue.Text("arn"))
			}) {
				f.add(source, "needs %s on %s, which the role of the function does not have", action, queue.Text("arn"))
			}
		}
	})
}

// grants reports whether a policy allows an action on a resource.
func grants(policy plan.Resource, action, arn string) bool {
	return slices.ContainsFunc(statements(policy), func(s Statement) bool {
		return s.Effect == "Allow" && slices.Contains(s.Action, action) && slices.Contains(s.Resource, arn)
	})
}

// wholeFunctions finds queues whose events can use the whole reserved concurrency of the
// function. AWS advises against a maximum concurrency above the reserved one
// (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html). With the same
// number, the function could not process the events of clients.
func wholeFunctions(p plan.Plan, f *findings) {
	eachSource(p, f, func(source, _, function plan.Resource) {
		reserved, most := number(function, "reservedConcurrentExecutions"), number(source, "scalingConfig.maximumConcurrency")
		if function.Get("reservedConcurrentExecutions") != nil && reserved <= most {
			f.add(source, "can use %v of the function's %v concurrent executions", most, reserved)
		}
	})
}

// lostMessages finds queues that a function reads and that do not keep the messages that
// fail. The queue of dead letters must be of the same kind
// (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html,
// "RedrivePolicy"). It keeps messages at least as long as the queue does, because in another
// kind of queue the time that a message has waited already counts
// (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/setting-up-dead-letter-queue-retention.html).
func lostMessages(p plan.Plan, f *findings) {
	eachSource(p, f, func(_, queue, _ plan.Resource) {
		var redrive struct {
			DeadLetterTargetARN string
			MaxReceiveCount     int
		}
		if err := json.Unmarshal([]byte(queue.Text("redrivePolicy")), &redrive); err != nil {
			f.add(queue, "has no redrive policy: %v", err)
			return
		}
		letters := withARN(p.OfType(plan.TypeQueue), redrive.DeadLetterTargetARN)
		switch {
		case letters == nil || letters.Name == queue.Name:
			f.add(queue, "moves dead letters to %q, want another queue of the plan", redrive.DeadLetterTargetARN)
			return
		case redrive.MaxReceiveCount < 1 || redrive.MaxReceiveCount > 1000:
			f.add(queue, "gives a message out %d times, want 1 to 1000", redrive.MaxReceiveCount)
		}
		if letters.Get("fifoQueue") != queue.Get("fifoQueue") {
			f.add(*letters, "is FIFO: %v, but the queue of its messages: %v", letters.Get("fifoQueue"), queue.Get("fifoQueue"))
		}
		if kept, before := number(*letters, "messageRetentionSeconds"), number(queue, "messageRetentionSeconds"); kept < before {
			f.add(*letters, "keeps messages for %v seconds, but the queue of its messages for %v", kept, before)
		}
	})
}
