package registry_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"iter"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"sallyport/lambda/handler"
	"sallyport/lambda/registry"
	"sallyport/local/services"
)

// dynamoURL is where the DynamoDB of the local run answers, for the tests of
// what only a table can show.
var dynamoURL string

func TestMain(m *testing.M) {
	os.Exit(withDynamoDB(m.Run))
}

func withDynamoDB(run func() int) int {
	ctx := context.Background()
	if err := services.Install(ctx, func(s string) { fmt.Println(s) }); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	s, err := services.StartDynamoDB(ctx, os.Stderr)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = s.Stop() }()
	dynamoURL = s.URL
	return run()
}

// table is a table of connections of its own.
type table struct {
	*registry.Registry
	client *dynamodb.Client
	name   string
}

func newTable(t *testing.T) table {
	t.Helper()
	cloud := aws.Config{
		Region: "eu-west-1", BaseEndpoint: &dynamoURL,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "id", SecretAccessKey: "secret"}, nil
		}),
	}
	name := "connections-" + rand.Text()
	client := dynamodb.NewFromConfig(cloud)
	_, err := client.CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName:   &name,
		BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{
			{AttributeName: aws.String("connectionId"), AttributeType: "S"},
			{AttributeName: aws.String("user"), AttributeType: "S"},
			{AttributeName: aws.String("connectedAt"), AttributeType: "N"},
		},
		KeySchema: []types.KeySchemaElement{{AttributeName: aws.String("connectionId"), KeyType: "HASH"}},
		GlobalSecondaryIndexes: []types.GlobalSecondaryIndex{{
			IndexName: aws.String("byUser"),
			KeySchema: []types.KeySchemaElement{
				{AttributeName: aws.String("user"), KeyType: "HASH"},
				{AttributeName: aws.String("connectedAt"), KeyType: "RANGE"},
			},
			Projection: &types.Projection{ProjectionType: types.ProjectionTypeKeysOnly},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	waitFor(t, client, name)
	return table{registry.New(registry.Config{AWS: cloud, Table: name, UserIndex: "byUser"}), client, name}
}

// waitFor returns when a table that was just created takes rows.
func waitFor(t *testing.T, client *dynamodb.Client, table string) {
	t.Helper()
	for {
		out, err := client.DescribeTable(t.Context(), &dynamodb.DescribeTableInput{TableName: &table})
		if err != nil {
			t.Fatal(err)
		}
		if out.Table.TableStatus == types.TableStatusActive {
			return
		}
	}
}

// at is when all connections here are opened, unless they say otherwise.
var at = time.Unix(1708326900, 0)

// put puts a connection of alice that may go on for another hour, changed by
// edit unless that is nil.
func (b table) put(t *testing.T, id string, edit func(*handler.Connection)) {
	t.Helper()
	c := handler.Connection{ID: id, User: "alice", ConnectedAt: at, AuthorizedUntil: at.Add(time.Hour), ExpiresAt: at.Add(2 * time.Hour)}
	if edit != nil {
		edit(&c)
	}
	if err := b.Put(t.Context(), c); err != nil {
		t.Fatal(err)
	}
}

// putOld puts a connection of alice as it was recorded before rows said how
// long it may go on.
func (b table) putOld(t *testing.T, id string) {
	t.Helper()
	b.put(t, id, nil)
	_, err := b.client.UpdateItem(t.Context(), &dynamodb.UpdateItemInput{
		TableName:        &b.name,
		Key:              map[string]types.AttributeValue{"connectionId": &types.AttributeValueMemberS{Value: id}},
		UpdateExpression: aws.String("REMOVE authorizedUntil"),
	})
	if err != nil {
		t.Fatal(err)
	}
}

// rows returns all that the table holds, each row as its attributes' names,
// sorted.
func (b table) rows(t *testing.T) [][]string {
	t.Helper()
	out, err := b.client.Scan(t.Context(), &dynamodb.ScanInput{TableName: &b.name})
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]string
	for _, item := range out.Items {
		var names []string
		for name := range item {
			names = append(names, name)
		}
		slices.Sort(names)
		rows = append(rows, names)
	}
	return rows
}

