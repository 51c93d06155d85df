package attack

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"sallyport/test/conformance/target"
)

// leftovers are the texts that a run has written, by place.
type leftovers map[string]string

// find returns the places that contain a secret in one of its forms.
func (t leftovers) find(secret string) []string {
	var places []string
	for place, text := range t {
		if slices.ContainsFunc(forms(secret), func(form string) bool { return strings.Contains(text, form) }) {
			places = append(places, place)
		}
	}
	slices.Sort(places)
	return places
}

// forms returns the encodings of a secret in which programs write texts.
func forms(secret string) []string {
	all := []string{
		secret, reversed(secret), strings.ToUpper(secret), strings.ToLower(secret),
		url.QueryEscape(secret), url.PathEscape(secret), strings.Trim(encode(secret), `"`), strings.Trim(encode(strings.Trim(encode(secret), `"`)), `"`),
		hex.EncodeToString([]byte(secret)), strings.ToUpper(hex.EncodeToString([]byte(secret))),
	}
	// The base64 of a text depends on the number of bytes before it, modulo 3, and its ends
	// depend on the bytes beside them.
	for before := range 3 {
		padded := append(make([]byte, before), secret...)
		for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			text := encoding.EncodeToString(padded)
			if len(text) > 12 {
				all = append(all, text[4:len(text)-4])
			}
		}
	}
	return all
}

// pieces returns the claims and the signature of a token, and parts of them. The header is
// not secret.
func pieces(token string) []string {
	p := strings.Split(token, ".")
	if len(p) != 3 {
		return []string{token, token[:len(token)/2], token[len(token)/2:]}
	}
	return []string{p[1], p[2], p[1][:40], p[2][:24], p[2][len(p[2])-24:], token[len(token)/2:]}
}

// gather returns the output of the run, its tables, its files, the events of the
// inspector, and the page.
func (v *victim) gather(t *testing.T) leftovers {
	t.Helper()
	found := leftovers{"inspector": v.inspected(t)} // first, because it waits for the last event
	found["log"], found["table channels"] = v.Log(), v.channelRows(t)
	for place, table := range map[string]string{"connections": v.connectionTable, "tickets": v.ticketTable} {
		found["table "+place] = v.rows(t, table)
	}
	for _, folder := range []string{v.dir, "../../.local"} {
		_ = filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
			if err == nil && entry.Type().IsRegular() && entry.Name() != "local-run" {
				text, _ := os.ReadFile(path)
				found["file "+entry.Name()] += string(text)
			}
			return nil
		})
	}
	for _, path := range []string{"/", "/config.json"} {
		found["page "+path] = do(t, request{method: http.MethodGet, url: v.site + path}).body
	}
	return found
}

// inspected returns all events of the inspector, when it has had no new one for a second.
func (v *victim) inspected(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	for after := "0"; ; {
		answer := do(t, request{method: http.MethodGet, url: v.site + "/inspector/state?after=" + after})
		control(t, "the events of the inspector", answer.verdict(), "200")
		all.WriteString(answer.body)
		var state struct{ Events []struct{ ID json.Number } }
		if err := json.Unmarshal([]byte(answer.body), &state); err != nil {
			t.Fatal(err)
		}
		if len(state.Events) == 0 {
			return all.String()
		}
		after = state.Events[len(state.Events)-1].ID.String()
	}
}

// rows returns a table's rows as text.
func (v *victim) rows(t *testing.T, table string) string {
	t.Helper()
	pages := dynamodb.NewScanPaginator(v.newTables(), &dynamodb.ScanInput{TableName: &table})
	var text strings.Builder
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range page.Items {
			for name, value := range row {
				switch value := value.(type) {
				case *types.AttributeValueMemberS:
					text.WriteString(name + "=" + value.Value + " ")
				case *types.AttributeValueMemberN:
					text.WriteString(name + "=" + value.Value + " ")
				default:
					text.WriteString(name + "=" + encode(value) + " ")
				}
			}
			text.WriteString("\n")
		}
	}
	return text.String()
}

// canaries are marked values that the test sends everywhere and searches everywhere.
type canaries struct {
	tokens, tickets []string
	unused          string // the last of the tickets, which is not used
	body, reason    string
	publication     string
}

