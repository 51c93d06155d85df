package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// caaRecord is a DNS record that names a certification authority which may issue certificates for
// a domain (RFC 8659).
type caaRecord struct {
	critical   bool // an authority that does not know the tag issues no certificate
	tag, value string
}

// amazonAuthorities are the values that permit ACM (AWS Certificate Manager user guide,
// "Configure a CAA record").
var amazonAuthorities = []string{"amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com"}

// caaTime limits the check of the CAA records of a domain: some networks drop DNS over TCP.
const caaTime = time.Minute

// checkCAA checks whether ACM may issue a certificate for a domain.
func (p *preflight) checkCAA(ctx context.Context, domain string) result {
	ctx, cancel := context.WithTimeout(ctx, caaTime)
	defer cancel()
	owner, records, err := findCAA(ctx, domain, p.caa)
	return caaResult(domain, owner, records, err)
}

// findCAA returns the CAA records that apply to a domain, and the name that has them: the domain,
// or the nearest of its parents with such records (RFC 8659, 3). Without records, it returns none.
func findCAA(ctx context.Context, domain string, lookup func(context.Context, string) ([]caaRecord, error)) (owner string, records []caaRecord, err error) {
	for name := domain; name != ""; _, name, _ = strings.Cut(name, ".") {
		if records, err = lookup(ctx, name); err != nil || len(records) > 0 {
			return name, records, err
		}
	}
	return "", nil, nil
}

// caaResult checks the CAA records that apply to a domain. owner is the name that has them.
func caaResult(domain, owner string, records []caaRecord, err error) result {
	const want = "no CAA record, or one that permits amazon.com"
	if err != nil {
		return unknown(err.Error(), want, "check the network; the command dig CAA "+owner+" shows the records")
	}
	var permitted, unknownTags []string
	restricted := false
	for _, r := range records {
		switch tag := strings.ToLower(r.tag); {
		case tag == "issue":
			restricted = true
			authority, _, _ := strings.Cut(r.value, ";") // parameters follow
			if authority = strings.ToLower(strings.TrimSpace(authority)); authority != "" {
				permitted = append(permitted, authority)
			}
		case r.critical && !slices.Contains([]string{"issuewild", "iodef", "issuemail", "issuevmc"}, tag):
			unknownTags = append(unknownTags, r.tag)
		}
	}
	isAmazon := func(authority string) bool { return slices.Contains(amazonAuthorities, authority) }
	add := fmt.Sprintf(`create the DNS record %s CAA 0 issue "amazon.com": otherwise ACM cannot issue or renew a certificate for %s; an imported certificate does not need it`, owner, domain)
	switch {
	case len(unknownTags) > 0:
		return warning(fmt.Sprintf("a CAA record of %s has the critical tag %.40q, so an authority that does not know it issues no certificate", owner, unknownTags[0]), want, "remove the record, or import a certificate")
	case !restricted:
		return ok("no CAA record restricts the authorities for "+domain, want)
	case slices.ContainsFunc(permitted, isAmazon):
		return ok(fmt.Sprintf("the CAA records of %s permit %.300s", owner, strings.Join(permitted, ", ")), want)
	case len(permitted) == 0:
		return warning("the CAA records of "+owner+" permit no authority", want, add)
	}
	return warning(fmt.Sprintf("the CAA records of %s permit only %.300s", owner, strings.Join(permitted, ", ")), want, add)
}
