package cost

// million is the unit of most prices.
const million = 1_000_000

// Prices are AWS's list prices in dollars, in us-east-1, without free tiers and volume
// discounts. Most other regions are some percent more expensive.
//
// The source is the pricing pages of the services, https://aws.amazon.com/{api-gateway,
// cloudfront,lambda,dynamodb,sqs,cloudwatch,cognito,xray,waf,ec2}/pricing/, in September 2026. The
// estimate and the dashboard use these values.
var Prices = struct {
	Message          float64 // in either direction, per 32 KB
	ConnectionMinute float64
	Request          float64 // to the HTTP API, per 512 KB
	Gigabyte         float64 // sent to the internet
	EdgeGigabyte     float64 // sent by CloudFront to the internet, from the US and Europe
	EdgeReceived     float64 // sent by CloudFront to an origin, per GB
	EdgeRequest      float64 // by HTTPS to CloudFront; a handshake is one
	Invocation       float64
	GigabyteSecond   float64 // of the function, arm64
	WriteUnit        float64 // on demand, per KB
	ReadUnit         float64 // on demand, per 4 KB
	QueueRequest     float64 // to a FIFO queue, per 64 KB; a batch of messages is one request
	LogGigabyte      float64 // ingested
	Metric           float64 // custom, per month
	Alarm            float64 // per watched metric and month
	Dashboard        float64 // per month
	ActiveUser       float64 // of Cognito's Essentials, per month
	Trace            float64 // of X-Ray
	Firewall         float64 // a web ACL of AWS WAF, per month
	FirewallRule     float64 // a rule or a group of rules, per month
	FirewallRequest  float64
}{
	Message:          1.00 / million,
	ConnectionMinute: 0.25 / million,
	Request:          1.00 / million,
	Gigabyte:         0.09,
	EdgeGigabyte:     0.085,
	EdgeReceived:     0.02,
	EdgeRequest:      1.00 / million,
	Invocation:       0.20 / million,
	GigabyteSecond:   0.0000133334,
	WriteUnit:        0.625 / million,
	ReadUnit:         0.125 / million,
	QueueRequest:     0.50 / million,
	LogGigabyte:      0.50,
	Metric:           0.30,
	Alarm:            0.10,
	Dashboard:        3.00,
	ActiveUser:       0.015,
	Trace:            5.00 / million,
	Firewall:         5.00,
	FirewallRule:     1.00,
	FirewallRequest:  0.60 / million,
}

// FreeUsers is the number of active users per month that Cognito does not charge for.
const FreeUsers = 10_000

// assumed are the assumptions of the estimate. The times are those of a warm function
// with 256 MB. The sizes are those of a typical line.
var assumed = struct {
	connectionHours               float64 // API Gateway ends a connection after two hours
	authorizer, connect           float64 // seconds
	ticket, lookup                float64 // seconds: to issue and use a ticket, to find a user's connections
	message, push, sweep          float64 // seconds
	visit                         float64 // requests for the files of the console
	logGigabytes, accessGigabytes float64 // of the lines of one event, of one line of the access log
	alarmedMetrics                float64
	channelAlarms                 float64 // additional watched metrics of an app with channels
}{
	connectionHours: 2,
	authorizer:      0.005,
	connect:         0.012,
	ticket:          0.020,
	lookup:          0.006,
	message:         0.002,
	push:            0.030,
	sweep:           0.030,
	visit:           30,
	logGigabytes:    900e-9,
	accessGigabytes: 450e-9,
	alarmedMetrics:  10,
	channelAlarms:   2,
}
