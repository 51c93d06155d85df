package monitor

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math/big"
	"regexp"
	"strconv"
	"strings"
)

// The account that every plan is made for: it belongs to nobody.
const account = "111122223333"

// cloud computes what AWS would: identifiers, names and addresses. They are of
// the cloud's shape, and follow from type and name alone, so that every run
// gives the same.
type cloud struct {
	project, stack, region string
	naming                 string // pattern of Pulumi's autonaming
}

func newCloud(s settings, stack string) (cloud, error) {
	c := cloud{project: s.project, stack: stack, region: s.config["aws:region"], naming: "${name}-${hex(7)}"}
	if c.region == "" {
		return cloud{}, fmt.Errorf("stack %s: aws:region is not set", stack)
	}
	if v, ok := s.config["pulumi:autonaming"]; ok {
		var autonaming struct{ Pattern string }
		if err := json.Unmarshal([]byte(v), &autonaming); err != nil || autonaming.Pattern == "" {
			return cloud{}, fmt.Errorf("stack %s: pulumi:autonaming is %s: the monitor understands {pattern: ...} only", stack, v)
		}
		c.naming = autonaming.Pattern
	}
	return c, nil
}

// create answers a resource: its id, and what AWS computes beyond its inputs.
func (c cloud) create(typ, name string, inputs map[string]any) (id string, computed map[string]any, err error) {
	answer, ok := answers[typ]
	if !ok {
		return "", nil, fmt.Errorf("the monitor does not know this type of resource (add it to outputs.go)")
	}
	r := resource{cloud: c, typ: typ, name: name, inputs: inputs, computed: map[string]any{}}
	id = answer(&r)
	return id, r.computed, nil
}

// invoke answers a data source.
func (c cloud) invoke(tok string) (map[string]any, error) {
	switch tok {
	case "aws:index/getRegion:getRegion":
		return map[string]any{"id": c.region, "name": c.region, "endpoint": "ec2." + c.region + ".amazonaws.com", "description": c.region}, nil
	case "aws:index/getPartition:getPartition":
		return map[string]any{"id": c.partition(), "partition": c.partition()}, nil
	case "aws:iam/getRoles:getRoles": // the account has no roles
		return map[string]any{"id": c.region, "names": []any{}, "arns": []any{}}, nil
	}
	return nil, fmt.Errorf("the monitor does not know the data source %s (add it to cloud.go)", tok)
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

// resource is one that is being answered.
type resource struct {
	cloud
	typ, name string
	inputs    map[string]any
	computed  map[string]any
}

// set adds a computed output.
func (r *resource) set(key, format string, args ...any) string {
	v := fmt.Sprintf(format, args...)
	r.computed[key] = v
	return v
}

// text returns an input that is a string.
func (r *resource) text(key string) string {
	s, _ := r.inputs[key].(string)
	return s
}

// named returns the physical name: the input key, else what autonaming makes
// of the logical name.
func (r *resource) named(key string) string {
	if s := r.text(key); s != "" {
		return s
	}
	pattern := strings.NewReplacer("${project}", r.project, "${stack}", r.stack, "${name}", r.name).Replace(r.naming)
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

// code makes n characters of alphabet that follow from the resource's type and
// name.
func (r *resource) code(n int, alphabet string) string {
	sum := sha256.Sum256([]byte(r.typ + "\n" + r.name))
	rest, size, digit := new(big.Int).SetBytes(sum[:]), big.NewInt(int64(len(alphabet))), new(big.Int)
	out := make([]byte, n)
	for i := range out {
		rest.DivMod(rest, size, digit)
		out[i] = alphabet[digit.Int64()]
	}
	return string(out)
}

// arn makes an ARN in the stack's region and account.
func (r *resource) arn(service, format string, args ...any) string {
	return "arn:aws:" + service + ":" + r.region + ":" + account + ":" + fmt.Sprintf(format, args...)
}
