package main

import (
	"errors"
	"fmt"
	"net"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// dnsResult judges the records of a domain of the stack. target is the value of the output that
// the domain must point to; "" before the first pulumi up. name is the last name of the chain
// of CNAME records, or the domain itself if it has addresses.
func dnsResult(domain, output, target, name string, err error) result {
	record := "CNAME"
	if top, _ := publicsuffix.EffectiveTLDPlusOne(domain); top == domain {
		record = "ALIAS or ANAME"
	}
	goal := target
	if goal == "" {
		goal = "the output " + output
	}
	want := fmt.Sprintf("a record (%s) that points to %s", record, goal)
	create := fmt.Sprintf("create a record (%s) for %s that points to %s", record, domain, goal)
	name = strings.TrimSuffix(name, ".")
	var failure *net.DNSError
	switch {
	case errors.As(err, &failure) && failure.IsNotFound && target == "":
		return ok("no record yet", want).advise("after pulumi up, " + create)
	case errors.As(err, &failure) && failure.IsNotFound:
		return change("no record", want, create)
	case err != nil:
		return unknown(err.Error(), want, "check the network")
	case target != "" && strings.EqualFold(name, target):
		return ok("it points to "+name, want)
	case name == domain:
		return unknown("it has addresses without a CNAME record", want, "if these are not those of "+goal+", "+create)
	case target != "":
		return change("it points to "+name, want, create)
	case strings.HasSuffix(name, ".cloudfront.net"):
		return unknown("it points to another distribution, "+name, want,
			"if that distribution has the domain as an alternate name, pulumi up fails with CNAMEAlreadyExists: remove the name there; after pulumi up, "+create)
	}
	return ok("it points to "+name, want).advise("after pulumi up, " + create)
}
