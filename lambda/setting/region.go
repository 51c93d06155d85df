package setting

import (
	"net/url"
	"strings"
)

// Region is a stack in another region.
type Region struct {
	Name         string
	WebsocketURL string
	HTTPURL      string // empty: the stack has no tickets
}

// ParseRegion parses an item of Stack.OtherRegions. Read must have checked it.
func ParseRegion(item string) Region {
	fields := append(strings.Fields(item), "", "", "")
	return Region{Name: fields[0], WebsocketURL: fields[1], HTTPURL: fields[2]}
}

// Origins returns the origins of the addresses, in the form of a Content-Security-Policy.
func (r Region) Origins() []string {
	var origins []string
	for _, address := range []string{r.WebsocketURL, r.HTTPURL} {
		if u, err := url.Parse(address); err == nil && u.Host != "" {
			origins = append(origins, u.Scheme+"://"+u.Host)
		}
	}
	return origins
}

// otherRegion is the form of an item of Stack.OtherRegions.
func otherRegion() format {
	const host = `(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}`
	const example = "eu-central-1 wss://ID.execute-api.eu-central-1.amazonaws.com/live https://ID.execute-api.eu-central-1.amazonaws.com"
	f := matching(`[a-z]{2}(?:-[a-z]+)+-\d wss://`+host+`(?:/[A-Za-z0-9_-]{1,128})?(?: https://`+host+`)?`,
		"a region, a wss address and an https address without a slash at its end, separated by single spaces, such as "+example)
	f.example = example
	return f
}
