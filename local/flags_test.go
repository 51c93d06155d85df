package main

import (
	"strings"
	"testing"
)

func TestFlags(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		want string // in the error; "" for none
	}{
		"defaults":     {nil, ""},
		"freePorts":    {[]string{"-site", "127.0.0.1:0", "-api", "[::1]:0", "-http", "127.0.0.1:0", "-issuer", "127.0.0.2:0"}, ""},
		"allAddresses": {[]string{"-site", "0.0.0.0:8080"}, `-site: "0.0.0.0:8080" is not a loopback address`},
		"anyInterface": {[]string{"-api", ":8081"}, `-api: ":8081" is not a loopback address`},
		"name":         {[]string{"-issuer", "localhost:8082"}, `-issuer: "localhost:8082" is not a loopback address`},
		"anyHTTP":      {[]string{"-http", "0.0.0.0:8083"}, `-http: "0.0.0.0:8083" is not a loopback address`},
		"noPort":       {[]string{"-site", "127.0.0.1"}, `-site: "127.0.0.1" is not an address`},
		"limits":       {[]string{"-idle-timeout", "30s", "-max-duration", "1h", "-time-scale", "60"}, ""},
		"noIdleTime":   {[]string{"-idle-timeout", "0s"}, "-idle-timeout is 0s: want a time above 0"},
		"noTimeScale":  {[]string{"-time-scale", "0"}, "-time-scale is 0: want a number from 0.001"},
		"notANumber":   {[]string{"-time-scale", "NaN"}, "-time-scale is NaN: want a number from 0.001"},
		"oneDomain":    {[]string{"-one-domain"}, ""},
		"twoPlans":     {[]string{"-one-domain", "-plan", "x.json"}, "-one-domain and -plan x.json: want one of them"},
		"argument":     {[]string{"up"}, `unexpected argument "up"`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parseFlags(c.args)
			wantError(t, err, c.want)
		})
	}
}

func wantError(t *testing.T, err error, want string) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Errorf("got error %v, want none", err)
	case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
		t.Errorf("got error %v, want one with %q", err, want)
	}
}
