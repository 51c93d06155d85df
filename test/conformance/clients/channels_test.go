package clients

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strconv"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	management "github.com/aws/aws-sdk-go-v2/service/apigatewaymanagementapi"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"sallyport/test/conformance/target"
)

// testCentrifugeJS uses channels with centrifuge, the client for JavaScript.
func (s stage) testCentrifugeJS(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		out, err := s.control(t, r.URL.Path, r.URL.Query())
		if err != nil {
			w.WriteHeader(http.StatusInternalServerError)
			out = err.Error()
		}
		_, _ = io.WriteString(w, out) // an error means that the client has gone
	}))
	defer server.Close()
	out, failed := s.run(t, "node", "testdata/channels.mjs", s.WebSocketURL, s.HTTPURL, server.URL)
	if failed {
		t.Errorf("the client for JavaScript:\n%s\nlog of the local run:\n%s", out, s.Log())
	}
}

// control performs the steps of a client's test that no client can perform.
func (s stage) control(t *testing.T, name string, args url.Values) (string, error) {
	t.Helper()
	ctx, id := t.Context(), args.Get("connection")
	switch name {
	case "/token": // returns a token of a user
		seconds, _ := strconv.Atoi(args.Get("expiresIn"))
		return s.Token(ctx, target.TokenRequest{User: args.Get("user"), ExpiresIn: seconds})
	case "/duration": // ends a connection as the two-hour limit does
		return "", s.inspect(ctx, "duration", id)
	case "/slow": // the next post to a connection takes too long
		return "", s.inspect(ctx, "slow", id)
	case "/delete": // ends a connection
		_, err := s.client(s.Key).DeleteConnection(ctx, &management.DeleteConnectionInput{ConnectionId: &id})
		return "", err
	case "/expire": // lets the authorization of a connection expire
		return "", s.expire(t, id)
	case "/push": // sends a message to a user
		return s.send(t, "--user", args.Get("user"), "testdata/hello.json")
	case "/publish": // publishes in a channel
		return s.send(t, "--channel", args.Get("channel"), "testdata/hello.json")
	case "/disconnect": // ends the connections of a user
		return s.send(t, "--disconnect", "--reason", "Maintenance at noon", "--user", args.Get("user"))
	}
	return "", fmt.Errorf("%s is unknown", name)
}

// ticket returns a ticket of a user.
func (s stage) ticket(ctx context.Context, user string) (string, error) {
	token, err := s.Token(ctx, target.TokenRequest{User: user})
	if err != nil {
		return "", err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.HTTPURL+"/tickets", http.NoBody)
	if err != nil {
		return "", err
	}
	r.Header.Set("Authorization", "Bearer "+token)
	body, err := do(r)
	var answer struct {
		Data struct {
			Ticket string `json:"ticket"`
		} `json:"data"`
	}
	if err == nil {
		err = json.Unmarshal(body, &answer)
	}
	return answer.Data.Ticket, err
}

// send runs the script for backends.
func (s stage) send(t *testing.T, args ...string) (string, error) {
	t.Helper()
	out, failed := s.run(t, "../../../scripts/send.sh", append([]string{"--local"}, args...)...)
	if failed {
		return "", errors.New(out)
	}
	return out, nil
}

// inspect posts an action to the inspector of the local run.
func (s stage) inspect(ctx context.Context, action, id string) error {
	return post(ctx, s.SiteURL+"/inspector/actions/"+action, fmt.Sprintf(`{"connectionId":%q}`, id))
}

// expire writes into the row of a connection that its authorization has expired. It then
// sends the event of the schedule, so that the function ends the connection.
func (s stage) expire(t *testing.T, id string) error {
	t.Helper()
	table := dynamodb.New(dynamodb.Options{
		BaseEndpoint: &s.TableURL, Region: s.Region,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return s.Key, nil }),
	})
	_, err := table.UpdateItem(t.Context(), &dynamodb.UpdateItemInput{
		TableName:                 &s.TableName,
		Key:                       map[string]types.AttributeValue{"connectionId": &types.AttributeValueMemberS{Value: id}},
		UpdateExpression:          aws.String("SET authorizedUntil = :t"),
		ConditionExpression:       aws.String("attribute_exists(connectionId)"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":t": &types.AttributeValueMemberN{Value: "1"}},
	})
	if err != nil {
		return err
	}
	host, err := url.Parse(s.ConnectionsURL)
	if err != nil {
		return err
	}
	if out, failed := s.run(t, "/usr/bin/aws", "--region", s.Region, "--endpoint-url", host.Scheme+"://"+host.Host, "lambda", "invoke",
		"--function-name", s.FunctionName, "--payload", "fileb://../../../lambda/handler/testdata/event/schedule.json", os.DevNull); failed {
		return errors.New(out)
	}
	return nil
}

// post posts JSON, and returns an error unless the answer is a success.
func post(ctx context.Context, address, body string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader([]byte(body)))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	_, err = do(r)
	return err
}

// do sends a request, and returns an error unless the answer is a success.
func do(r *http.Request) ([]byte, error) {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}} // no connection stays open
	resp, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close() //nolint:errcheck // it is read
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode >= http.StatusMultipleChoices {
		err = fmt.Errorf("%s answers %s: %s", r.URL, resp.Status, body)
	}
	return body, err
}
