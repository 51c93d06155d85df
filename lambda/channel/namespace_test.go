package channel_test

import (
	"strings"
	"testing"
	"time"

	"sallyport/lambda/channel"
	"sallyport/lambda/identity"
)

func TestNewTableRefuses(t *testing.T) {
	tests := map[string]struct {
		declared []channel.Namespace
		want     string
	}{
		"empty name":         {[]channel.Namespace{{}}, `namespace "" is not a name`},
		"capital":            {[]channel.Namespace{{Name: "Chat"}}, "is not a name"},
		"colon":              {[]channel.Namespace{{Name: "a:b"}}, "is not a name"},
		"long":               {[]channel.Namespace{{Name: strings.Repeat("a", 33)}}, "is not a name"},
		"twice":              {[]channel.Namespace{{Name: "a"}, {Name: "a"}}, "is declared twice"},
		"large history":      {[]channel.Namespace{{Name: "a", HistorySize: 1001, HistoryTime: time.Hour}}, "HistorySize 1001: want 0 to 1000"},
		"long history":       {[]channel.Namespace{{Name: "a", HistorySize: 1, HistoryTime: 169 * time.Hour}}, "HistoryTime 169h0m0s: want at most 168h"},
		"size without time":  {[]channel.Namespace{{Name: "a", HistorySize: 1}}, "only one of HistorySize and HistoryTime"},
		"time without size":  {[]channel.Namespace{{Name: "a", HistoryTime: time.Hour}}, "only one of HistorySize and HistoryTime"},
		"cache":              {[]channel.Namespace{{Name: "a", Cache: true}}, "Cache without a history"},
		"readers":            {[]channel.Namespace{{Name: "a", History: channel.Everyone}}, "read a history that it does not have"},
		"large publications": {[]channel.Namespace{{Name: "a", MaxBytes: 65537}}, "MaxBytes 65537"},
		"negative rate":      {[]channel.Namespace{{Name: "a", PublicationsPerMinute: -1}}, "PublicationsPerMinute -1: want 0 or more"},
		"all problems":       {[]channel.Namespace{{Name: "A"}, {Name: "B"}}, `namespace "B"`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := channel.NewTable(test.declared...); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got error %v, want one with %q", err, test.want)
			}
		})
	}
}

func TestLookup(t *testing.T) {
	table, err := channel.NewTable(channel.Namespace{Name: "a"}, channel.Namespace{Name: "room"})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{
		"room:1": true, "room:a:b": true, "room:A-z_0.@~/=": true, "a:1": true, "room:" + strings.Repeat("x", 195): true,
		"": false, ":": false, "room": false, "room:": false, ":1": false, "Room:1": false, "other:1": false, " room:1": false,
		"room:a b": false, "room:é": false, "room:\n": false, "room:\x00": false, "room:#": false, "room:*": false, "room:%": false,
		"room:" + strings.Repeat("x", 196): false,
	} {
		if _, got := table.Lookup(name); got != want {
			t.Errorf("%q: got %t, want %t", name, got, want)
		}
	}
}

func TestAccess(t *testing.T) {
	ann := identity.User{Issuer: "https://a.example", Subject: "ann", Name: "ann", Claims: `{"channels":["room:1","team-*"],"text":"room:1"}`}
	own := "user:" + channel.UserKey(ann)
	namesake := identity.User{Issuer: "https://b.example", Subject: "ann", Name: "ann"}
	tests := map[string]struct {
		access  channel.Access
		user    identity.User
		channel string
		want    bool
	}{
		"everyone":        {channel.Everyone, namesake, "room:1", true},
		"own":             {channel.Owner, ann, own, true},
		"of a namesake":   {channel.Owner, namesake, own, false},
		"prefix of own":   {channel.Owner, ann, own + "x", false},
		"no user":         {channel.Owner, identity.User{}, "user:" + channel.UserKey(identity.User{}), false},
		"claim":           {channel.Claim("channels"), ann, "room:1", true},
		"claim of prefix": {channel.Claim("channels"), ann, "team-x:1", true},
		"other channel":   {channel.Claim("channels"), ann, "room:11", false},
		"no claim":        {channel.Claim("channels"), namesake, "room:1", false},
		"other claim":     {channel.Claim("rooms"), ann, "room:1", false},
		"claim no list":   {channel.Claim("text"), ann, "room:1", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := test.access(test.user, test.channel); got != test.want {
				t.Errorf("got %t, want %t", got, test.want)
			}
		})
	}
}
