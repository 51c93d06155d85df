package main

import (
	"errors"
	"fmt"
	"net"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// dnsResult checks the DNS record of a domain of the stack. output names the output with the
// target of the domain. target is the value of this output, or "" before the first pulumi up.
// lastName is the last name of the chain of CNAME records, or the domain itself if it has
// addresses.
func dnsResult(domain, output, target, lastName string, err error) result {
	record := "CNAME"
	if top, _ := publicsuffix.EffectiveTLDPlusOne(domain); top == domain {
		record = "ALIAS or ANAME"
	}
	shownTarget := target
	if shownTarget == "" {
		shownTarget = "the output " + output
	}
	want := fmt.Sprintf("a record (%s) that points to %s", record, shownTarget)
	create := fmt.Sprintf("create a record (%s) for %s that points to %s", record, domain, shownTarget)
	lastName = strings.TrimSuffix(lastName, ".")
	var failure *net.DNSError
	switch {
	case errors.As(err, &failure) && failure.IsNotFound && target == "":
		return ok("no record yet", want).advise("after pulumi up, " + create)
	case errors.As(err, &failure) && failure.IsNotFound:
		return change("no record", want, create)
	case err != nil:
		return unknown(err.Error(), want, "check the network")
	case target != "" && strings.EqualFold(lastName, target):
		return ok("it points to "+lastName, want)
	case lastName == domain:
		return unknown("it has addresses without a CNAME record", want, "if the addresses are not those of "+shownTarget+", "+create)
	case target != "":
		return change("it points to "+lastName, want, create)
	case strings.HasSuffix(lastName, ".cloudfront.net"):
		return unknown("it points to another distribution, "+lastName, want,
			"if that distribution has the domain as an alternate name, pulumi up fails with CNAMEAlreadyExists: remove the name there; after pulumi up, "+create)
	}
	return ok("it points to "+lastName, want).advise("after pulumi up, " + create)
}
