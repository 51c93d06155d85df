package configuration

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
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
			if err := c.CheckEnvironment(); (err == nil) != test.ok || err != nil && !strings.Contains(err.Error(), "environment may have 4096 bytes") {
				t.Errorf("got %v, want an error: %v", err, !test.ok)
			}
		})
	}
}
