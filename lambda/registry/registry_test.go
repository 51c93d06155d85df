package registry_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"

	"sallyport/lambda/handler"
	"sallyport/lambda/registry"
	"sallyport/test/support"
)

// call is a request to DynamoDB.
type call struct {
	Operation string
	Input     map[string]any
}

// dynamo is a fake of DynamoDB that gives the nth answer to the nth request. "!Name" is an
// error with that name.
type dynamo struct {
	answers []string
	calls   []call
}

func (d *dynamo) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	c := call{Operation: strings.TrimPrefix(r.Header.Get("X-Amz-Target"), "DynamoDB_20120810.")}
	_ = json.Unmarshal(body, &c.Input)
	d.calls = append(d.calls, c)
	answer := "!UnexpectedRequest"
	if n := len(d.calls); n <= len(d.answers) {
		answer = d.answers[n-1]
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	if name, ok := strings.CutPrefix(answer, "!"); ok {
		w.WriteHeader(http.StatusBadRequest)
		answer = `{"__type":"com.amazonaws.dynamodb.v20120810#` + name + `","message":"no"}`
	}
	_, _ = io.WriteString(w, answer)
}

// newRegistry returns a registry with a fake of DynamoDB.
func newRegistry(t *testing.T, answers ...string) (*registry.Registry, *dynamo) {
	t.Helper()
	support.DependOn(t, "../../local/services") // of the DynamoDB of other tests
	d := &dynamo{answers: answers}
	srv := httptest.NewServer(d)
	t.Cleanup(srv.Close)
	return registry.New(registry.Config{
		AWS: aws.Config{
			Region:       "eu-west-1",
			BaseEndpoint: &srv.URL,
			Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
				return aws.Credentials{AccessKeyID: "id", SecretAccessKey: "secret"}, nil
			}),
		},
		Table:       "connections",
		UserIndex:   "byUser",
		UserIDIndex: "byUserId",
		ExpiryIndex: "byExpiry",
	}), d
}

