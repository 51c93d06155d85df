// Package quota simulates publications in a large channel under the quota of an AWS account.
//
//	make bench ARGS="-part quota"   the table of docs/speed.md
//	go test ./test/bench/quota      a small simulation with assertions, as in make test
//
// The simulation runs the real code of the worker: lambda/channel and lambda/pusher with the
// AWS SDK list the subscribers, make the jobs, post, and repeat posts. It simulates the account,
// the table, the queue with its event source mapping, the processor of each process, and the
// time.
//
//   - The account accepts posts as a token bucket does: 10,000 a second and 5,000 at once, or
//     2,500 a second and 1,250 at once
//     (https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html). It
//     answers 429 to all others. An answer takes 5 to 15 ms.
//   - A process has the share of a processor that Lambda gives to its memory: a whole one for
//     1,769 MB (https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html).
//   - The queue gives out the groups in the order of their oldest messages. AWS promises no
//     order among groups. This order is the worst for a small channel that publishes later.
//
// Nothing was measured on AWS.
package quota
