package setting

import (
	"fmt"

	"sallyport/lambda/metric"
)

func (s *Stack) limits() []Setting {
	return []Setting{
		number(&s.SweepMinutes, 0, 60, Setting{Name: "sweepMinutes", Default: "5"},
			"Minutes between two sweeps that end silent connections whose token has expired. 0: no sweep; such a connection lasts until its next message, or two hours."),
		number(&s.ThrottleRate, 1, 100_000, Setting{Name: "throttleRate", Default: "100"},
			"Connects and messages per second, of all clients together, above which API Gateway answers 429. The HTTP API has the same limit for its requests."),
		number(&s.ThrottleBurst, 1, 100_000, Setting{Name: "throttleBurst", Default: "200"},
			"Connects and messages, or requests of the HTTP API, that may arrive at once in addition to the rate."),
	}
}

func (s *Stack) function() []Setting {
	return []Setting{
		number(&s.Memory, 128, 10240, Setting{Name: "memory", Default: "256"},
			"Memory of the function in megabytes."),
		number(&s.Timeout, 1, 29, Setting{Name: "timeout", Default: "10"},
			"Seconds that the function may take for one event. API Gateway waits 29 seconds at most."),
		number(&s.ReservedConcurrency, 0, 100_000, Setting{Name: "reservedConcurrency", Default: "0"},
			"Events that the function can process at the same time. AWS reserves this number out of the account's concurrency and requires that 100 stay unreserved. 0: no reservation."),
		number(&s.QueueConcurrency, 2, 1000, Setting{Name: "queueConcurrency", Default: "4"},
			"Events of the queue of channels that the function can process at the same time. Each one posts about 700 messages a second with a memory of 256 MB, and 2,800 with 1024 MB. This number therefore limits the share of the account's API Gateway requests per second that channels use. The function repeats posts above the account's limit, and these delay others."),
		boolean(&s.ReleaseByAlias, Setting{Name: "releaseByAlias", Default: "false"},
			"Release a version of the function by an alias. pulumi up then publishes a version without using it. scripts/release.sh lets the version process the events, and returns to the old one if an alarm goes off: see docs/upgrades.md. Environment variables are part of a version, so a changed setting of the function needs a release, too."),
	}
}

func (s *Stack) monitoring() []Setting {
	// The values that CloudWatch Logs accepts, without 0, which means no end.
	days := []int{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}
	return []Setting{
		numberOf(&s.LogRetentionDays, days, Setting{Name: "logRetentionDays", Default: "30"},
			"Days for which CloudWatch keeps the logs."),
		boolean(&s.AccessLogs, Setting{Name: "accessLogs", Default: "false"},
			"Log each connect, message and request, with the client's network address, but without tokens, texts and user names. This sets the role with which API Gateway writes logs for the whole account and region. The role stays after pulumi destroy, because other APIs may use it. To turn the logs off, you need an AWS CLI command: see docs/operations.md."),
		boolean(&s.Tracing, Setting{Name: "tracing", Default: "false"},
			"Trace the function with X-Ray, at five dollars per million traces."),
		boolean(&s.Metrics, Setting{Name: "metrics", Default: "true"},
			fmt.Sprintf("Write metrics of connects, refusals, disconnects and pushes, and create a dashboard of them: up to %d metrics at 0.30 dollars a month each, less in months and hours without values.", len(metric.All()))),
		text(&s.AlarmEmail, orEmpty(email()), Setting{Name: "alarmEmail"},
			"Address for emails about failures, slow answers and exceeded limits of the account. AWS first asks the address to confirm. Empty: no alarms."),
		number(&s.MonthlyBudget, 0, 1_000_000, Setting{Name: "monthlyBudget", Default: "0"},
			"Dollars per month for the whole account. AWS writes to alarmEmail at 80 percent, and when it forecasts that the account will exceed them. It stops nothing. 0: no budget."),
	}
}

