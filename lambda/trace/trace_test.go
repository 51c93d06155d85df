package trace_test

import (
	"slices"
	"strings"
	"testing"

	"sallyport/lambda/trace"
)

const (
	id    = "4bf92f3577b34da6a3ce929d0e0e4736"
	other = "0af7651916cd43dd8448eb211c80319c"
)

// malformed are texts that are not trace IDs.
var malformed = []string{
	"", "x", id[:31], id + "0", strings.ToUpper(id), strings.Repeat("0", 32), id[:31] + "g", id[:31] + "\n", " " + id[1:], id + "\n",
	id + "," + other, `{"trace":"` + id + `"}`, strings.Repeat("a", 100_000), id[:31] + "é", "\x00" + id[1:], id[:30] + `"}`,
}

func TestValid(t *testing.T) {
	for _, good := range []string{id, other, strings.Repeat("f", 32), strings.Repeat("0", 31) + "1"} {
		if !trace.Valid(good) {
			t.Errorf("%s: got invalid, want valid", good)
		}
	}
	for _, bad := range malformed {
		if trace.Valid(bad) {
			t.Errorf("%.40q: got valid, want invalid", bad)
		}
		if got := trace.OfProtocols([]string{"sallyport.v1", "trace." + bad}); got != "" {
			t.Errorf("subprotocol trace.%.40q: got %q, want none", bad, got)
		}
		if got := trace.OfHeader([]string{"00-" + bad + "-00f067aa0ba902b7-00"}); got != "" {
			t.Errorf("header with %.40q: got %q, want none", bad, got)
		}
	}
}

func TestOfProtocols(t *testing.T) {
	tests := []struct {
		offered []string
		want    string
	}{
		{nil, ""},
		{[]string{"sallyport.v1", "ticket.x"}, ""},
		{[]string{"sallyport.v1", "trace." + id, "ticket.x"}, id},
		{[]string{"trace." + id, "trace." + other}, ""},
		{[]string{"trace." + id, "trace." + id}, ""},
		{[]string{"trace." + id, "trace."}, ""},
		{[]string{"Trace." + id}, ""},
		{[]string{id}, ""},
	}
	for _, test := range tests {
		if got := trace.OfProtocols(test.offered); got != test.want {
			t.Errorf("%q: got %q, want %q", test.offered, got, test.want)
		}
	}
}

func TestOfHeader(t *testing.T) {
	const good = "00-" + id + "-00f067aa0ba902b7-01"
	tests := []struct {
		values []string
		want   string
	}{
		{nil, ""},
		{[]string{good}, id},
		{[]string{"00-" + id + "-00f067aa0ba902b7-00"}, id},
		{[]string{good, good}, ""},
		{[]string{good + "," + good}, ""},
		{[]string{"01" + good[2:]}, ""},
		{[]string{"ff" + good[2:]}, ""},
		{[]string{good + "-x"}, ""},
		{[]string{"00-" + id + "-0000000000000000-01"}, ""},
		{[]string{"00-" + id + "-00F067AA0BA902B7-01"}, ""},
		{[]string{"00-" + id + "-00f067aa0ba902b7"}, ""},
		{[]string{id}, ""},
	}
	for _, test := range tests {
		if got := trace.OfHeader(test.values); got != test.want {
			t.Errorf("%q: got %q, want %q", test.values, got, test.want)
		}
	}
}

func TestOf(t *testing.T) {
	a, b := trace.OfRequest("WhHAemDxOkEFTTE="), trace.OfRequest("WhHAemDxOkEFTTF=")
	if !trace.Valid(a) || !trace.Valid(b) || a == b || a != trace.OfRequest("WhHAemDxOkEFTTE=") {
		t.Errorf("got %q and %q, want two trace IDs", a, b)
	}
	if got := trace.OfRequest(""); got != "" {
		t.Errorf("no request: got %q, want none", got)
	}
}

func TestContext(t *testing.T) {
	ctx := t.Context()
	if got := trace.IDs(ctx); got != nil {
		t.Errorf("got %q, want none", got)
	}
	if got := trace.IDs(trace.With(trace.With(ctx, id), "", "x")); !slices.Equal(got, []string{id}) {
		t.Errorf("got %q, want the ID of the outer context", got)
	}
	if got := trace.IDs(trace.With(ctx, id, "\n", other, id)); !slices.Equal(got, []string{id, other}) {
		t.Errorf("got %q, want both IDs once", got)
	}
	var many []string
	for c := range 20 {
		many = append(many, trace.OfRequest(string(rune('a'+c))))
	}
	if got := trace.IDs(trace.With(ctx, many...)); len(got) != 10 {
		t.Errorf("got %d IDs, want 10", len(got))
	}
}

// FuzzOfProtocols checks that an accepted ID has exactly the form of an ID.
func FuzzOfProtocols(f *testing.F) {
	for _, bad := range malformed {
		f.Add("trace." + bad)
	}
	f.Add("trace." + id)
	f.Fuzz(func(t *testing.T, text string) {
		for _, got := range []string{trace.OfProtocols([]string{text}), trace.OfHeader([]string{text})} {
			if got != "" && (!trace.Valid(got) || !strings.Contains(text, got)) {
				t.Errorf("%q: got %q", text, got)
			}
		}
	})
}
