package main

import (
	"fmt"
	"io"
	"strings"

	"sallyport/infra/review"
)

// call is an operation of AWS that only reads.
type call struct {
	service, operation string   // of the AWS CLI
	actions            []string // the IAM actions that the call needs; nil: none
	resources          []string // ARNs; {project} is the name of the project
	purpose            string
}

func (c call) command() []string   { return []string{c.service, c.operation} }
func (c call) permissions() string { return strings.Join(c.actions, ", ") }
func (c call) String() string      { return "aws " + c.service + " " + c.operation }

// The preflight makes only these calls.
var (
	// callIdentity needs no permission (AWS STS API reference, "GetCallerIdentity").
	callIdentity = call{service: "sts", operation: "get-caller-identity", purpose: "the account and the identity of the credentials"}
	callAccount  = call{
		"lambda", "get-account-settings",
		[]string{"lambda:GetAccountSettings"},
		[]string{"*"},
		"the number of events that Lambda can process at the same time",
	}
	callReserved = call{
		"lambda", "get-function-concurrency",
		[]string{"lambda:GetFunctionConcurrency"},
		[]string{"arn:aws:lambda:*:*:function:{project}-*"},
		"the concurrency that the stack's own function has reserved",
	}
	callGateway = call{
		"apigateway", "get-account",
		[]string{"apigateway:GET"},
		[]string{"arn:aws:apigateway:*::/account"},
		"the limit of requests per second, and the role for access logs",
	}
	callDistributions = call{
		"cloudfront", "list-distributions",
		[]string{"cloudfront:ListDistributions"},
		[]string{"*"},
		"whether the account has a distribution already",
	}
	callPoolDomain = call{
		"cognito-idp", "describe-user-pool-domain",
		[]string{"cognito-idp:DescribeUserPoolDomain"},
		[]string{"*"},
		"whether Cognito answers in the region, and the domain of the stack's pool",
	}
	callCertificate = call{
		"acm", "describe-certificate",
		[]string{"acm:DescribeCertificate"},
		[]string{"arn:aws:acm:*:*:certificate/*"},
		"the certificates of apiDomain and siteDomain",
	}
	callBudget = call{
		"budgets", "describe-budget",
		[]string{"budgets:ViewBudget"},
		[]string{"arn:aws:budgets::*:budget/{project}-*"},
		"whether the caller may read budgets, with monthlyBudget",
	}
	callRole = call{
		"iam", "get-role",
		[]string{"iam:GetRole"},
		[]string{"arn:aws:iam::*:role/*"},
		"the role for access logs, API Gateway's own role, and the path of the caller's role",
	}
	callPermissions = call{
		"iam", "simulate-principal-policy",
		[]string{"iam:SimulatePrincipalPolicy"},
		[]string{"arn:aws:iam::*:role/*", "arn:aws:iam::*:user/*"},
		"whether the caller has the permissions of docs/deployer-policy.json",
	}
)

// calls returns all calls.
func calls() []call {
	return []call{
		callIdentity, callAccount, callReserved, callGateway, callDistributions, callPoolDomain,
		callCertificate, callBudget, callRole, callPermissions,
	}
}

// pulumiCalls are the commands of the Pulumi CLI and their purposes. They read the state and the configuration.
var pulumiCalls = [][2]string{
	{"pulumi version", "the version of the Pulumi CLI"},
	{"pulumi whoami", "whether the CLI is logged in"},
	{"pulumi stack --show-name", "the selected stack"},
	{"pulumi config --json", "the configuration of the stack, without the values of secrets"},
	{"pulumi stack output --json", "the addresses of the stack, if it is deployed"},
}

// printCalls prints the calls and the permissions that they need.
func printCalls(out io.Writer) error {
	var b strings.Builder
	for _, c := range pulumiCalls {
		fmt.Fprintf(&b, "%-42s %s\n", c[0], c[1])
	}
	fmt.Fprintf(&b, "%-42s %s\n", "aws --version, aws configure list", "the AWS CLI, its region, and the source of its credentials")
	for _, c := range calls() {
		permissions := c.permissions()
		if permissions == "" {
			permissions = "no permission"
		}
		fmt.Fprintf(&b, "%-42s %s (%s)\n", c, c.purpose, permissions)
	}
	fmt.Fprintf(&b, "%-42s %s\n", "DNS", "apiDomain and siteDomain, and the CAA records of them and of their parents")
	fmt.Fprintf(&b, "%-42s %s\n", "https", "the discovery documents of issuer and secondIssuer")
	_, err := io.WriteString(out, b.String())
	return err
}

// policy returns the IAM policy that allows exactly the calls.
func policy(project string) review.Policy {
	p := review.Policy{Version: "2012-10-17"}
	for _, c := range calls() {
		if c.actions == nil {
			continue
		}
		s := review.Statement{Effect: "Allow", Action: c.actions}
		for word := range strings.SplitSeq(c.service+"-"+c.operation, "-") {
			s.Sid += strings.ToUpper(word[:1]) + word[1:]
		}
		for _, r := range c.resources {
			s.Resource = append(s.Resource, strings.ReplaceAll(r, "{project}", project))
		}
		p.Statement = append(p.Statement, s)
	}
	return p
}
