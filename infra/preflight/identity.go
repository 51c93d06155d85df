package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"sallyport/infra/configuration"
)

// caller is the identity of the credentials (AWS STS API reference, "GetCallerIdentity").
type caller struct{ Account, Arn string }

// credentialsCheck is the name of the check on which all checks of the account depend.
const credentialsCheck = "credentials"

// credentials returns the check of the credentials.
func (p *preflight) credentials() []check {
	return []check{{credentialsCheck, p.checkCredentials}}
}

func (p *preflight) checkCredentials(ctx context.Context) result {
	const want = "credentials that AWS accepts"
	if !p.hasAWS {
		return unknown("not checked, because the AWS CLI does not run", want, correctFirst("AWS CLI"))
	}
	region := cmp.Or(p.region, configuration.CloudFrontRegion)
	var c caller
	err := p.aws.call(ctx, region, callIdentity, &c)
	if isKind(err, rejected) && region != configuration.CloudFrontRegion {
		// A region that is not enabled does not know any credentials.
		var elsewhere caller
		if p.aws.call(ctx, configuration.CloudFrontRegion, callIdentity, &elsewhere) == nil {
			return change(fmt.Sprintf("account %s, but the region %s does not know the credentials", elsewhere.Account, p.region), want,
				fmt.Sprintf("enable the region (aws account enable-region --region-name %s), or choose another one", p.region))
		}
	}
	if err != nil {
		r := failedResult(err, want)
		if p.credentialSource != "" {
			r.Seen += ", with the credentials " + p.credentialSource
		}
		if isKind(err, noCredentials) || isKind(err, expired) || isKind(err, rejected) || isKind(err, wrongClock) {
			r.Status = statusChange
		}
		return r
	}
	r := identityResult(c, region, p.credentialSource, p.value("aws:allowedAccountIds"), p.value("aws:forbiddenAccountIds"))
	if deployed := p.deployedAccount(); r.Status == statusOK && deployed != "" && deployed != c.Account {
		r = change(r.Seen, "the account of the deployment, "+deployed, "use its credentials (AWS_PROFILE), or create another stack")
	}
	if r.Status == statusOK {
		p.caller = c
		for _, key := range []string{"aws:accessKey", "aws:assumeRole", "aws:assumeRoles"} {
			if _, found := p.values[key]; found {
				r.Remedy = "the stack has " + key + ", so pulumi up may use another identity than this one"
			}
		}
	}
	return r
}

// deployedAccount returns the account in which the stack is deployed, or "" if the stack has no
// queue. The address of a queue has the form https://sqs.REGION.amazonaws.com/ACCOUNT/NAME.
func (p *preflight) deployedAccount() string {
	address, _ := p.outputs["queueUrl"].(string)
	if parts := strings.Split(address, "/"); len(parts) == 5 {
		return parts[3]
	}
	return ""
}

// identityResult checks the identity. source names the source of the credentials; "" if it is not
// known. allowed and forbidden are lists of accounts in JSON. An empty text is no list.
func identityResult(c caller, region, source, allowed, forbidden string) result {
	seen := fmt.Sprintf("account %s, %s", c.Account, c.Arn)
	if source != "" {
		seen += ", " + source
	}
	if partition := strings.Split(c.Arn+"::", ":")[1]; partition != "aws" {
		return change(seen, "an account of the partition aws", "use other credentials: AWS_PROFILE")
	}
	var allowedAccounts, forbiddenAccounts []string
	_, _ = json.Unmarshal([]byte(allowed), &allowedAccounts), json.Unmarshal([]byte(forbidden), &forbiddenAccounts) // an empty text is no list
	switch {
	case len(allowedAccounts) > 0 && !slices.Contains(allowedAccounts, c.Account):
		return change(seen, "an account of aws:allowedAccountIds: "+strings.Join(allowedAccounts, ", "), "use other credentials: AWS_PROFILE")
	case slices.Contains(forbiddenAccounts, c.Account):
		return change(seen, "an account that is not in aws:forbiddenAccountIds", "use other credentials: AWS_PROFILE")
	}
	r := ok(seen+", accepted in "+region, "")
	if strings.HasSuffix(c.Arn, ":root") {
		r.Remedy = "AWS advises against the use of the root user: create a user or a role with the permissions in docs/deployer.md"
	}
	return r
}
