package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"sallyport/infra/configuration"
)

// accountLimit is a part of the answer of GetAccountSettings (AWS Lambda API reference).
type accountLimit struct{ ConcurrentExecutions, UnreservedConcurrentExecutions int }

// checkConcurrency compares the number of events that Lambda can process at the same time with
// the settings.
func (p *preflight) checkConcurrency(ctx context.Context) result {
	var answer struct{ AccountLimit accountLimit }
	if err := p.aws.call(ctx, p.region, callAccount, &answer); err != nil {
		return failedResult(err, "")
	}
	var stackFunction struct{ ReservedConcurrentExecutions int }
	name, _ := p.outputs["functionName"].(string)
	name, _, _ = strings.Cut(name, ":") // without the alias
	if name != "" && p.config.ReservedConcurrency > 0 {
		err := p.aws.call(ctx, p.region, callReserved, &stackFunction, "--function-name", name)
		if err != nil && !isKind(err, notFound) {
			return failedResult(err, "")
		}
	}
	return concurrencyResult(answer.AccountLimit, stackFunction.ReservedConcurrentExecutions, p.config, p.hasChannels, p.region)
}

// unreserved is the concurrency that no function of an account can reserve (AWS Lambda
// developer guide, "Configuring reserved concurrency for a function").
const unreserved = 100

// concurrencyResult compares the concurrency limit of the account with the settings. own is the
// number that the deployed function of the stack has reserved.
func concurrencyResult(limit accountLimit, reservedByStack int, c configuration.Config, hasChannels bool, region string) result {
	if limit.ConcurrentExecutions == 0 {
		return unknown("the answer has no limit", "", "look at the answer: aws lambda get-account-settings --region "+region)
	}
	free := limit.UnreservedConcurrentExecutions + reservedByStack
	seen := fmt.Sprintf("%d events at the same time, %d of them not reserved by other functions", limit.ConcurrentExecutions, free)
	increase := fmt.Sprintf("request more (aws service-quotas request-service-quota-increase --region %s --service-code lambda --quota-code L-B99A9384 --desired-value 1000)", region)
	if reserved := c.ReservedConcurrency; reserved > 0 {
		want := fmt.Sprintf("at least %d: reservedConcurrency %d, and %d that AWS keeps unreserved", reserved+unreserved, reserved, unreserved)
		if free < reserved+unreserved {
			return change(seen, want, increase+", or pulumi config set reservedConcurrency 0")
		}
		return ok(seen, want)
	}
	queue := 0
	if hasChannels {
		queue = c.QueueConcurrency
	}
	want := fmt.Sprintf("at least %d: throttleBurst %d", c.ThrottleBurst+queue, c.ThrottleBurst)
	if queue > 0 {
		want += fmt.Sprintf(" and queueConcurrency %d", queue)
	}
	switch {
	case free >= c.ThrottleBurst+queue:
		return ok(seen, want)
	case free <= queue:
		return change(seen, want, increase+": the queue of channels alone can use all of it")
	}
	return warning(seen, want, fmt.Sprintf("%s, or lower the burst, so that clients get 429 instead of errors (pulumi config set throttleBurst %d): under load, Lambda refuses some of the events that API Gateway accepts", increase, free-queue))
}

// gatewayAccount is the answer of GetAccount (Amazon API Gateway API reference, "Account"). Its
// limits are those that apply. Service Quotas can show other values
// (https://repost.aws/questions/QU47u_cBTCQcy2qTmoR6q91w).
type gatewayAccount struct {
	CloudwatchRoleArn string //nolint:revive // the name of AWS
	ThrottleSettings  struct {
		BurstLimit int
		RateLimit  float64
	}
}

func (p *preflight) checkGateway(ctx context.Context) result {
	var answer gatewayAccount
	if err := p.aws.call(ctx, p.region, callGateway, &answer); err != nil {
		rate, burst := defaultLimits(p.region)
		return failedResult(err, fmt.Sprintf("throttleRate %d and throttleBurst %d within the account's limits, which are %d and %d by default in %s",
			p.config.ThrottleRate, p.config.ThrottleBurst, rate, burst, p.region))
	}
	return gatewayResult(int(answer.ThrottleSettings.RateLimit), answer.ThrottleSettings.BurstLimit, p.config, p.hasChannels, p.region)
}

// lowRegions are the regions with lower default limits (Amazon API Gateway developer guide,
// "Amazon API Gateway quotas").
var lowRegions = []string{
	"af-south-1", "ap-south-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5", "ap-southeast-7", "ca-west-1",
	"eu-central-2", "eu-south-1", "eu-south-2", "il-central-1", "me-central-1", "mx-central-1",
}

// defaultLimits returns the default limits of a region: the rate in requests per second, and
// the burst.
func defaultLimits(region string) (rate, burst int) {
	if slices.Contains(lowRegions, region) {
		return 2500, 1250
	}
	return 10_000, 5000
}

// postsPerSecond is the number of messages that one event of the queue of channels posts in a
// second for each 256 MB of memory (setting queueConcurrency).
const postsPerSecond = 700

// gatewayResult compares the limits of the account and region with the settings. All APIs of
// the account share the limits.
func gatewayResult(rate, burst int, c configuration.Config, hasChannels bool, region string) result {
	if rate == 0 {
		return unknown("the answer has no limit", "", "look at the answer: aws apigateway get-account --region "+region)
	}
	seen := fmt.Sprintf("%d requests per second, and a burst of %d, for all APIs of the account in %s", rate, burst, region)
	want := fmt.Sprintf("at least throttleRate %d and throttleBurst %d", c.ThrottleRate, c.ThrottleBurst)
	increase := fmt.Sprintf("request more (aws service-quotas request-service-quota-increase --region %s --service-code apigateway --quota-code L-8A5B8E43 --desired-value %d)", region, max(10_000, 2*c.ThrottleRate))
	switch {
	case c.ThrottleRate > rate:
		return change(seen, want, fmt.Sprintf("%s, or pulumi config set throttleRate %d", increase, rate))
	case c.ThrottleBurst > burst:
		return change(seen, want, fmt.Sprintf("pulumi config set throttleBurst %d: AWS sets the burst itself and does not raise it on request", burst))
	}
	each := postsPerSecond * c.Memory / 256
	if posts := each * c.QueueConcurrency; hasChannels && posts > rate {
		return warning(seen, fmt.Sprintf("at least %d, which the queue of channels can post with queueConcurrency %d and memory %d", posts, c.QueueConcurrency, c.Memory),
			fmt.Sprintf("%s, or lower it (pulumi config set queueConcurrency %d): otherwise channels can use the whole limit, and clients get 429", increase, max(2, rate/each)))
	}
	return ok(seen, want)
}
