package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// requestTimeout bounds each request to AWS and to the issuer. All of them
// are small; one that takes longer is lost, and there is time for another.
const requestTimeout = 3 * time.Second

// httpClient returns the one client of the process, so that connections are
// shared. As the SDK wants it, it follows no redirects.
func httpClient() *http.Client {
	return &http.Client{
		Timeout: requestTimeout,
		Transport: &http.Transport{
			Proxy:               http.ProxyFromEnvironment,
			DialContext:         (&net.Dialer{Timeout: 2 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
			TLSHandshakeTimeout: 2 * time.Second,
			MaxIdleConnsPerHost: 32, // a push posts that many at a time
			IdleConnTimeout:     90 * time.Second,
			// What is malformed stands in an error, and so in the log.
			MaxResponseHeaderBytes: 32 << 10,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// awsConfig does, for a Lambda, what the SDK's config package does, which
// costs 2 MB and start-up time: there are no profiles to read, and no sources
// of credentials to try.
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

// credentials returns those of the function's role. Lambda ends a process
// before they expire.
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

// endpointURL names another address for all services; with the name of one
// appended, as AWS_ENDPOINT_URL_DYNAMODB, for that one.
const endpointURL = "AWS_ENDPOINT_URL"

// endpoints is a source of configuration for the SDK. Its methods are looked
// up by name, in aws-sdk-go-v2/internal/configsources.
type endpoints struct {
	getenv func(string) string
}

// GetServiceBaseEndpoint returns the address that the environment names for a
// service, and whether it does.
func (e endpoints) GetServiceBaseEndpoint(_ context.Context, service string) (string, bool, error) { //nolint:unparam // the SDK wants an error
	name := strings.ToUpper(strings.NewReplacer(" ", "_", "-", "_").Replace(service))
	url := e.getenv(endpointURL + "_" + name)
	return url, url != "", nil
}

// GetIgnoreConfiguredEndpoints reports whether the environment takes back every
// address that it names.
func (e endpoints) GetIgnoreConfiguredEndpoints(context.Context) (value, found bool, err error) { //nolint:unparam // the SDK wants an error
	return e.ignored(), true, nil
}

func (e endpoints) ignored() bool {
	return strings.EqualFold(e.getenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"), "true")
}