// sendMarked sends marked tokens, tickets and bodies through every path.
func (v *victim) sendMarked(t *testing.T) canaries {
	t.Helper()
	c := canaries{body: "body-" + rand.Text(), reason: "reason-" + rand.Text(), publication: "publication-" + rand.Text()}
	genuine, marked := v.token(t, "canary"), v.marked()
	forged := newForger(t, v).by("kid", "mine")
	other := v.tokenFor(t, target.TokenRequest{User: "canary", Audience: "others"})
	expired := v.tokenFor(t, target.TokenRequest{User: "canary", ExpiresIn: -3600})
	c.tokens = []string{genuine, marked, forged, other, expired}
	for _, token := range c.tokens {
		v.connect(t, bearer(token))
		v.connect(t, inQuery(token))
		v.connect(t, withTicket(token))
		v.connect(t, handshake{headers: []string{offer("bearer." + token + ", bearer." + token)}})
		v.connect(t, handshake{bare: true, headers: []string{"Origin: https://evil.example", offer("bearer." + token)}})
		v.connect(t, handshake{headers: []string{"Sec-WebSocket-Protocol: " + token}})
		v.connect(t, handshake{path: v.socket.Path + "/" + token})
		v.askTicket(t, v.authorized(token))
		do(t, request{method: http.MethodPost, url: v.http + "/tickets?token=" + token, header: http.Header{"Authorization": {"bearer " + token + " x"}}, body: token})
		do(t, request{method: http.MethodDelete, url: v.http + "/tickets/" + token, header: http.Header{"Authorization": {token}}})
		s := v.mustConnect(t, genuine)
		for _, message := range []map[string]any{
			{"action": "refresh", "token": token}, {"action": "refresh", "token": []string{token}}, {"action": "refresh", "Token": token},
		} {
			s.ask(encode(message))
		}
		frames := v.joinBy(t, inFrames(genuine), `"connect":`+encode(map[string]string{"token": token}))
		frames.call("refresh", "token", token)
		frames.call("subscribe", "channel", token, "token", token)
		frames.call("rpc", "method", token, "data", token)
		frames.send(token)
	}
	for range 3 {
		c.tickets = append(c.tickets, v.ticket(t, genuine))
	}
	v.connect(t, withTicket(c.tickets[0]))
	for _, k := range []handshake{
		withTicket(c.tickets[0]), bearer(c.tickets[0]), inQuery(c.tickets[0]),
		{query: "?ticket=" + c.tickets[0]},
		{bare: true, headers: []string{"Origin: https://evil.example", offer("ticket." + c.tickets[1])}},
		{headers: []string{offer("ticket." + c.tickets[1] + "x")}},
	} {
		v.connect(t, k)
	}
	c.unused = c.tickets[2]
	v.askTicket(t, v.authorized(c.unused))
	v.sendBodies(t, genuine, c)
	do(t, request{method: http.MethodDelete, url: v.http + "/connections", header: v.authorized(genuine)})
	return c
}

// sendBodies sends the marked bodies, from a client and to clients.
func (v *victim) sendBodies(t *testing.T, token string, c canaries) {
	t.Helper()
	talker := v.joinAs(t, "canary")
	control(t, "publish", talker.call("publish", "channel", "chat:canary", "data", c.publication), `{"publish":{}}`)
	talker.call("publish", "channel", "chat:canary", "data", strings.Repeat(c.publication, 2000))
	s := v.mustConnect(t, token)
	for _, message := range []string{c.body, encode(map[string]string{"action": "whoami", "x": c.body}), encode(map[string]string{"action": c.body}), strings.Repeat(c.body, 3000)} {
		s.ask(message)
	}
	id := idOf(t, s)
	control(t, "push", v.invoke(t, encode(map[string]any{"push": map[string]any{"target": map[string]string{"user": "canary"}, "message": c.body}})), "200 {\"sent\"")
	v.invoke(t, encode(map[string]any{"push": map[string]any{"target": map[string]string{"connection": "nobody"}, "message": c.body}}))
	control(t, "disconnect", v.invoke(t, encode(map[string]any{"disconnect": map[string]any{"target": map[string]string{"connection": id}, "reason": c.reason}})), "200 {\"disconnected\":1")
	v.invoke(t, encode(map[string]any{"disconnect": map[string]any{"target": map[string]any{"user": 1}, "reason": c.reason}}))
}

// marked returns a good token with a unique claim.
func (v *victim) marked() string {
	return forge(`{"alg":"RS256","kid":"rsa"}`, encode(with(ownIssuer().claims("canary"), "canary", "claim-"+rand.Text())), rs256(ownIssuer().rsa))
}

