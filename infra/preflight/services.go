package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"sallyport/infra/configuration"
)

// notVerified is the error with which CloudFront refuses a distribution of an account that AWS
// has not verified (https://github.com/aws-samples/aws-cdk-examples/issues/279).
const notVerified = "Your account must be verified before you can add new CloudFront resources"

func (p *preflight) checkCloudFront(ctx context.Context) result {
	var answer struct {
		DistributionList struct{ Quantity int }
	}
	// With this option, the CLI reads the first page only.
	if err := p.aws.call(ctx, configuration.CloudFrontRegion, callDistributions, &answer, "--no-paginate"); err != nil {
		return failedResult(err, "a verified account")
	}
	return cloudFrontResult(answer.DistributionList.Quantity)
}

// cloudFrontResult reports whether CloudFront has accepted the account. No call of AWS returns
// this, but a distribution shows it.
func cloudFrontResult(distributions int) result {
	if distributions > 0 {
		return ok("the account has a distribution, so CloudFront has accepted it before", "a verified account")
	}
	return unknown("the account has no distribution, and no call shows whether AWS has verified the account", "a verified account",
		fmt.Sprintf("if pulumi up fails with %q, send that message to AWS Support (https://console.aws.amazon.com/support/home), and run pulumi up again when AWS has verified the account", notVerified))
}

func (p *preflight) checkCognito(ctx context.Context) result {
	// The domain of the stack does not exist before the deployment, because it is derived from
	// the id of the pool (infra/signin.go). A call with any name shows that Cognito answers.
	domain := p.project + "-preflight"
	pool, _ := p.outputs["userPoolId"].(string)
	var answer struct {
		DomainDescription struct{ UserPoolId, Status string } //nolint:revive // names of AWS
	}
	if err := p.aws.call(ctx, p.region, callPoolDomain, &answer, "--domain", domain); err != nil {
		return failedResult(err, "Cognito in "+p.region)
	}
	if pool != "" {
		return ok("it answers in "+p.region+", and the stack has the pool "+pool, "")
	}
	return ok("it answers in "+p.region+"; the domain of the pool is derived from the id of the pool, so no other account has it", "")
}

func (p *preflight) checkBudget(ctx context.Context) result {
	want := "the permission to read and change budgets"
	var answer any
	err := p.aws.call(ctx, configuration.CloudFrontRegion, callBudget, &answer, "--account-id", p.caller.Account, "--budget-name", p.physicalName("budgets"))
	if err == nil || isKind(err, notFound) {
		return ok("the caller may read them", want)
	}
	return failedResult(err, want)
}

// role is a part of the answer of GetRole. The CLI decodes the trust policy.
type role struct {
	Role struct {
		Arn                      string //nolint:revive // the name of AWS
		AssumeRolePolicyDocument json.RawMessage
	}
}

func (p *preflight) checkLogRole(ctx context.Context) result {
	name := p.logRole()
	var account gatewayAccount
	if err := p.aws.call(ctx, p.region, callGateway, &account); err != nil {
		return failedResult(err, "")
	}
	var found role
	err := p.aws.call(ctx, p.region, callRole, &found, "--role-name", name)
	if err != nil && !isKind(err, notFound) {
		return failedResult(err, "")
	}
	return logRoleResult(name, account.CloudwatchRoleArn, found, err == nil)
}

// logRoleResult checks the role with which API Gateway writes access logs. name is the role of
// the stack; an earlier stack may have created it. current is the role that the account uses now.
func logRoleResult(name, current string, found role, exists bool) result {
	seen := "the role " + name + " does not exist: pulumi up creates it"
	if exists {
		seen = "the role " + name + " exists: pulumi up imports it unchanged"
	}
	const service = "apigateway.amazonaws.com"
	if exists && !strings.Contains(string(found.Role.AssumeRolePolicyDocument), service) {
		return change(seen, "a role that "+service+" can assume", "delete the role, or correct its trust policy: aws iam get-role --role-name "+name)
	}
	r := ok(seen, "")
	if current != "" && !strings.HasSuffix(current, "/"+name) {
		r.Remedy = "pulumi up replaces the role " + current + " in the account's settings of API Gateway: all APIs of the account and region then write their logs with the new role"
	}
	return r
}

func (p *preflight) checkServiceRole(ctx context.Context) result {
	const name = "AWSServiceRoleForAPIGateway"
	err := p.aws.call(ctx, p.region, callRole, &role{}, "--role-name", name)
	switch {
	case err == nil:
		return ok("the role "+name+" exists", "")
	case isKind(err, notFound):
		return ok("the role "+name+" does not exist: API Gateway creates it with the first domain", "")
	}
	return failedResult(err, "")
}

// issuerResult checks the discovery document of an issuer. origins are those of its endpoints.
func issuerResult(name, address string, origins []string, err error) result {
	want := "a discovery document of " + address
	if err == nil {
		return ok("found, with endpoints of "+strings.Join(origins, ", "), want)
	}
	remedy := "correct the setting: pulumi config set " + name + " VALUE"
	if u, parsed := url.Parse(address); parsed == nil && u.Hostname() != "" {
		remedy += "; or check that " + u.Hostname() + " answers, from this machine and from AWS"
	}
	return change(err.Error(), want, remedy)
}
