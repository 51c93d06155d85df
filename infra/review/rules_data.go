package review

import (
	"slices"
	"strings"

	"sallyport/infra/plan"
)

// publicBuckets finds buckets that could be made public, and bucket policies that
// allow access to others than a distribution of the stack.
func publicBuckets(p plan.Plan) []string {
	var f findings
	for _, bucket := range p.OfType(plan.TypeBucket) {
		closed := slices.ContainsFunc(p.OfType(plan.TypeBucketBlock), func(r plan.Resource) bool {
			return r.Text("bucket") == bucket.Text("bucket") && r.Get("blockPublicAcls") == true && r.Get("blockPublicPolicy") == true &&
				r.Get("ignorePublicAcls") == true && r.Get("restrictPublicBuckets") == true
		})
		if !closed {
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
	return f
}

// unencrypted finds tables and buckets that do not declare encryption at rest.
func unencrypted(p plan.Plan) []string {
	var f findings
	for _, r := range p.OfType(plan.TypeTable) {
		// False means the key that AWS owns. Without a value, the provider does not
		// change the key.
		if _, declared := lookup(r, "serverSideEncryption.enabled").(bool); !declared {
			f.add(r, "does not set the key that encrypts it")
		}
	}
	for _, bucket := range p.OfType(plan.TypeBucket) {
		if !slices.ContainsFunc(p.OfType(plan.TypeEncryption), func(r plan.Resource) bool {
			algorithm := lookupText(r, "rules.0.applyServerSideEncryptionByDefault.sseAlgorithm")
			return r.Text("bucket") == bucket.Text("bucket") && (algorithm == "AES256" || algorithm == "aws:kms")
		}) {
			f.add(bucket, "does not declare encryption")
		}
	}
	return f
}

// plaintext finds endpoints that accept requests without TLS, or with an old version
// of it.
func plaintext(p plan.Plan) []string {
	var f findings
	for _, r := range p.OfType(plan.TypeBucketPolicy) {
		if !slices.ContainsFunc(statements(r), func(s Statement) bool {
			return s.Effect == "Deny" && s.Principal == "*" && slices.Contains(s.Action, "s3:*") && s.Condition["Bool"]["aws:SecureTransport"] == "false"
		}) {
			f.add(r, "does not refuse requests without TLS")
		}
	}
	for _, r := range p.OfType(plan.TypeDistribution) {
		if v := lookupText(r, "defaultCacheBehavior.viewerProtocolPolicy"); v != "redirect-to-https" && v != "https-only" {
			f.add(r, "accepts requests without TLS (%s)", v)
		}
		if v := lookupText(r, "viewerCertificate.minimumProtocolVersion"); r.Get("aliases") != nil && !strings.HasPrefix(v, "TLSv1.2") {
			f.add(r, "accepts TLS from version %q", v)
		}
	}
	for _, r := range p.OfType(plan.TypeAPIDomain) {
		if v := lookupText(r, "domainNameConfiguration.securityPolicy"); v != "TLS_1_2" {
			f.add(r, "accepts TLS from version %q", v)
		}
	}
	for _, r := range p.OfType(plan.TypeHeadersPolicy) {
		if lookup(r, "securityHeadersConfig.strictTransportSecurity.accessControlMaxAgeSec") == nil {
			f.add(r, "has no Strict-Transport-Security")
		}
	}
	return f
}

// permanentRows finds tables whose rows do not expire.
func permanentRows(p plan.Plan) []string {
	var f findings
	for _, r := range p.OfType(plan.TypeTable) {
		if lookup(r, "ttl.enabled") != true || lookupText(r, "ttl.attributeName") == "" {
			f.add(r, "has rows that do not expire")
		}
	}
	return f
}
