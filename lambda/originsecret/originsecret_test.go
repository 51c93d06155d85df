package originsecret_test

import (
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"sallyport/lambda/originsecret"
)

func TestSetAcceptsEachSecretOfTheList(t *testing.T) {
	set, err := originsecret.Parse(originsecret.Sums([]string{"first", "second"}))
	if err != nil {
		t.Fatal(err)
	}
	for secret, want := range map[string]bool{
		"first": true, "second": true,
		"": false, "third": false, "First": false, "first ": false, "first,first": false,
		// The values in the function's configuration are not accepted themselves.
		originsecret.Sums([]string{"first"}): false, string(set[0][:]): false,
	} {
		if got := set.Has(secret); got != want {
			t.Errorf("%q: got %v, want %v", secret, got, want)
		}
	}
}

func TestEmptySetAcceptsNoSecret(t *testing.T) {
	set, err := originsecret.Parse(originsecret.Sums(nil))
	if err != nil || len(set) != 0 || set.Has("") {
		t.Errorf("got %v, error %v, want an empty set that accepts nothing", set, err)
	}
}

func TestParseRefuses(t *testing.T) {
	sum := originsecret.Sums([]string{"first"})
	for _, text := range []string{" ", sum + " ", " " + sum, sum + "  " + sum, sum + "," + sum, sum[1:], sum + "0", strings.ToUpper(sum), "g" + sum[1:], "the-secret-in-clear-text"} {
		set, err := originsecret.Parse(text)
		if err == nil || set != nil {
			t.Errorf("%q: got %v, want an error", text, set)
		}
		if strings.Contains(fmt.Sprint(err), "clear-text") {
			t.Errorf("got %v, want no value in the error", err)
		}
	}
}

// Parse accepts only texts that Sums can return: 64 digits for each value, in one spelling.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"", "sesame", originsecret.Sums([]string{"a"}), originsecret.Sums([]string{"a", "b"})} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		set, err := originsecret.Parse(text)
		if err != nil {
			return
		}
		words := make([]string, len(set))
		for i, sum := range set {
			words[i] = hex.EncodeToString(sum[:])
		}
		if got := strings.Join(words, " "); got != text {
			t.Errorf("got %q, want %q", got, text)
		}
	})
}

func ExampleSet_Has() {
	set, err := originsecret.Parse(originsecret.Sums([]string{"old", "new"}))
	fmt.Println(set.Has("old"), set.Has("new"), set.Has("other"), err)
	// Output: true true false <nil>
}
