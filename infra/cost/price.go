package cost

// million is the unit of most prices.
const million = 1_000_000

// Prices are AWS's list prices in dollars, in us-east-1, without free tiers and
// discounts for much; other regions differ by some percent, mostly upwards.
//
// They are those of the services' pricing pages, https://aws.amazon.com/{api-gateway,
// lambda,dynamodb,cloudwatch,cognito,xray,ec2}/pricing/, in September 2026. When one
// changes, change it here: the estimate and the dashboard follow.
var Prices = struct {
	Message          float64 // in either direction, each 32 KB of it
	ConnectionMinute float64
	Request          float64 // to the HTTP API, each 512 KB of it
	Gigabyte         float64 // sent out to the internet
	Invocation       float64
	GigabyteSecond   float64 // of the function, arm64
	WriteUnit        float64 // on demand, each KB
	ReadUnit         float64 // on demand, each 4 KB
	LogGigabyte      float64 // taken in
	Metric           float64 // of one's own, a month
	Alarm            float64 // for each metric that it watches, a month
	Dashboard        float64 // a month
	ActiveUser       float64 // of Cognito's Essentials, a month
	Trace            float64 // of X-Ray
}{
	Message:          1.00 / million,
	ConnectionMinute: 0.25 / million,
	Request:          1.00 / million,
	Gigabyte:         0.09,
	Invocation:       0.20 / million,
	GigabyteSecond:   0.0000133334,
	WriteUnit:        0.625 / million,
	ReadUnit:         0.125 / million,
	LogGigabyte:      0.50,
	Metric:           0.30,
	Alarm:            0.10,
	Dashboard:        3.00,
	ActiveUser:       0.015,
	Trace:            5.00 / million,
}

// FreeUsers is how many active users Cognito never charges for.
const FreeUsers = 10_000

// assumed is what the estimate takes for granted. The times are those of a
// warm function of 256 MB, the sizes those of a typical line.
var assumed = struct {
	connectionHours               float64 // API Gateway ends one after two hours
	authorizer, connect           float64 // seconds
	ticket, census                float64 // seconds: all that a ticket takes, to find a user's connections
	message, push, sweep          float64 // seconds
	rowBytes                      float64 // of a connection in the table
	logGigabytes, accessGigabytes float64 // of one event, of the line of the access log
	metrics, alarmedMetrics       float64
}{
	connectionHours: 2,
	authorizer:      0.005,
	connect:         0.012,
	ticket:          0.020,
	census:          0.006,
	message:         0.002,
	push:            0.030,
	sweep:           0.030,
	rowBytes:        400,
	logGigabytes:    900e-9,
	accessGigabytes: 450e-9,
	metrics:         33,
	alarmedMetrics:  10,
}
