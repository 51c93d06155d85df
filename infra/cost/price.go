package cost

// million is the unit of most prices.
const million = 1_000_000

// The prices are AWS's list prices in dollars, in us-east-1, without free tiers and volume
// discounts. Most other regions are some percent more expensive.
//
// The source is the pricing pages of the services, https://aws.amazon.com/{api-gateway,
// cloudfront,lambda,dynamodb,sqs,cloudwatch,cognito,xray,waf,ec2}/pricing/, in September 2026. The
// estimate and the dashboard use these values.
const (
	MessagePrice          = 1.00 / million // in either direction, per 32 KB
	ConnectionMinutePrice = 0.25 / million
	RequestPrice          = 1.00 / million // to the HTTP API, per 512 KB
	GigabytePrice         = 0.09           // sent to the internet
	EdgeGigabytePrice     = 0.085          // sent by CloudFront to the internet, from the US and Europe
	EdgeReceivedPrice     = 0.02           // sent by CloudFront to an origin, per GB
	EdgeRequestPrice      = 1.00 / million // by HTTPS to CloudFront; a handshake is one
	InvocationPrice       = 0.20 / million
	GigabyteSecondPrice   = 0.0000133334    // of the function, arm64
	WriteUnitPrice        = 0.625 / million // on demand, per KB
	ReadUnitPrice         = 0.125 / million // on demand, per 4 KB
	QueueRequestPrice     = 0.50 / million  // to a FIFO queue, per 64 KB; a batch of messages is one request
	LogGigabytePrice      = 0.50            // ingested
	MetricPrice           = 0.30            // custom, per month
	AlarmPrice            = 0.10            // per watched metric and month
	DashboardPrice        = 3.00            // per month
	ActiveUserPrice       = 0.015           // of Cognito's Essentials, per month
	TracePrice            = 5.00 / million  // of X-Ray
	FirewallPrice         = 5.00            // a web ACL of AWS WAF, per month
	FirewallRulePrice     = 1.00            // a rule or a group of rules, per month
	FirewallRequestPrice  = 0.60 / million
)

// FreeUsers is the number of active users per month that Cognito does not charge for.
const FreeUsers = 10_000

// The assumptions of the estimate. The times are those of a warm function with 256 MB. The
// sizes are those of a typical line.
const (
	connectionHours   = 2 // API Gateway ends a connection after two hours
	authorizerSeconds = 0.005
	connectSeconds    = 0.012
	ticketSeconds     = 0.020 // to issue and use a ticket
	lookupSeconds     = 0.006 // to find a user's connections
	messageSeconds    = 0.002
	pushSeconds       = 0.030
	sweepSeconds      = 0.030
	visitRequests     = 30     // for the files of the console
	logGigabytes      = 900e-9 // of the lines of one event
	accessGigabytes   = 450e-9 // of one line of the access log
	alarmedMetrics    = 10
	channelAlarms     = 2 // additional watched metrics of an app with channels
)
