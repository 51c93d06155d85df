package infra

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The defaults of Pulumi.yaml, as the program receives them.
var defaults = map[string]string{
	"stageName": "live", "tokenInQuery": "false", "issuer": "", "clientId": "", "audience": "",
	"memory": "256", "timeout": "10", "logLevel": "info", "logRetentionDays": "30",
	"throttleRate": "100", "throttleBurst": "200",
}

// read reads the defaults with some values changed.
func read(changed map[string]string) (config, error) {
	values := maps.Clone(defaults)
	maps.Copy(values, changed)
	return readConfig(func(key string) (string, bool) {
		v, ok := values[key]
		return v, ok
	})
}

func TestReadConfig(t *testing.T) {
	base := config{
		StageName: "live", Memory: 256, Timeout: 10, LogLevel: "info", LogRetentionDays: 30,
		ThrottleRate: 100, ThrottleBurst: 200,
	}
	elsewhere := base
	elsewhere.Issuer, elsewhere.ClientID, elsewhere.Audience = "https://id.example/a/", "console", "console"
	other := elsewhere
	other.Audience, other.TokenInQuery, other.StageName = "api", true, "Stage_1-b"
	tests := []struct {
		name    string
		changed map[string]string
		want    config
	}{
		{"defaults", nil, base},
		{"issuer", map[string]string{"issuer": "https://id.example/a/", "clientId": "console"}, elsewhere},
		{"audience", map[string]string{
			"issuer": "https://id.example/a/", "clientId": "console", "audience": "api",
			"tokenInQuery": "true", "stageName": "Stage_1-b",
		}, other},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := read(test.changed)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(got, test.want); diff != "" {
				t.Errorf("-got +want:\n%s", diff)
			}
		})
	}
}

func TestReadConfigErrors(t *testing.T) {
	tests := []struct {
		key, value string
		want       string // allowed
	}{
		{"stageName", "", "1 to 128 letters, digits"},
		{"stageName", "a b", "1 to 128 letters, digits"},
		{"stageName", "$default", "1 to 128 letters, digits"},
		{"stageName", strings.Repeat("a", 129), "1 to 128 letters, digits"},
		{"tokenInQuery", "yes", "true or false"},
		{"issuer", "http://id.example", "an https address"},
		{"issuer", "id.example", "an https address"},
		{"issuer", "https://id.example/?a=b", "an https address"},
		{"issuer", "https://me@id.example/", "an https address"},
		{"clientId", "console", "nothing, as there is no issuer"},
		{"audience", "api", "nothing, as there is no issuer"},
		{"memory", "127", "a whole number from 128 to 10240"},
		{"memory", "lots", "a whole number from 128 to 10240"},
		{"timeout", "0", "a whole number from 1 to 29"},
		{"timeout", "30", "a whole number from 1 to 29"},
		{"logLevel", "INFO", "one of trace, debug, info, warn, error"},
		{"logRetentionDays", "0", "one of 1, 3, 5, 7, 14, 30"},
		{"logRetentionDays", "31", "one of 1, 3, 5, 7, 14, 30"},
		{"throttleRate", "0", "a whole number from 1"},
		{"throttleBurst", "-1", "a whole number from 1"},
	}
	for _, test := range tests {
		t.Run(test.key, func(t *testing.T) {
			_, err := read(map[string]string{test.key: test.value})
			want := "configuration key " + test.key + ` is "` + test.value + `": want ` + test.want
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want %q in it", err, want)
			}
		})
	}
	t.Run("issuerWithoutClient", func(t *testing.T) {
		_, err := read(map[string]string{"issuer": "https://id.example"})
		if err == nil || !strings.Contains(err.Error(), `key clientId is "": want the console's client at the issuer https://id.example`) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("allAtOnce", func(t *testing.T) {
		_, err := readConfig(func(string) (string, bool) { return "", false })
		for _, key := range slices.Sorted(maps.Keys(defaults)) {
			if want := "configuration key " + key + " is not set"; err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want %q in it", err, want)
			}
		}
	})
}
