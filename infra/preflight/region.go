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

// regionCheck is the name of the check on which the checks of the account depend, too.
const regionCheck = "region"

// regions returns the check of the region.
func (p *preflight) regions() []check {
	return []check{{regionCheck, p.checkRegion}}
}

// checkRegion sets p.region to the region that pulumi up will use. Without a stack, it is the
// region of the environment or of the AWS CLI.
func (p *preflight) checkRegion(ctx context.Context) result {
	p.aws.profile = p.value("aws:profile")
	configured := p.value("aws:region")
	other, source := p.otherRegion(ctx)
	p.region = cmp.Or(configured, other)
	if p.region == "" && !p.stackRead {
		return unknown("not known: the configuration of the stack was not read, and neither AWS_REGION nor the AWS CLI has a region", "", "set AWS_REGION, or pulumi config set aws:region eu-west-1")
	}
	if deployed, _ := p.outputs["region"].(string); deployed != "" && deployed != p.region {
		return change(fmt.Sprintf("%s, but the stack is deployed in %s", cmp.Or(p.region, "none is set"), deployed), "the region of the deployment: a stack cannot move",
			"pulumi config set aws:region "+deployed+", or create another stack")
	}
	return regionResult(configured, other, source)
}

// otherRegion returns the region outside of the configuration of the stack, and its source.
func (p *preflight) otherRegion(ctx context.Context) (region, source string) {
	var list map[string]cliSetting
	if p.hasAWS {
		// The command fails if the profile does not exist. The check of the credentials reports it.
		out, _ := p.output(ctx, p.aws.environment(), "aws", "configure", "list")
		list = parseConfigureList(string(out))
		p.credentialSource = credentialSource(list, p.aws.profile != "")
	}
	for _, name := range []string{"AWS_REGION", "AWS_DEFAULT_REGION"} {
		for _, e := range slices.Backward(p.dependencies.environ) { // the last value counts
			if v, found := strings.CutPrefix(e, name+"="); found {
				if v != "" {
					return v, name
				}
				break
			}
		}
	}
	if r, found := list["region"]; found {
		return r.value, "the AWS CLI (" + r.source + ")"
	}
	return "", ""
}

// cliSetting is a setting of the AWS CLI and its source, such as shared-credentials-file.
type cliSetting struct{ value, source string }

// parseConfigureList reads the table that aws configure list prints. Its columns are name,
// value, type and location. Some versions separate them with colons. A row without a value has
// the value "<not set>". The values of keys are masked.
func parseConfigureList(text string) map[string]cliSetting {
	all := map[string]cliSetting{}
	for line := range strings.Lines(text) {
		words := slices.DeleteFunc(strings.Fields(line), func(word string) bool { return word == ":" })
		if len(words) < 3 || words[1] == "<not" {
			continue
		}
		all[words[0]] = cliSetting{value: words[1], source: words[2]}
	}
	return all
}

// credentialSource names the source of the credentials that the AWS CLI uses, or "" if it has
// none. ofStack is true if the configuration of the stack has the profile.
func credentialSource(list map[string]cliSetting, ofStack bool) string {
	key, found := list["access_key"]
	if !found {
		return ""
	}
	if key.source == "env" {
		return "from AWS_ACCESS_KEY_ID"
	}
	profile := "the default profile"
	if p, named := list["profile"]; named {
		profile = "the profile " + p.value
		if ofStack {
			profile += " (aws:profile)"
		}
	}
	return "from " + profile + ", " + key.source
}

// regionResult checks the region of the stack. configured is the region in the configuration of
// the stack. other is another region, and source is its source.
func regionResult(configured, other, source string) result {
	const want = "a region of the partition aws"
	const remedy = "pulumi config set aws:region eu-west-1"
	region := cmp.Or(configured, other)
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
			r.Seen += ", from " + source
			r.Remedy = "set it in the stack, so that each user deploys to the same region: pulumi config set aws:region " + region
		case other != "" && other != configured:
			r.Remedy = fmt.Sprintf("the AWS CLI uses %s, from %s: add --region %s to its commands", other, source, configured)
		}
		return r
	}
	return change(fmt.Sprintf("%.40q is not the name of a region", region), want, remedy)
}
