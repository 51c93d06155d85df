package program

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"sallyport/lambda/pusher"
)

// requestTimeout is the longest duration of a request to AWS or to the issuer. All requests
// are small. A request that takes longer has failed, and there is time to repeat it.
const requestTimeout = 3 * time.Second

// httpClient returns the HTTP client of the process. It follows no redirects, as the SDK
// requires.
func httpClient() *http.Client {
	return &http.Client{
		Timeout: requestTimeout,
		Transport: &http.Transport{
			Proxy:               http.ProxyFromEnvironment,
			DialContext:         (&net.Dialer{Timeout: 2 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
			TLSHandshakeTimeout: 2 * time.Second,
			MaxIdleConnsPerHost: pusher.AtOnce,
			IdleConnTimeout:     90 * time.Second,
			// The error for a malformed header quotes the header, and the error is logged.
			MaxResponseHeaderBytes: 32 << 10,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// awsConfig returns the configuration of the clients of AWS. It replaces the SDK's config package,
// which adds 2 MB and start-up time. A Lambda function has no profiles and only one source of credentials.
func awsConfig(getenv func(string) string, region string, client *http.Client) aws.Config {
	source := endpoints{getenv}
	c := aws.Config{
		Region:        region,
		Credentials:   credentials(getenv),
		HTTPClient:    client,
		ConfigSources: []any{source},
	}
	if url := getenv(endpointURL); url != "" && !source.ignored() {
		c.BaseEndpoint = &url
	}
	return c
}

// credentials returns the credentials of the function's role. Lambda ends a process before
// they expire.
func credentials(getenv func(string) string) aws.CredentialsProvider {
	return aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		c := aws.Credentials{
			AccessKeyID:     getenv("AWS_ACCESS_KEY_ID"),
			SecretAccessKey: getenv("AWS_SECRET_ACCESS_KEY"),
			SessionToken:    getenv("AWS_SESSION_TOKEN"),
			Source:          "environment",
		}
		if !c.HasKeys() {
			return aws.Credentials{}, errors.New("environment variables AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set")
		}
		return c, nil
	})
}

// endpointURL is the variable with the address of all services. A variable with the name of a
// service at its end, such as AWS_ENDPOINT_URL_DYNAMODB, has the address of that service.
const endpointURL = "AWS_ENDPOINT_URL"

// endpoints is a configuration source of the SDK, which finds the methods by their names
// (aws-sdk-go-v2/internal/configsources).
type endpoints struct {
	getenv func(string) string
}

// GetServiceBaseEndpoint returns the address of a service in the environment, and whether
// there is one.
func (e endpoints) GetServiceBaseEndpoint(_ context.Context, service string) (string, bool, error) {
	name := strings.ToUpper(strings.NewReplacer(" ", "_", "-", "_").Replace(service))
	url := e.getenv(endpointURL + "_" + name)
	return url, url != "", nil
}

// GetIgnoreConfiguredEndpoints reports whether the SDK must ignore the addresses in the
// environment.
func (e endpoints) GetIgnoreConfiguredEndpoints(context.Context) (value, found bool, err error) {
	return e.ignored(), true, nil
}

func (e endpoints) ignored() bool {
	return strings.EqualFold(e.getenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"), "true")
}
