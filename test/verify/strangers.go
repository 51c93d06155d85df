package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
)

// strangerChecks are the checks of requests without credentials to the parts behind the
// APIs.
func strangerChecks() []check {
	asks := func(name, description, section string, skip func(*verifier) string, r func(v *verifier) stranger) check {
		return check{
			area: "strangers", name: name, description: description, section: section, want: "refused", skip: skip,
			do: func(ctx context.Context, v *verifier) (string, error) {
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
	scan := func(table string) func(v *verifier) stranger {
		return func(v *verifier) stranger {
			return stranger{http.MethodPost, v.service("dynamodb") + "/", `{"TableName":"` + v.out[table] + `"}`, json10("DynamoDB_20120810.Scan")}
		}
	}
	return []check{
		asks("table", "the table of connections", "", onAWS, scan("tableName")),
		asks("ticketTable", "the table of tickets", "", all(onAWS, withTickets), scan("ticketTableName")),
		asks("channelTable", "the table of channels", "", all(onAWS, withQueue), scan("channelTableName")),
		asks("bucket", "the bucket of the site, past CloudFront", "", all(onAWS, withBucket), func(v *verifier) stranger {
			return stranger{http.MethodGet, v.bucket() + "index.html", "", nil}
		}),
		asks("bucketList", "the list of the files of the bucket", "", all(onAWS, withBucket), func(v *verifier) stranger {
			return stranger{http.MethodGet, v.bucket(), "", nil}
		}),
		asks("function", "an invocation of the function: a push to all users", "8 doc", nil, func(v *verifier) stranger {
			return stranger{http.MethodPost, v.service("lambda") + "/2015-03-31/functions/" + v.out["functionName"] + "/invocations", `{}`, nil}
		}),
		asks("queue", "the queue of channels", "", all(onAWS, withQueue), func(v *verifier) stranger {
			return stranger{http.MethodPost, v.service("sqs") + "/", `{"QueueUrl":"` + v.out["queueUrl"] + `"}`, json10("AmazonSQS.ReceiveMessage")}
		}),
		asks("connectionsGet", "the state of a connection", "7.2 rest", nil, connections(http.MethodGet)),
		asks("connectionsPost", "a message to a connection", "7.2 rest", nil, connections(http.MethodPost)),
		asks("connectionsDelete", "the end of a connection", "7.2 rest", nil, connections(http.MethodDelete)),
		{
			area: "strangers", name: "httpPastSite", description: "a token at the HTTP API's own address, without the secret of the site", want: "refused",
			skip: all(onAWS, withTickets, onlyOneDomain), do: httpPastSite,
		},
	}
}

// stranger is a request without AWS credentials.
type stranger struct {
	method, address, body string
	header                http.Header
}

// connections returns a request to @connections. The id has the right form, so only the
// missing signature is wrong.
func connections(method string) func(v *verifier) stranger {
	return func(v *verifier) stranger {
		return stranger{method, v.out["connectionsUrl"] + "/@connections/WhHAe-TROkECC5w%3D", "", nil}
	}
}

// bucket returns the address of the site's bucket, with a slash at the end.
func (v *verifier) bucket() string {
	if v.serviceEndpoint != "" {
		return v.serviceEndpoint + "/" + v.out["bucketName"] + "/"
	}
	return "https://" + v.out["bucketName"] + ".s3." + v.out["region"] + ".amazonaws.com/"
}

func withBucket(v *verifier) string {
	if v.out["bucketName"] == "" {
		return "the stack has no output bucketName: an older version deployed it"
	}
	return ""
}

// httpPastSite asks for a ticket at the address of the HTTP API that API Gateway gave it.
func httpPastSite(ctx context.Context, v *verifier) (string, error) {
	id, err := httpAPI(ctx, v)
	if err != nil {
		return "", err
	}
	address := "https://" + id + ".execute-api." + v.out["region"] + ".amazonaws.com"
	if v.serviceEndpoint != "" {
		address = v.serviceEndpoint
	}
	a, err := v.request(ctx, http.MethodPost, address+"/tickets", "", header("Authorization", "Bearer "+v.ann.token))
	if err != nil {
		return "", err
	}
	if a.code() == "not_through_site" {
		return "refused", nil
	}
	return a.String(), nil
}
