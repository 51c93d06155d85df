package inspector

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

func TestOrigins(t *testing.T) {
	const get, post = http.MethodGet, http.MethodPost
	for name, c := range map[string]struct {
		method  string
		headers []string
		status  int
	}{
		"page":             {get, nil, 200},
		"addressBar":       {get, []string{"Sec-Fetch-Site", "none"}, 200},
		"noBrowser":        {post, []string{"Sec-Fetch-Site", "", "Origin", ""}, 204},
		"action":           {post, nil, 204},
		"withCharset":      {post, []string{"Content-Type", "application/json; charset=utf-8"}, 204},
		"crossSite":        {get, []string{"Sec-Fetch-Site", "cross-site"}, 403},
		"sameSite":         {get, []string{"Sec-Fetch-Site", "same-site"}, 403}, // another port
		"otherOrigin":      {post, []string{"Origin", "http://evil.example"}, 403},
		"otherPort":        {post, []string{"Origin", "http://127.0.0.1:9"}, 403},
		"noOrigin":         {post, []string{"Origin", "null"}, 403},
		"rebinding":        {get, []string{"Host", "evil.example:8080"}, 403},
		"localhost":        {get, []string{"Host", "localhost:8080"}, 403},
		"otherPortOfHost":  {get, []string{"Host", "127.0.0.1:9"}, 403},
		"form":             {post, []string{"Content-Type", "text/plain"}, 400},
		"noType":           {post, []string{"Content-Type", ""}, 400},
		"crossSiteLink":    {get, []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate"}, 403},
		"rebindingPage":    {post, []string{"Host", "evil.example:8080", "Origin", "http://evil.example:8080"}, 403},
		"foreignWithFetch": {post, []string{"Origin", "http://" + host, "Sec-Fetch-Site", "cross-site"}, 403},
	} {
		t.Run(name, func(t *testing.T) {
			f, path := newFixture(), "/inspector/state"
			if c.method == post {
				path = "/inspector/actions/kill"
				f.answer = "{}"
				command := f.ask(t, post, "/inspector/commands", `{"push":{"target":{"all":true},"message":1}}`, c.headers...)
				if called := len(f.invoked) > 0; called != (c.status == 204) || called != (command.Code == 200) {
					t.Errorf("a command: got %d, events of the function %q, want accepted %t", command.Code, f.invoked, c.status == 204)
				}
			}
			w := f.ask(t, c.method, path, "{}", c.headers...)
			if w.Code != c.status {
				t.Errorf("got %d %s, want %d", w.Code, w.Body, c.status)
			}
			if killed := f.kills > 0; killed != (c.status == 204) {
				t.Errorf("got %d kills", f.kills)
			}
			if kind := w.Header().Get("Content-Type"); w.Body.Len() > 0 && kind != "application/json" {
				t.Errorf("Content-Type: got %q", kind)
			}
		})
	}
}

func TestActions(t *testing.T) {
	for name, c := range map[string]struct {
		path, body string
		status     int
		expired    string
		armed      string
	}{
		"idle":      {"idle", `{"connectionId":"one"}`, 204, "one", ""},
		"duration":  {"duration", `{"connectionId":"two"}`, 204, "two", ""},
		"idleGone":  {"idle", `{"connectionId":"three"}`, 404, "", ""},
		"goneGone":  {"gone", `{"connectionId":"three"}`, 404, "", ""},
		"delayGone": {"delay", `{"connectionId":"three"}`, 404, "", ""},
		"misspelt":  {"delay", `{"conectionId":"one"}`, 400, "", ""},
		"refuse":    {"refuse", `{}`, 204, "", "refuse "},
		"expire":    {"expire", `{"connectionId":"one"}`, 204, "", "expire "},
		"gone":      {"gone", `{"connectionId":"one"}`, 204, "", "gone one"},
		"slow":      {"slow", `{}`, 204, "", "slow "},
		"lose":      {"lose", `{"connectionId":"one"}`, 204, "", "lose one"},
		"delay":     {"delay", `{"connectionId":"one"}`, 204, "", "delay one"},
		"worker":    {"kill-worker", `{"connectionId":"one"}`, 204, "", "kill-worker "},
		"queue":     {"queue-down", `{"connectionId":"one"}`, 204, "", "queue-down "},
		"table":     {"table-down", `{}`, 204, "", "table-down "},
		"gateway":   {"gateway-down", `{}`, 204, "one two", "gateway-down "},
		"disarm":    {"disarm", `{}`, 204, "", ""},
		"unknown":   {"explode", `{}`, 404, "", ""},
		"noJSON":    {"kill", `kill`, 400, "", ""},
		"list":      {"kill", `[]`, 400, "", ""},
		"tooLong":   {"kill", `"` + strings.Repeat("x", 2000) + `"`, 400, "", ""},
		"noAction":  {"", `{}`, 404, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture()
			w := f.ask(t, http.MethodPost, "/inspector/actions/"+c.path, c.body)
			if w.Code != c.status {
				t.Errorf("got %d %s, want %d", w.Code, w.Body, c.status)
			}
			if got := strings.Join(f.expired, " "); got != c.expired {
				t.Errorf("expired connections: got %q, want %q", got, c.expired)
			}
			var armed []string
			for failure, connection := range f.state(t, "").Armed {
				armed = append(armed, string(failure)+" "+connection)
			}
			if slices.Sort(armed); strings.Join(armed, ",") != c.armed {
				t.Errorf("injected failures: got %q, want %q", armed, c.armed)
			}
		})
	}
}

func TestErrors(t *testing.T) {
	f := newFixture()
	for _, c := range []struct {
		method, path string
		status       int
	}{
		{http.MethodGet, "/inspector/", 404},
		{http.MethodGet, "/inspector/actions/kill", 404},
		{http.MethodPost, "/inspector/state", 404},
		{http.MethodGet, "/inspector/state?after=x", 400},
		{http.MethodGet, "/inspector/state?after=-1", 400},
	} {
		if w := f.ask(t, c.method, c.path, "{}"); w.Code != c.status || !strings.Contains(w.Body.String(), `"message"`) {
			t.Errorf("%s %s: got %d %s, want %d", c.method, c.path, w.Code, w.Body, c.status)
		}
	}
}
