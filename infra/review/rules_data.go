package review

import (
	"slices"
	"strings"

	"sallyport/infra/plan"
)

// publicBuckets finds buckets that could be made public, and bucket policies that
// allow access to others than a distribution of the stack.
func publicBuckets(p plan.Plan, f *findings) {
	for _, bucket := range p.OfType(plan.TypeBucket) {
		if !anyHas(p.OfType(plan.TypeBucketBlock), "bucket", bucket.Text("bucket")) {
			f.add(bucket, "can be made public")
		}
	}
	for _, r := range p.OfType(plan.TypeBucketPolicy) {
		for _, s := range statements(r) {
			source, _ := s.Condition["StringEquals"]["AWS:SourceArn"].(string)
			if s.Effect == "Allow" && !anyHas(p.OfType(plan.TypeDistribution), "arn", source) {
				f.add(r, "lets %v read for %q", s.Principal, source)
			}
		}
	}
}

// unencryptedBuckets finds buckets that do not declare encryption at rest.
func unencryptedBuckets(p plan.Plan, f *findings) {
	for _, bucket := range p.OfType(plan.TypeBucket) {
		if !anyHas(p.OfType(plan.TypeEncryption), "bucket", bucket.Text("bucket")) {
			f.add(bucket, "does not declare encryption")
		}
	}
}

// plaintext finds buckets that accept requests without TLS, and sites with a domain
// that accept an old version of TLS.
func plaintext(p plan.Plan, f *findings) {
	for _, r := range p.OfType(plan.TypeBucketPolicy) {
		if !slices.ContainsFunc(statements(r), func(s Statement) bool {
			return s.Effect == "Deny" && s.Principal == "*" && slices.Contains(s.Action, "s3:*") && s.Condition["Bool"]["aws:SecureTransport"] == "false"
		}) {
			f.add(r, "does not refuse requests without TLS")
		}
	}
	for _, r := range p.OfType(plan.TypeDistribution) {
		if v := lookupText(r, "viewerCertificate.minimumProtocolVersion"); r.Get("aliases") != nil && !strings.HasPrefix(v, "TLSv1.2") {
			f.add(r, "accepts TLS from version %q", v)
		}
	}
}