// TestCanaries searches the texts of the run for the marked values. Tokens and tickets must
// be nowhere, and the hash of a ticket only in its table. A body of a client or a backend
// may be in the inspector, which shows it to the developer.
func TestCanaries(t *testing.T) {
	v := open.get(t)
	c := v.sendMarked(t)
	found := v.gather(t)
	for end := time.Now().Add(hangLimit); time.Now().Before(end) && (len(found.find(c.body)) == 0 || len(found.find(c.reason)) == 0); {
		found = v.gather(t) // the inspector gets the events a moment later
	}
	control(t, "the log names the user", strings.Join(leftovers{"log": found["log"]}.find("canary"), ""), "log")
	control(t, "the log has metrics", strings.Join(leftovers{"log": found["log"]}.find(`"Namespace":"Attack"`), ""), "log")
	for i, token := range c.tokens {
		kind := []string{"genuine", "marked", "forged", "otherAudience", "expired"}[i]
		var at []string
		for _, piece := range append(pieces(token), part(token, 1)) {
			at = append(at, found.find(piece)...)
		}
		attempt{"canary/token/" + kind, "a " + kind + " token, or a part of it, is found"}.verdict(t, places(at), len(at) == 0)
	}
	claim := pieces(part(c.tokens[1], 1))[0]
	attempt{"canary/claim", "a claim of a token is found"}.verdict(t, places(found.find(claim)), len(found.find(claim)) == 0)
	for i, ticket := range c.tickets {
		var at []string
		for _, piece := range append(pieces(ticket), ticket[:20]) {
			at = append(at, found.find(piece)...)
		}
		attempt{"canary/ticket", []string{"a used ticket", "a ticket refused elsewhere", "an unused ticket"}[i] + ", or a part of it, is found"}.verdict(t, places(at), len(at) == 0)
	}
	at := found.find(hashOf(c.unused))
	attempt{"canary/hash", "the hash of an unused ticket is outside of its table"}.verdict(t, places(at), places(at) == "table tickets")
	attempt{"canary/usedHash", "the hash of a used ticket is found"}.verdict(t, places(found.find(hashOf(c.tickets[0]))), len(found.find(hashOf(c.tickets[0]))) == 0)
	at = found.find(c.publication)
	attempt{"canary/publication", "a publication is outside of the inspector and the table of channels"}.verdict(t, places(at), places(at) == "inspector, table channels")
	for name, said := range map[string]string{"body": c.body, "reason": c.reason} {
		at := found.find(said)
		attempt{"canary/" + name, "a body is outside of the inspector"}.verdict(t, places(at), places(at) == "inspector")
	}
}

func places(all []string) string {
	if len(all) == 0 {
		return "nowhere"
	}
	slices.Sort(all)
	return strings.Join(slices.Compact(all), ", ")
}

// TestCanarySearch adds secrets in each form to the texts of a run. The search must find
// every one.
func TestCanarySearch(t *testing.T) {
	token, ticket := ownIssuer().token("canary"), randomTicket()
	clean := open.get(t).gather(t)
	for name, write := range map[string]func(text string) string{
		"raw":     func(text string) string { return text },
		"json":    func(text string) string { return encode(map[string]any{"message": text}) },
		"nested":  func(text string) string { return encode(encode(map[string]any{"message": text})) },
		"url":     url.QueryEscape,
		"hex":     func(text string) string { return hex.EncodeToString([]byte("x" + text)) },
		"base64":  func(text string) string { return base64.StdEncoding.EncodeToString([]byte("x" + text + "y")) },
		"base64b": func(text string) string { return base64.URLEncoding.EncodeToString([]byte("xy" + text + "y")) },
		"reverse": reversed,
	} {
		for kind, secret := range map[string]string{"token": token, "ticket": ticket, "claims": part(token, 1)} {
			for place := range clean {
				planted := leftovers{place: clean[place] + "\n" + write("bearer "+secret) + "\n"}
				missed := true
				for _, piece := range append(pieces(secret), secret) {
					missed = missed && len(planted.find(piece)) == 0
				}
				if missed {
					t.Errorf("got no place for a %s in %s as %s, want it found", kind, place, name)
				}
			}
		}
	}
}

func reversed(text string) string {
	b := []byte(text)
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
	return string(b)
}
