package review

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"sallyport/infra/plan"
)

// loggable are the variables of API Gateway that a log may have. They are neither
// headers, query strings or addresses with query strings, nor values that a client
// can influence: API Gateway does not escape them.
var loggable = strings.Fields(`requestId requestTime eventType routeKey status connectionId
	authorizer.status authorizer.requestId identity.sourceIp integrationLatency error.responseType`)

// unknownToHTTP are the loggable variables that an HTTP API does not have, or that are
// always empty in the one of this stack.
var unknownToHTTP = strings.Fields("eventType connectionId authorizer.status authorizer.requestId")

var variable = regexp.MustCompile(`\$context\.([\w.]+)`)

// talkativeLogs finds logs of API Gateway that could hold a token.
func talkativeLogs(p plan.Plan) []string {
	var f found
	for _, r := range p.OfType(typeStage) {
		for _, m := range variable.FindAllStringSubmatch(text(r, "accessLogSettings.format"), -1) {
			if !slices.Contains(loggable, m[1]) {
				f.add(r, "logs $context.%s", m[1])
			}
			if r.Text("name") == defaultStage && slices.Contains(unknownToHTTP, m[1]) {
				f.add(r, "logs $context.%s, which an HTTP API does not know", m[1])
			}
		}
		if at(r, "defaultRouteSettings.dataTraceEnabled") == true || text(r, "defaultRouteSettings.loggingLevel") == "INFO" {
			f.add(r, "logs whole requests")
		}
	}
	return f
}

// publicBuckets finds buckets that someone other than a distribution of the
// stack could read, or that someone could open.
func publicBuckets(p plan.Plan) []string {
	var f found
	for _, bucket := range p.OfType(typeBucket) {
		closed := slices.ContainsFunc(p.OfType(typeBucketBlock), func(r plan.Resource) bool {
			return r.Text("bucket") == bucket.Text("bucket") && r.Get("blockPublicAcls") == true && r.Get("blockPublicPolicy") == true &&
				r.Get("ignorePublicAcls") == true && r.Get("restrictPublicBuckets") == true
		})
		if !closed {
			f.add(bucket, "can be made public")
		}
	}
	for _, r := range p.OfType(typeBucketPolicy) {
		for _, d := range documents(r) {
			for _, s := range d.Statement {
				source, _ := s.Condition["StringEquals"]["AWS:SourceArn"].(string)
				ours := slices.ContainsFunc(p.OfType(typeDistribution), func(d plan.Resource) bool { return d.Text("arn") == source })
				if s.Effect == "Allow" && !ours {
					f.add(r, "lets %v read on behalf of %q", s.Principal, source)
				}
			}
		}
	}
	return f
}

// unencrypted finds data that is not declared to be encrypted where it rests.
func unencrypted(p plan.Plan) []string {
	var f found
	for _, r := range p.OfType(typeTable) {
		// False means the key that AWS owns. Without a value, the provider does not
		// change the key.
		if _, said := at(r, "serverSideEncryption.enabled").(bool); !said {
			f.add(r, "does not set the key that encrypts it")
		}
	}
	for _, bucket := range p.OfType(typeBucket) {
		if !slices.ContainsFunc(p.OfType(typeEncryption), func(r plan.Resource) bool {
			algorithm := text(r, "rules.0.applyServerSideEncryptionByDefault.sseAlgorithm")
			return r.Text("bucket") == bucket.Text("bucket") && (algorithm == "AES256" || algorithm == "aws:kms")
		}) {
			f.add(bucket, "is not declared to be encrypted")
		}
	}
	return f
}

// plaintext finds ways to reach something without TLS, or with an old one.
func plaintext(p plan.Plan) []string {
	var f found
	for _, r := range p.OfType(typeBucketPolicy) {
		refuses := false
		for _, d := range documents(r) {
			for _, s := range d.Statement {
				refuses = refuses || s.Effect == "Deny" && s.Principal == "*" && slices.Contains(s.Action, "s3:*") &&
					s.Condition["Bool"]["aws:SecureTransport"] == "false"
			}
		}
		if !refuses {
			f.add(r, "does not refuse requests without TLS")
		}
	}
	for _, r := range p.OfType(typeDistribution) {
		if v := text(r, "defaultCacheBehavior.viewerProtocolPolicy"); v != "redirect-to-https" && v != "https-only" {
			f.add(r, "answers without TLS (%s)", v)
		}
		if v := text(r, "viewerCertificate.minimumProtocolVersion"); at(r, "aliases") != nil && !strings.HasPrefix(v, "TLSv1.2") {
			f.add(r, "speaks TLS from %q on", v)
		}
	}
	for _, r := range p.OfType(typeAPIDomain) {
		if v := text(r, "domainNameConfiguration.securityPolicy"); v != "TLS_1_2" {
			f.add(r, "speaks TLS from %q on", v)
		}
	}
	for _, r := range p.OfType(typeHeaders) {
		if at(r, "securityHeadersConfig.strictTransportSecurity.accessControlMaxAgeSec") == nil {
			f.add(r, "does not tell browsers to keep to TLS")
		}
	}
	return f
}

// unthrottled finds stages of which one limit is missing, which AWS may take
// for none or for zero (specification 9).
func unthrottled(p plan.Plan) []string {
	var f found
	for _, r := range p.OfType(typeStage) {
		for _, key := range []string{"throttlingRateLimit", "throttlingBurstLimit"} {
			if n, _ := at(r, "defaultRouteSettings."+key).(float64); n <= 0 {
				f.add(r, "has no %s", key)
			}
		}
	}
	return f
}

// endlessLogs finds logs without retention, and functions whose log group is
// not in the plan: Lambda would make one that keeps everything.
func endlessLogs(p plan.Plan) []string {
	var f found
	groups := map[string]bool{}
	for _, r := range p.OfType(typeLogGroup) {
		groups[r.Text("name")] = true
		if n, _ := r.Get("retentionInDays").(float64); n <= 0 {
			f.add(r, "keeps everything for ever")
		}
	}
	for _, r := range p.OfType(typeFunction) {
		if !groups[text(r, "loggingConfig.logGroup")] {
			f.add(r, "logs to a group of Lambda's own")
		}
	}
	return f
}

func endlessRows(p plan.Plan) []string {
	var f found
	for _, r := range p.OfType(typeTable) {
		if at(r, "ttl.enabled") != true || text(r, "ttl.attributeName") == "" {
			f.add(r, "keeps its rows for ever")
		}
	}
	return f
}

// freeMetrics is how many metrics a dashboard may show for free.
const freeMetrics = 50

// costlyDashboards finds dashboards that show more metrics than are free.
func costlyDashboards(p plan.Plan) []string {
	var f found
	for _, r := range p.OfType(typeDashboard) {
		var body struct {
			Widgets []struct {
				Properties struct{ Metrics [][]any }
			}
		}
		if err := json.Unmarshal([]byte(r.Text("dashboardBody")), &body); err != nil {
			f.add(r, "cannot be read: %v", err)
		}
		n := 0
		for _, w := range body.Widgets {
			for _, m := range w.Properties.Metrics {
				if len(m) > 1 { // one alone is an expression
					n++
				}
			}
		}
		if n == 0 || n > freeMetrics {
			f.add(r, "shows %d metrics", n)
		}
	}
	return f
}
