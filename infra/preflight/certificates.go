package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"sallyport/infra/configuration"
)

// certificate is a part of the answer of DescribeCertificate (AWS Certificate Manager API
// reference, "CertificateDetail").
type certificate struct {
	DomainName              string
	SubjectAlternativeNames []string
	Status                  string
	KeyAlgorithm            string
	NotAfter                json.RawMessage // seconds in version 1 of the AWS CLI, a text in version 2
	RenewalEligibility      string
}

func (p *preflight) checkAPICertificate(ctx context.Context) result {
	return p.checkCertificate(ctx, p.config.APICertificate, p.config.APIDomain, p.region, nil)
}

func (p *preflight) checkSiteCertificate(ctx context.Context) result {
	return p.checkCertificate(ctx, p.config.SiteCertificate, p.config.SiteDomain, configuration.CloudFrontRegion, cloudFrontKeys)
}

// cloudFrontKeys are the types of key that CloudFront accepts (AWS Certificate Manager user guide,
// "Prerequisites for importing ACM certificates").
var cloudFrontKeys = []string{"RSA_1024", "RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1"}

// checkCertificate checks the certificate of a domain. It must be in the region and in the
// account of the caller.
func (p *preflight) checkCertificate(ctx context.Context, arn, domain, region string, keys []string) result {
	// configuration.Read refuses other forms of the ARN. The check of the settings reports them.
	parts := strings.Split(arn, ":")
	if len(parts) < 6 {
		return change(fmt.Sprintf("the ARN is %q", arn), "the ARN of a certificate in "+region, "request a certificate for "+domain+" there")
	}
	if parts[3] != region {
		return change("it is in "+parts[3], "a certificate in "+region, requestCertificate(domain, region))
	}
	if parts[4] != p.caller.Account {
		return change("it belongs to the account "+parts[4], "a certificate of the account "+p.caller.Account, requestCertificate(domain, region))
	}
	var answer struct{ Certificate certificate }
	err := p.aws.call(ctx, region, callCertificate, &answer, "--certificate-arn", arn)
	if isKind(err, notFound) {
		return change("it does not exist", "a certificate for "+domain+" in "+region, requestCertificate(domain, region))
	}
	if err != nil {
		return failedResult(err, "a certificate for "+domain+" in "+region)
	}
	return certificateResult(answer.Certificate, domain, region, keys, p.now())
}

// requestCertificate returns the remedy for a missing certificate.
func requestCertificate(domain, region string) string {
	return fmt.Sprintf("request one: aws acm request-certificate --region %s --domain-name %s --validation-method DNS", region, domain)
}

// certificateResult checks a certificate. keys are the allowed types of key; nil allows all.
func certificateResult(c certificate, domain, region string, keys []string, now time.Time) result {
	if c.Status == "" {
		return unknown("the answer has no status", "ISSUED, for "+domain, "look at the answer: aws acm describe-certificate --region "+region+" --certificate-arn ARN")
	}
	names := slices.Concat([]string{c.DomainName}, c.SubjectAlternativeNames)
	slices.Sort(names)
	names = slices.Compact(names)
	seen := fmt.Sprintf("%s, for %s, key %s", c.Status, strings.Join(names, ", "), c.KeyAlgorithm)
	want := "ISSUED, for " + domain
	expires, known := parseTime(c.NotAfter)
	if known {
		seen += ", until " + expires.UTC().Format(time.DateOnly)
	}
	key := strings.Replace(c.KeyAlgorithm, "-", "_", 1) // DescribeCertificate writes RSA-2048
	switch {
	case !slices.ContainsFunc(names, func(name string) bool { return matchesDomain(name, domain) }):
		return change(seen, want, requestCertificate(domain, region))
	case c.Status == "PENDING_VALIDATION":
		return change(seen, want, "create the DNS record that ACM shows (aws acm describe-certificate), and wait until the status is ISSUED")
	case c.Status != "ISSUED", known && expires.Before(now):
		return change(seen, want, requestCertificate(domain, region))
	case keys != nil && !slices.Contains(keys, key):
		return change(seen, want+", with a key of "+strings.Join(keys, ", "), requestCertificate(domain, region))
	case known && c.RenewalEligibility == "INELIGIBLE" && expires.Before(now.AddDate(0, 0, 30)):
		return ok(seen, want).advise("it expires soon, and ACM does not renew it: import a new one")
	}
	return ok(seen, want)
}

// matchesDomain reports whether a name of a certificate matches a domain. An asterisk matches one
// label.
func matchesDomain(name, domain string) bool {
	if suffix, wildcard := strings.CutPrefix(name, "*"); wildcard {
		_, rest, found := strings.Cut(domain, ".")
		return found && suffix == "."+rest
	}
	return strings.EqualFold(name, domain)
}

// parseTime parses a time of the AWS CLI. It returns false if the text is not a time.
func parseTime(text json.RawMessage) (time.Time, bool) {
	if seconds, err := strconv.ParseFloat(string(text), 64); err == nil {
		return time.Unix(int64(seconds), 0), true
	}
	at, err := time.Parse(`"`+time.RFC3339Nano+`"`, string(text))
	return at, err == nil
}
