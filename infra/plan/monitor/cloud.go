package monitor

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math/big"
	"regexp"
	"strconv"
	"strings"

	"sallyport/infra/plan"
)

// account is the account of every plan, an example number of AWS's documentation.
const account = "111122223333"

// cloud computes identifiers, names and addresses in place of AWS. They have the same
// form as those of AWS. They depend on type and name only, so every run gives the same
// values.
type cloud struct {
	project, stack, region string
	naming                 string // pattern of Pulumi's autonaming
}

func newCloud(s settings, stack string) (cloud, error) {
	c := cloud{project: s.project, stack: stack, region: s.config["aws:region"], naming: "${name}-${hex(7)}"}
	if c.region == "" {
		return cloud{}, fmt.Errorf("stack %s: aws:region is not set; run `pulumi config set aws:region REGION`", stack)
	}
	if v, ok := s.config["pulumi:autonaming"]; ok {
		var autonaming struct{ Pattern string }
		if err := json.Unmarshal([]byte(v), &autonaming); err != nil || autonaming.Pattern == "" {
			return cloud{}, fmt.Errorf("stack %s: pulumi:autonaming is %s: want {pattern: ...}, the only form that the monitor supports", stack, v)
		}
		c.naming = autonaming.Pattern
	}
	return c, nil
}

// create sets the ID of a resource and the outputs that AWS computes. It returns an error
// if the type is unknown.
func (c cloud) create(res *plan.Resource) error {
	compute, ok := outputFunctions[res.Type]
	if !ok {
		return fmt.Errorf("the monitor does not know this type of resource; add it to infra/plan/monitor/outputs.go")
	}
	res.Outputs = map[string]any{}
	res.ID = compute(&resource{c, res})
	return nil
}

// invoke returns the outputs of a data source. It returns an error if the data source is
// unknown.
func (c cloud) invoke(tok string) (map[string]any, error) {
	switch tok {
	case "aws:index/getRegion:getRegion":
		return map[string]any{"id": c.region, "name": c.region, "endpoint": "ec2." + c.region + ".amazonaws.com", "description": c.region}, nil
	case "aws:index/getPartition:getPartition":
		return map[string]any{"id": c.partition(), "partition": c.partition()}, nil
	case "aws:iam/getRoles:getRoles": // the account has no roles
		return map[string]any{"id": c.region, "names": []any{}, "arns": []any{}}, nil
	}
	return nil, fmt.Errorf("the monitor does not know the data source %s; add it to infra/plan/monitor/cloud.go", tok)
}

// partitions are AWS's partitions other than the standard one, by the prefix of their
// regions.
var partitions = map[string]string{"cn-": "aws-cn", "us-gov-": "aws-us-gov", "eusc-": "aws-eusc", "us-iso-": "aws-iso", "us-isob-": "aws-iso-b"}

// partition returns the partition of the region.
func (c cloud) partition() string {
	for prefix, name := range partitions {
		if strings.HasPrefix(c.region, prefix) {
			return name
		}
	}
	return "aws"
}

// resource is the resource whose outputs one of outputFunctions computes.
type resource struct {
	cloud
	*plan.Resource
}

// set adds a computed output.
func (r *resource) set(key, format string, args ...any) string {
	v := fmt.Sprintf(format, args...)
	r.Outputs[key] = v
	return v
}

// named returns the physical name: the input key, or else the name that Pulumi's
// autonaming creates from the logical name. It adds a created name to the computed
// outputs.
func (r *resource) named(key string) string {
	if s := r.Text(key); s != "" {
		return s
	}
	pattern := strings.NewReplacer("${project}", r.project, "${stack}", r.stack, "${name}", r.Name).Replace(r.naming)
	return r.set(key, "%s", hexRun.ReplaceAllStringFunc(pattern, func(s string) string {
		n, _ := strconv.Atoi(hexRun.FindStringSubmatch(s)[1])
		return r.code(n, "0123456789abcdef")
	}))
}

var hexRun = regexp.MustCompile(`\$\{hex\((\d+)\)\}`)

const (
	digits = "0123456789"
	lower  = "abcdefghijklmnopqrstuvwxyz"
	upper  = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

// code returns n characters of alphabet. They depend on the resource's type and name
// only.
func (r *resource) code(n int, alphabet string) string {
	sum := sha256.Sum256([]byte(r.Type + "\n" + r.Name))
	rest, size, digit := new(big.Int).SetBytes(sum[:]), big.NewInt(int64(len(alphabet))), new(big.Int)
	out := make([]byte, n)
	for i := range out {
		rest.DivMod(rest, size, digit)
		out[i] = alphabet[digit.Int64()]
	}
	return string(out)
}

// arn returns an ARN in the stack's region and account.
func (r *resource) arn(service, format string, args ...any) string {
	return "arn:aws:" + service + ":" + r.region + ":" + account + ":" + fmt.Sprintf(format, args...)
}