func collect[T any](t *testing.T, list iter.Seq2[T, error]) []T {
	t.Helper()
	var all []T
	for v, err := range list {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, v)
	}
	return all
}

func TestAuthorizedUntil(t *testing.T) {
	b := newTable(t)
	b.put(t, "known", nil)
	b.putOld(t, "old")
	tests := []struct {
		id   string
		want time.Time
		err  error
	}{
		{"known", at.Add(time.Hour), nil},
		{"old", time.Unix(0, 0), nil},
		{"unknown", time.Time{}, handler.ErrGone},
	}
	for _, test := range tests {
		t.Run(test.id, func(t *testing.T) {
			got, err := b.AuthorizedUntil(t.Context(), test.id)
			if !errors.Is(err, test.err) || !got.Equal(test.want) {
				t.Errorf("got %v, error %v, want %v, error %v", got, err, test.want, test.err)
			}
		})
	}
}

func TestExtend(t *testing.T) {
	tests := []struct {
		name  string
		user  string
		until time.Time
		want  time.Time // what is recorded then
		err   error
	}{
		{"later", "alice", at.Add(2 * time.Hour), at.Add(2 * time.Hour), nil},
		{"same", "alice", at.Add(time.Hour), at.Add(time.Hour), nil},
		{"earlier", "alice", at.Add(time.Minute), at.Add(time.Hour), nil},
		{"ofOther", "mallory", at.Add(2 * time.Hour), at.Add(time.Hour), handler.ErrGone},
		{"ofOtherAndEarlier", "mallory", at.Add(time.Minute), at.Add(time.Hour), handler.ErrGone},
		{"ofNobody", "", at.Add(2 * time.Hour), at.Add(time.Hour), handler.ErrGone},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := newTable(t)
			b.put(t, "c", nil)
			if err := b.Extend(t.Context(), "c", test.user, test.until); !errors.Is(err, test.err) {
				t.Errorf("got error %v, want %v", err, test.err)
			}
			if got, err := b.AuthorizedUntil(t.Context(), "c"); err != nil || !got.Equal(test.want) {
				t.Errorf("then got %v, error %v, want %v", got, err, test.want)
			}
		})
	}
	t.Run("old", func(t *testing.T) {
		b := newTable(t)
		b.putOld(t, "c")
		if err := b.Extend(t.Context(), "c", "alice", at); err != nil {
			t.Error(err)
		}
		if got, err := b.AuthorizedUntil(t.Context(), "c"); err != nil || !got.Equal(at) {
			t.Errorf("then got %v, error %v, want %v", got, err, at)
		}
	})
	t.Run("closed", func(t *testing.T) {
		b := newTable(t)
		if err := b.Extend(t.Context(), "c", "alice", at); !errors.Is(err, handler.ErrGone) {
			t.Errorf("got error %v, want that it is gone", err)
		}
		if rows := b.rows(t); len(rows) != 0 {
			t.Errorf("then got rows %v, want none", rows)
		}
	})
	t.Run("inAnyOrder", func(t *testing.T) {
		b := newTable(t)
		b.put(t, "c", nil)
		var all sync.WaitGroup
		for i := range 20 {
			all.Go(func() {
				if err := b.Extend(t.Context(), "c", "alice", at.Add(time.Hour+time.Duration(i)*time.Second)); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if got, err := b.AuthorizedUntil(t.Context(), "c"); err != nil || !got.Equal(at.Add(time.Hour+19*time.Second)) {
			t.Errorf("got %v, error %v, want the latest of all", got, err)
		}
	})
}

func TestCountMessage(t *testing.T) {
	b := newTable(t)
	b.put(t, "c", nil)
	b.put(t, "other", nil)
	minute := time.Unix(1708326900/60*60, 0)
	for i, step := range []struct {
		after time.Duration
		want  int
	}{
		{0, 1},
		{59 * time.Second, 2},
		{60 * time.Second, 1},
		{59 * time.Second, 1}, // an event that was late: its minute is over, and counts anew
		{60 * time.Second, 2},
		{119 * time.Second, 3},
		{240 * time.Second, 1},
	} {
		got, err := b.CountMessage(t.Context(), "c", minute.Add(step.after))
		if err != nil || got != step.want {
			t.Errorf("step %d: got %d, error %v, want %d", i, got, err, step.want)
		}
	}
}

func TestCountMessageLeavesLittle(t *testing.T) {
	b := newTable(t)
	b.put(t, "c", nil)
	for i := range 10 {
		if _, err := b.CountMessage(t.Context(), "c", time.Unix(int64(60*(1000+i)), 0)); err != nil {
			t.Fatal(err)
		}
	}
	want := [][]string{{"authorizedUntil", "connectedAt", "connectionId", "expiresAt", "messages1009", "user"}}
	if diff := cmp.Diff(want, b.rows(t)); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

func TestCountMessageOfClosedConnection(t *testing.T) {
	b := newTable(t)
	if got, err := b.CountMessage(t.Context(), "c", at); got != 0 || !errors.Is(err, handler.ErrGone) {
		t.Errorf("got %d, error %v, want that it is gone", got, err)
	}
	if rows := b.rows(t); len(rows) != 0 {
		t.Errorf("then got rows %v, want none", rows)
	}
}

func TestCountMessagesAtOnce(t *testing.T) {
	b := newTable(t)
	b.put(t, "c", nil)
	const messages = 50
	counts := make([]int, messages)
	var all sync.WaitGroup
	for i := range messages {
		all.Go(func() {
			var err error
			if counts[i], err = b.CountMessage(t.Context(), "c", at); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	slices.Sort(counts)
	for i, got := range counts {
		if got != i+1 {
			t.Fatalf("got counts %v, want each from 1 to %d", counts, messages)
		}
	}
}

func TestOfUser(t *testing.T) {
	b := newTable(t)
	opened := func(user string, after time.Duration) func(*handler.Connection) {
		return func(c *handler.Connection) { c.User, c.ConnectedAt = user, at.Add(after) }
	}
	b.put(t, "a", opened("alice", 3*time.Second))
	b.put(t, "b", opened("bob", 0))
	b.put(t, "c", opened("alice", 123*time.Millisecond))
	b.put(t, "d", opened("alice", 2*time.Second))
	b.put(t, "e", opened("alice", time.Second))
	if err := b.Delete(t.Context(), "e"); err != nil {
		t.Fatal(err)
	}
	want := []handler.Connection{
		{ID: "c", User: "alice", ConnectedAt: at.Add(123 * time.Millisecond)},
		{ID: "d", User: "alice", ConnectedAt: at.Add(2 * time.Second)},
		{ID: "a", User: "alice", ConnectedAt: at.Add(3 * time.Second)},
	}
	if diff := cmp.Diff(want, collect(t, b.OfUser(t.Context(), "alice"))); diff != "" {
		t.Errorf("connections (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"c", "d", "a"}, collect(t, b.ByUser(t.Context(), "alice"))); diff != "" {
		t.Errorf("ids (-want +got):\n%s", diff)
	}
	if got := collect(t, b.OfUser(t.Context(), "nobody")); len(got) != 0 {
		t.Errorf("got %v, want none", got)
	}
}

func TestExpired(t *testing.T) {
	b := newTable(t)
	for id, after := range map[string]time.Duration{"long": -time.Hour, "just": -time.Second, "now": 0, "soon": time.Second} {
		b.put(t, id, func(c *handler.Connection) { c.AuthorizedUntil = at.Add(after) })
	}
	b.putOld(t, "old")
	got := collect(t, b.Expired(t.Context(), at))
	slices.Sort(got)
	if diff := cmp.Diff([]string{"just", "long", "old"}, got); diff != "" {
		t.Errorf("ids (-want +got):\n%s", diff)
	}
}
