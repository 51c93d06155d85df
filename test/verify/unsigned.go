package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
)

// unsignedChecks returns the checks of requests without AWS credentials. The resources of the
// stack must refuse them.
func unsignedChecks() []check {
	asks := func(name, description, section string, skip func(*verifier) string, r func(v *verifier) unsignedRequest) check {
		return check{
			area: "unsigned", name: name, description: description, section: section, want: "refused", skip: skip,
			run: func(ctx context.Context, v *verifier) (string, error) {
				s := r(v)
				a, err := v.request(ctx, s.method, s.address, s.body, s.header)
				if err != nil {
					return "", err
				}
				// DynamoDB refuses a request that is not signed with 400, most other services with 403.
				refused := a.status == http.StatusForbidden || a.status == http.StatusUnauthorized ||
					a.status == http.StatusBadRequest && strings.Contains(a.body, "MissingAuthenticationToken")
				if refused {
					return "refused", nil
				}
				return fmt.Sprintf("%d %.100s", a.status, a.body), nil
			},
		}
	}
	json10 := func(target string) http.Header {
		return header("Content-Type", "application/x-amz-json-1.0", "X-Amz-Target", target)
	}
	scan := func(table string) func(v *verifier) unsignedRequest {
		return func(v *verifier) unsignedRequest {
			return unsignedRequest{http.MethodPost, v.serviceURL("dynamodb") + "/", `{"TableName":"` + v.outputs[table] + `"}`, json10("DynamoDB_20120810.Scan")}
		}
	}
	return []check{
		asks("table", "the table of connections", "", onAWS, scan("tableName")),
		asks("ticketTable", "the table of tickets", "", all(onAWS, withTickets), scan("ticketTableName")),
		asks("channelTable", "the table of channels", "", all(onAWS, withChannels), scan("channelTableName")),
		asks("bucket", "the bucket of the site, without CloudFront", "", all(onAWS, withBucket), func(v *verifier) unsignedRequest {
			return unsignedRequest{http.MethodGet, v.bucketURL() + "index.html", "", nil}
		}),
		asks("bucketList", "the list of the files of the bucket", "", all(onAWS, withBucket), func(v *verifier) unsignedRequest {
			return unsignedRequest{http.MethodGet, v.bucketURL(), "", nil}
		}),
		asks("function", "an invocation of the function: a push to all users", "8 doc", nil, func(v *verifier) unsignedRequest {
			return unsignedRequest{http.MethodPost, v.serviceURL("lambda") + "/2015-03-31/functions/" + v.outputs["functionName"] + "/invocations", `{}`, nil}
		}),
		asks("queue", "the queue of channels", "", all(onAWS, withChannels), func(v *verifier) unsignedRequest {
			return unsignedRequest{http.MethodPost, v.serviceURL("sqs") + "/", `{"QueueUrl":"` + v.outputs["queueUrl"] + `"}`, json10("AmazonSQS.ReceiveMessage")}
		}),
		asks("connectionsGet", "the state of a connection", "7.2 rest", nil, connectionsRequest(http.MethodGet)),
		asks("connectionsPost", "a message to a connection", "7.2 rest", nil, connectionsRequest(http.MethodPost)),
		asks("connectionsDelete", "the end of a connection", "7.2 rest", nil, connectionsRequest(http.MethodDelete)),
		{
			area: "refusals", name: "httpBypass", description: "a request for a ticket that bypasses CloudFront, at the address of the HTTP API", want: "refused",
			skip: all(onAWS, withTickets, onlyOneDomain), run: httpBypass,
		},
	}
}

// unsignedRequest is a request without AWS credentials.
type unsignedRequest struct {
	method, address, body string
	header                http.Header
}

// connectionsRequest returns a request to @connections. The ID is well-formed, so only the
// signature is missing.
func connectionsRequest(method string) func(v *verifier) unsignedRequest {
	return func(v *verifier) unsignedRequest {
		return unsignedRequest{method, v.outputs["connectionsUrl"] + "/@connections/WhHAe-TROkECC5w%3D", "", nil}
	}
}

// bucketURL returns the address of the site's bucket, with a slash at the end.
func (v *verifier) bucketURL() string {
	if v.serviceEndpoint != "" {
		return v.serviceEndpoint + "/" + v.outputs["bucketName"] + "/"
	}
	return "https://" + v.outputs["bucketName"] + ".s3." + v.outputs["region"] + ".amazonaws.com/"
}

func withBucket(v *verifier) string {
	if v.outputs["bucketName"] == "" {
		return "the stack has no output bucketName: an older version deployed it"
	}
	return ""
}

// httpBypass requests a ticket at AWS's own address of the HTTP API.
func httpBypass(ctx context.Context, v *verifier) (string, error) {
	id, err := httpAPI(ctx, v)
	if err != nil {
		return "", err
	}
	address := "https://" + id + ".execute-api." + v.outputs["region"] + ".amazonaws.com"
	if v.serviceEndpoint != "" {
		address = v.serviceEndpoint
	}
	a, err := v.request(ctx, http.MethodPost, address+"/tickets", "", header("Authorization", "Bearer "+v.firstUser.token))
	if err != nil {
		return "", err
	}
	if a.errorCode() == "not_through_site" {
		return "refused", nil
	}
	return a.String(), nil
}
