package infra

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/dynamodb"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sqs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"sallyport/lambda/channel"
)

// The keys of the table of channels, as package channeltable writes them.
const (
	partition = "partition"
	item      = "item"
)

// channels is the state of the channels, and the queue that orders their publications. It
// is declared if the app has namespaces.
type channels struct {
	pulumi.ResourceState

	Table       *dynamodb.Table
	Queue       *sqs.Queue
	DeadLetters *sqs.Queue
}

func (c *channels) declare(ctx *pulumi.Context, s *stack) (err error) {
	c.Table, err = s.newTable(ctx, "channels", &dynamodb.TableArgs{
		HashKey:    pulumi.String(partition),
		RangeKey:   pulumi.String(item),
		Attributes: dynamodb.TableAttributeArray{keyAttribute(partition, "S"), keyAttribute(item, "S")},
	}, pulumi.Parent(c))
	if err != nil {
		return fmt.Errorf("declare table: %w", err)
	}
	if c.DeadLetters, err = c.queue(ctx, s, "dead-letters", nil); err != nil {
		return fmt.Errorf("declare dead letters: %w", err)
	}
	redrive := pulumi.JSONMarshal(pulumi.Map{"deadLetterTargetArn": c.DeadLetters.Arn, "maxReceiveCount": pulumi.Int(channel.MaxReceives)})
	if c.Queue, err = c.queue(ctx, s, "channels", redrive); err != nil {
		return fmt.Errorf("declare queue: %w", err)
	}
	return nil
}

// fourteenDays is the longest time that SQS keeps a message, in seconds.
const fourteenDays = 14 * 24 * 60 * 60

// queue declares a FIFO queue. The throughput of each group is limited, and not that of the
// queue; this requires deduplication by group.
//
// The program names the queue. The name of a FIFO queue ends with .fifo, and the pattern for
// names in Pulumi.yaml has no place for an ending. SQS encrypts with a key of its own: with
// a key of KMS, each message would need a request to KMS.
func (c *channels) queue(ctx *pulumi.Context, s *stack, name string, redrive pulumi.StringPtrInput) (*sqs.Queue, error) {
	return sqs.NewQueue(ctx, s.named(name), &sqs.QueueArgs{
		Name:                pulumi.Sprintf("%s-%s-%s.fifo", s.name, name, s.api.API.ID()),
		FifoQueue:           pulumi.Bool(true),
		DeduplicationScope:  pulumi.String("messageGroup"),
		FifoThroughputLimit: pulumi.String("perMessageGroupId"),
		// AWS recommends six times the timeout of the function
		// (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html). Order
		// relies on it: see package channel.
		VisibilityTimeoutSeconds: pulumi.Int(6 * s.Timeout),
		MessageRetentionSeconds:  pulumi.Int(fourteenDays),
		SqsManagedSseEnabled:     pulumi.Bool(true),
		RedrivePolicy:            redrive,
		Tags:                     s.tags,
	}, pulumi.Parent(c))
}

// consumer lets the function work on the queue of channels.
type consumer struct{ pulumi.ResourceState }

func (c *consumer) declare(ctx *pulumi.Context, s *stack) error {
	_, err := lambda.NewEventSourceMapping(ctx, s.named("channels"), &lambda.EventSourceMappingArgs{
		EventSourceArn:        s.channels.Queue.Arn,
		FunctionName:          s.function.ARN,
		BatchSize:             pulumi.Int(10), // the most for a FIFO queue
		FunctionResponseTypes: pulumi.ToStringArray([]string{"ReportBatchItemFailures"}),
		ScalingConfig:         &lambda.EventSourceMappingScalingConfigArgs{MaximumConcurrency: pulumi.Int(s.QueueConcurrency)},
		Tags:                  s.tags,
	}, pulumi.Parent(c))
	return err
}