func (s *Stack) addresses() []Setting {
	return []Setting{
		text(&s.StageName, matching(`[A-Za-z0-9_-]{1,128}`, "1 to 128 letters, digits, hyphens and underscores"),
			Setting{Name: "stageName", Default: "live"},
			"Stage of the WebSocket API, the last part of its address."),
		text(&s.APIDomain, orEmpty(domain()), Setting{Name: "apiDomain"},
			"Domain of the WebSocket, such as socket.example.com, instead of the domain from AWS. Point it to the output apiDomainTarget (CNAME)."),
		text(&s.APICertificate, format{}, Setting{Name: "apiCertificate"},
			"ARN of an ACM certificate for apiDomain, in the region of the stack."),
		text(&s.SiteDomain, orEmpty(domain()), Setting{Name: "siteDomain"},
			"Domain of the console, such as chat.example.com, instead of the domain from AWS. Point it to the output siteDomainTarget (CNAME)."),
		text(&s.SiteCertificate, format{}, Setting{Name: "siteCertificate"},
			"ARN of an ACM certificate for siteDomain, in us-east-1 for every region of the stack."),
		boolean(&s.OneDomain, Setting{Name: "oneDomain", Default: "false"},
			"Serve the socket and the HTTP API at the domain of the console, through CloudFront. The APIs then refuse clients at the domains from AWS. Needs originSecrets; apiDomain must be empty."),
		secret(list(&s.OriginSecrets, 2, originSecret(), Setting{Name: "originSecrets", Default: "[]"},
			"Secrets with which CloudFront proves to the function that a request came through the domain of the console. CloudFront sends the first one, and the function accepts each one: see \"Rotate the secret of the site\" in docs/one-domain.md. Create one with openssl rand -hex 32. Only with oneDomain.")),
		boolean(&s.Firewall, Setting{Name: "firewall", Default: "false"},
			"Put AWS WAF in front of the domain of the console, with rules of AWS against known attackers and attacks, and with a limit for each network address. It costs nine dollars a month, and 0.60 dollars per million requests. It inspects handshakes and requests, but no messages. Only with oneDomain."),
		number(&s.FirewallRate, 10, 2_000_000_000, Setting{Name: "firewallRate", Default: "2000"},
			"Requests that one network address may send in five minutes before the firewall answers 429. A visit to the console makes about 30 requests, and a connect makes three. The users of a company or a mobile network may share an address."),
		choice(&s.PriceClass, []string{"PriceClass_100", "PriceClass_200", "PriceClass_All"},
			Setting{Name: "priceClass", Default: "PriceClass_100"},
			"Locations from which CloudFront serves the console. PriceClass_100: North America and Europe."),
		list(&s.OtherRegions, 3, otherRegion(), Setting{Name: "otherRegions", Default: "[]"},
			"Stacks in other regions to which the console connects when this one does not answer, in this order. Each item is the name of the region and the stack's outputs websocketUrl and, with tickets, httpUrl, separated by single spaces. Each of these stacks needs this site in its allowedOrigins, and must accept tokens of the same issuer: see docs/regions.md."),
	}
}

func (s *Stack) data() []Setting {
	return []Setting{
		boolean(&s.TableProtection, Setting{Name: "tableProtection", Default: "false"},
			"Refuse to delete the table of connections. pulumi destroy refuses before it deletes anything; to remove the stack, set this to false, run pulumi up, then pulumi destroy."),
		boolean(&s.TableBackups, Setting{Name: "tableBackups", Default: "false"},
			"Keep point-in-time backups of the table for the last 35 days. Its rows live for two hours."),
		choice(&s.TableEncryption, []string{OwnedByAWS, "aws-managed"},
			Setting{Name: "tableEncryption", Default: OwnedByAWS},
			"Key that encrypts the tables. aws-owned: a free key that AWS owns. aws-managed: the account's key aws/dynamodb; CloudTrail records its use, and KMS charges for each request. A busy table makes many requests, above all that of channels."),
		text(&s.PermissionsBoundary, orEmpty(policyARN()), Setting{Name: "permissionsBoundary"},
			"ARN of an IAM policy that limits the permissions of every role of the stack. Empty: none."),
		object(&s.Tags, `{"Team": "chat"}`, checkTags, Setting{Name: "tags", Default: "{}"},
			"Tags on all resources, in addition to Project and Stack; at most eight."),
	}
}
