package infra

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"sallyport/lambda/env"
	"sallyport/lambda/setting"
)

func TestEnvironmentTooLong(t *testing.T) {
	list := func(n int) string {
		var all []string
		for i := range n {
			all = append(all, fmt.Sprintf("https://app-%03d.example.com", i))
		}
		text, _ := json.Marshal(all) // of texts: never fails
		return string(text)
	}
	for name, test := range map[string]struct {
		changed map[string]string
		ok      bool
	}{
		"eighty":            {map[string]string{"allowedOrigins": list(80)}, true},
		"two hundred":       {map[string]string{"allowedOrigins": list(200)}, false},
		"a long audience":   {map[string]string{"issuer": "https://id.example", "clientId": "a", "audience": strings.Repeat("a", 2600)}, false},
		"together too long": {map[string]string{"allowedOrigins": list(80), "issuer": "https://id.example", "clientId": "a", "audience": strings.Repeat("a", 600)}, false},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := read(test.changed)
			if err != nil {
				t.Fatal(err)
			}
			if err := c.checkEnvironment(); (err == nil) != test.ok || err != nil && !strings.Contains(err.Error(), "environment may have 4096 bytes") {
				t.Errorf("got %v, want an error: %v", err, !test.ok)
			}
		})
	}
}

// otherVariables is large enough, even for the longest names of stack and stage.
func TestOtherVariables(t *testing.T) {
	for _, p := range plans(t) {
		variables := environment(t, p)
		text, err := json.Marshal(variables)
		if err != nil {
			t.Fatal(err)
		}
		configured := 0
		for _, name := range []string{env.AllowedOrigins, env.Issuer, env.Audience} {
			value, _ := variables[name].(string)
			configured += len(value)
		}
		for _, d := range new(setting.Function).Settings() {
			if value, ok := variables[d.Variable].(string); ok {
				configured += len(d.Variable) + len(value)
			}
		}
		// Values that resources determine: those of the user pool and of the site.
		const made, longerNames = 200, 200
		if got := len(text) - configured + made + longerNames; got > otherVariables {
			t.Errorf("%s: the other variables may have %d bytes, more than %d", p.Stack, got, otherVariables)
		}
	}
}