func (d *dynamo) check(t *testing.T, want ...call) {
	t.Helper()
	if diff := cmp.Diff(want, d.calls); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

func text(s string) map[string]any   { return map[string]any{"S": s} }
func number(s string) map[string]any { return map[string]any{"N": s} }

func TestPut(t *testing.T) {
	r, d := newRegistry(t, `{}`)
	at := time.UnixMilli(1708326900123)
	err := r.Put(t.Context(), handler.Connection{ID: "WhHAe-TROkECC5w=", User: alice, ConnectedAt: at, AuthorizedUntil: at.Add(time.Hour), ExpiresAt: at.Add(2 * time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	d.check(t, call{"PutItem", map[string]any{
		"TableName": "connections",
		"Item": map[string]any{
			"connectionId":    text("WhHAe-TROkECC5w="),
			"userId":          text("https://sign-in.example#sub-alice"),
			"user":            text("alice"),
			"connectedAt":     number("1708326900123"),
			"authorizedUntil": number("1708330500"),
			"expiresAt":       number("1708334100"),
			"expiryShard":     number("7"),
		},
	}})
}

func TestDelete(t *testing.T) {
	r, d := newRegistry(t, `{}`)
	if err := r.Delete(t.Context(), "WhHAe-TROkECC5w="); err != nil {
		t.Fatal(err)
	}
	d.check(t, call{"DeleteItem", map[string]any{
		"TableName": "connections",
		"Key":       map[string]any{"connectionId": text("WhHAe-TROkECC5w=")},
	}})
}

// page is an answer with ids and, unless it is the last page, the start key of the next
// page.
func page(last bool, ids ...string) string {
	items := []any{}
	for _, id := range ids {
		items = append(items, map[string]any{"connectionId": text(id)})
	}
	answer := map[string]any{"Items": items, "Count": len(ids)}
	if !last {
		answer["LastEvaluatedKey"] = map[string]any{"connectionId": text("last of " + strings.Join(ids, ","))}
	}
	raw, _ := json.Marshal(answer)
	return string(raw)
}

func TestByUser(t *testing.T) {
	for _, test := range []struct {
		index, attribute string
		list             func(*registry.Registry) iter.Seq2[handler.Connection, error]
	}{
		{"byUserId", "userId", func(r *registry.Registry) iter.Seq2[handler.Connection, error] { return r.ByUser(t.Context(), "alice") }},
		{"byUser", "user", func(r *registry.Registry) iter.Seq2[handler.Connection, error] { return r.ByName(t.Context(), "alice") }},
	} {
		t.Run(test.index, func(t *testing.T) {
			r, d := newRegistry(t, page(false, "a", "b"), page(false), page(true, "c"))
			if diff := cmp.Diff([]string{"a", "b", "c"}, idsOf(collect(t, test.list(r)))); diff != "" {
				t.Errorf("ids (-want +got):\n%s", diff)
			}
			query := func(start string) call {
				input := map[string]any{
					"TableName":                 "connections",
					"IndexName":                 test.index,
					"KeyConditionExpression":    "#u = :u",
					"ProjectionExpression":      "connectionId, connectedAt, protocol, trace",
					"ScanIndexForward":          true,
					"ExpressionAttributeNames":  map[string]any{"#u": test.attribute},
					"ExpressionAttributeValues": map[string]any{":u": text("alice")},
				}
				if start != "" {
					input["ExclusiveStartKey"] = map[string]any{"connectionId": text(start)}
				}
				return call{"Query", input}
			}
			d.check(t, query(""), query("last of a,b"), query("last of "))
		})
	}
}

func TestAll(t *testing.T) {
	scan := func(start string) call {
		input := map[string]any{"TableName": "connections", "ProjectionExpression": "connectionId, connectedAt, protocol, trace"}
		if start != "" {
			input["ExclusiveStartKey"] = map[string]any{"connectionId": text(start)}
		}
		return call{"Scan", input}
	}
	t.Run("toTheEnd", func(t *testing.T) {
		r, d := newRegistry(t, page(false, "a", "b"), page(true, "c"))
		var got []string
		for c, err := range r.All(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, c.ID)
		}
		if diff := cmp.Diff([]string{"a", "b", "c"}, got); diff != "" {
			t.Errorf("ids (-want +got):\n%s", diff)
		}
		d.check(t, scan(""), scan("last of a,b"))
	})
	t.Run("stopped", func(t *testing.T) {
		r, d := newRegistry(t, page(false, "a", "b"))
		for range r.All(t.Context()) {
			break
		}
		d.check(t, scan("")) // and no second page
	})
	t.Run("secondPageFails", func(t *testing.T) {
		r, _ := newRegistry(t, page(false, "a"), "!AccessDeniedException")
		var got []string
		var last error
		for c, err := range r.All(t.Context()) {
			got, last = append(got, c.ID), err
		}
		if diff := cmp.Diff([]string{"a", ""}, got); diff != "" || last == nil || !strings.HasPrefix(last.Error(), "list connections: ") {
			t.Errorf("got ids %q, error %v, want a, then an error", got, last)
		}
	})
}

func TestExpiredPages(t *testing.T) {
	r, d := newRegistry(t, page(true, "a"), page(false, "b"), page(false), page(true, "c"), page(true), page(true), page(true), page(true), page(true), page(true, "d"))
	got := idsOf(collect(t, r.Expired(t.Context(), time.Unix(1708326900, 999))))
	if diff := cmp.Diff([]string{"a", "b", "c", "d"}, got); diff != "" {
		t.Errorf("ids (-want +got):\n%s", diff)
	}
	query := func(shard, start string) call {
		input := map[string]any{
			"TableName":                 "connections",
			"IndexName":                 "byExpiry",
			"KeyConditionExpression":    "expiryShard = :s AND authorizedUntil < :t",
			"ProjectionExpression":      "connectionId",
			"ExpressionAttributeValues": map[string]any{":s": number(shard), ":t": number("1708326900")},
		}
		if start != "" {
			input["ExclusiveStartKey"] = map[string]any{"connectionId": text(start)}
		}
		return call{"Query", input}
	}
	d.check(t, query("0", ""), query("1", ""), query("1", "last of b"), query("1", "last of "),
		query("2", ""), query("3", ""), query("4", ""), query("5", ""), query("6", ""), query("7", ""))
}

func TestErrors(t *testing.T) {
	const refused, missing = "!ConditionalCheckFailedException", "!ResourceNotFoundException"
	now := time.Unix(1708326900, 0)
	extend := func(ctx context.Context, r *registry.Registry) error { return r.Extend(ctx, "x", "alice", now) }
	tests := []struct {
		name    string
		do      func(ctx context.Context, r *registry.Registry) error
		answers []string
		want    string
	}{
		{"put", func(ctx context.Context, r *registry.Registry) error {
			return r.Put(ctx, handler.Connection{ID: "x"})
		}, []string{missing}, `put connection "x": `},
		{"delete", func(ctx context.Context, r *registry.Registry) error { return r.Delete(ctx, "x") }, []string{missing}, `delete connection "x": `},
		{"deleteOlder", func(ctx context.Context, r *registry.Registry) error {
			_, err := r.DeleteOlder(ctx, "x", now)
			return err
		}, []string{missing}, `delete connection "x": `},
		{"byUser", func(ctx context.Context, r *registry.Registry) error {
			return firstError(r.ByUser(ctx, "alice"))
		}, []string{missing}, `list connections of user "alice": `},
		{"byName", func(ctx context.Context, r *registry.Registry) error {
			return firstError(r.ByName(ctx, "alice"))
		}, []string{missing}, `list connections of user "alice": `},
		{"expired", func(ctx context.Context, r *registry.Registry) error { return firstError(r.Expired(ctx, now)) }, []string{missing}, `list expired connections: `},
		{"get", func(ctx context.Context, r *registry.Registry) error {
			_, err := r.Get(ctx, "x")
			return err
		}, []string{missing}, `get connection "x": `},
		{"extend", extend, []string{missing}, `extend connection "x": `},
		{"extendAndLook", extend, []string{refused, missing}, `get connection "x": `},
		{"count", func(ctx context.Context, r *registry.Registry) error {
			_, err := r.CountMessages(ctx, "x", 1, now)
			return err
		}, []string{missing}, `count message of connection "x": `},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r, d := newRegistry(t, test.answers...)
			err := test.do(t.Context(), r)
			if err == nil || !strings.HasPrefix(err.Error(), test.want) || !strings.Contains(err.Error(), "ResourceNotFoundException") {
				t.Errorf("got error %v, want %s and the cause", err, test.want)
			}
			if errors.Is(err, handler.ErrGone) {
				t.Errorf("got error %v, want an error other than ErrGone", err)
			}
			if len(d.calls) != len(test.answers) {
				t.Errorf("got %d requests, want %d for this error", len(d.calls), len(test.answers))
			}
		})
	}
}

func firstError[T any](list iter.Seq2[T, error]) error {
	for _, err := range list {
		return err
	}
	return errors.New("no error")
}

func Example() {
	srv := httptest.NewServer(&dynamo{answers: []string{page(false, "a", "b"), page(true, "c")}})
	defer srv.Close()
	r := registry.New(registry.Config{
		AWS:   aws.Config{Region: "eu-west-1", BaseEndpoint: &srv.URL, Credentials: aws.AnonymousCredentials{}},
		Table: "connections",
	})
	for c, err := range r.All(context.Background()) {
		fmt.Println(c.ID, err)
	}
	// Output:
	// a <nil>
	// b <nil>
	// c <nil>
}
