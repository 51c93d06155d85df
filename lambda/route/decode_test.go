package route_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"sallyport/lambda/errcode"
	"sallyport/lambda/route"
)

type inner struct {
	Deep int8 `json:"deep"`
}

type Embedded struct {
	Inside *bool `json:"inside"`
}

type order struct {
	Embedded
	Count  int8           `json:"count"`
	Price  float64        `json:"price,omitempty"`
	List   []inner        `json:"list"`
	More   map[string]any `json:"more"`
	Rate   *float32       `json:"rate"`
	Pair   [2]int         `json:"pair"`
	Hidden string         `json:"-"`
	Plain  string
	_      int
}

// take is a route that does nothing.
var take = route.Accept("take", "d", func(context.Context, route.Caller, order) error { return nil })

func TestDecode(t *testing.T) {
	tests := map[string]string{ // the text for the client; "": accepted
		`{"action":"take"}`: "",
		`{"action":"take","count":1,"price":1.5,"list":[{"deep":1}],"more":{"x":1},"Plain":"p","inside":true}`: "",
		`{"count":null}`:                     "",
		`{"count":300}`:                      `The field "count" must be a whole number that fits int8.`,
		`{"count":"1"}`:                      `The field "count" must be a whole number that fits int8.`,
		`{"price":"1"}`:                      `The field "price" must be a number.`,
		`{"list":{}}`:                        `The field "list" must be an array.`,
		`{"rate":"1"}`:                       `The field "rate" must be a number.`,
		`{"pair":1}`:                         `The field "pair" must be an array.`,
		`{"more":{"message":{"a":1,"A":2}}}`: `The message has the field "A" twice.`,
		`{"more":[]}`:                        `The field "more" must be an object.`,
		`{"inside":"yes"}`:                   `must be true or false.`,
		`{"list":[{"deep":"x"}]}`:            `must be a whole number that fits int8.`,
		`{"list":[{"deeper":1}]}`:            `A field has a wrong value: unknown field "deeper".`,
		`{"list":[{"deep":1,"DEEP":2}]}`:     `The message has the field "DEEP" twice.`,
		`{"Hidden":"x"}`:                     `The field "Hidden" is unknown. Known fields: inside, count, price, list, more, rate, pair, Plain.`,
		`{"-":"x"}`:                          `The field "-" is unknown.`,
		`{"Embedded":{}}`:                    `The field "Embedded" is unknown.`,
		`{"action":"take","action":1}`:       `The message has the field "action" twice.`,
		`{"action":"take","ACTION":1}`:       `The message has the field "ACTION" twice.`,
		`[]`:                                 `The message is not a JSON object.`,
		`{} {}`:                              `The message is not a JSON object.`,
		``:                                   `The message is not a JSON object.`,
	}
	for body, want := range tests {
		_, err := take.Handle(t.Context(), route.Caller{}, body)
		var refusal *errcode.Refusal
		if !errors.As(err, &refusal) {
			if err != nil || want != "" {
				t.Errorf("%s: got error %v, want %q", body, err, want)
			}
			continue
		}
		if want == "" || !strings.Contains(refusal.Text, want) || refusal.Code != errcode.MessageInvalid {
			t.Errorf("%s: got %s %q, want %q", body, refusal.Code, refusal.Text, want)
		}
	}
}

func TestDecodeWithoutFields(t *testing.T) {
	empty := route.Accept("empty", "d", func(context.Context, route.Caller, struct{}) error { return nil })
	_, err := empty.Handle(t.Context(), route.Caller{}, `{"action":"empty","x":1}`)
	var refusal *errcode.Refusal
	if want := `The field "x" is unknown. Known fields: none.`; !errors.As(err, &refusal) || refusal.Text != want {
		t.Errorf("got error %v, want %s", err, want)
	}
}

// Every message is accepted or refused. The reason is for the log, so it quotes nothing of
// the message.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{`{"action":"take","count":1}`, `{"list":[{"deep":"canary"}]}`, `{"canary":1}`, `{"more":{"a":{"A":1}}}`, `"\ud800"`, `{"count":1e999}`} {
		f.Add(seed)
	}
	reasons := map[string]bool{"not a JSON object": true, "duplicate field": true, "unknown field": true, "wrong type": true, "wrong value": true}
	f.Fuzz(func(t *testing.T, body string) {
		_, err := take.Handle(t.Context(), route.Caller{}, body)
		var refusal *errcode.Refusal
		if err != nil && (!errors.As(err, &refusal) || !reasons[err.Error()] || len(refusal.Text) > 1000) {
			t.Errorf("%q: got error %v", body, err)
		}
	})
}
