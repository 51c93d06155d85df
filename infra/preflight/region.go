package main

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// partitions are the forms of the names of regions in each partition (botocore's
// partitions.json).
var partitions = []struct {
	name string
	form *regexp.Regexp
}{
	{"aws-us-gov", regexp.MustCompile(`^us-gov-\w+-\d+$`)},
	{"aws-cn", regexp.MustCompile(`^cn-\w+-\d+$`)},
	{"aws-eusc", regexp.MustCompile(`^eusc-`)},
	{"aws-iso", regexp.MustCompile(`^(us|eu)-iso`)},
	{"aws", regexp.MustCompile(`^(us|eu|ap|sa|ca|me|af|il|mx)-[a-z]+-\d+$`)},
}

// regions returns the check of the region.
func (p *preflight) regions() []check {
	return []check{{"region", p.checkRegion}}
}

// checkRegion sets p.region to the region that pulumi up will use.
func (p *preflight) checkRegion(ctx context.Context) result {
	p.aws.profile = p.value("aws:profile")
	configured, other := p.value("aws:region"), ""
	for _, name := range []string{"AWS_REGION", "AWS_DEFAULT_REGION"} {
		for _, e := range slices.Backward(p.dependencies.environ) { // the last value counts
			if v, found := strings.CutPrefix(e, name+"="); found && other == "" {
				other = v
				break
			}
		}
	}
	if other == "" && p.hasAWS {
		// The command fails if the profile has no region.
		out, _ := p.output(ctx, p.aws.environment(), "aws", "configure", "get", "region")
		other = strings.TrimSpace(string(out))
	}
	p.region = configured
	if p.region == "" {
		p.region = other
	}
	if p.region == "" && !p.stackRead {
		return unknown("not read, because the configuration of the stack was not read", "", "")
	}
	if deployed, _ := p.outputs["region"].(string); deployed != "" && deployed != p.region {
		return change(fmt.Sprintf("%s, but the stack is deployed in %s", cmp.Or(p.region, "none is set"), deployed), "the region of the deployment: a stack cannot move",
			"pulumi config set aws:region "+deployed+", or create another stack")
	}
	return regionResult(configured, other)
}

// regionResult checks the region of the stack. configured is the region in the configuration of
// the stack. other is the region of the environment or of the profile of the AWS CLI.
func regionResult(configured, other string) result {
	const want = "a region of the partition aws"
	const remedy = "pulumi config set aws:region eu-west-1"
	region := configured
	if region == "" {
		region = other
	}
	if region == "" {
		return change("no region", want, remedy)
	}
	for _, p := range partitions {
		if !p.form.MatchString(region) {
			continue
		}
		if p.name != "aws" {
			return change(fmt.Sprintf("%s belongs to the partition %s", region, p.name), want, remedy)
		}
		r := ok(region, "")
		switch {
		case configured == "":
			r.Seen += ", from the environment or the profile"
			r.Remedy = "set it in the stack, so that each user deploys to the same region: pulumi config set aws:region " + region
		case other != "" && other != configured:
			r.Remedy = fmt.Sprintf("the AWS CLI uses %s: add --region %s to its commands", other, configured)
		}
		return r
	}
	return change(fmt.Sprintf("%.40q is not the name of a region", region), want, remedy)
}
