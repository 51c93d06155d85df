package main

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"golang.org/x/net/dns/dnsmessage"

	"sallyport/test/support"
)

func TestCAA(t *testing.T) {
	issue := func(values ...string) (records []caaRecord) {
		for _, v := range values {
			records = append(records, caaRecord{tag: "issue", value: v})
		}
		return records
	}
	for name, test := range map[string]struct {
		zone   map[string][]caaRecord
		status status
		text   string
	}{
		"none":           {nil, statusOK, "no CAA record restricts the authorities for chat.example.com"},
		"amazon":         {map[string][]caaRecord{"chat.example.com": issue("amazon.com")}, statusOK, "permit amazon.com"},
		"one of several": {map[string][]caaRecord{"example.com": issue("letsencrypt.org", " AmazonTrust.com ; account=1")}, statusOK, "permit letsencrypt.org, amazontrust.com"},
		"another":        {map[string][]caaRecord{"example.com": issue("letsencrypt.org")}, statusWarning, `the CAA records of example.com permit only letsencrypt.org; want no CAA record, or one that permits amazon.com. To do: create the DNS record example.com CAA 0 issue "amazon.com"`},
		"nearest":        {map[string][]caaRecord{"chat.example.com": issue("pki.goog"), "example.com": issue("amazon.com")}, statusWarning, "the CAA records of chat.example.com permit only pki.goog"},
		"top":            {map[string][]caaRecord{"com": issue("amazonaws.com")}, statusOK, "records of com permit"},
		"nobody":         {map[string][]caaRecord{"example.com": issue(";")}, statusWarning, "permit no authority"},
		"similar name":   {map[string][]caaRecord{"example.com": issue("amazon.com.example")}, statusWarning, "permit only amazon.com.example"},
		"only wildcards": {map[string][]caaRecord{"example.com": {{tag: "issuewild", value: "letsencrypt.org"}, {tag: "iodef", value: "mailto:a@example.com"}}}, statusOK, ""},
		"other case":     {map[string][]caaRecord{"example.com": {{tag: "Issue", value: "awstrust.com"}}}, statusOK, "awstrust.com"},
		"not critical":   {map[string][]caaRecord{"example.com": append(issue("amazon.com"), caaRecord{false, "tbs", "x"})}, statusOK, "permit amazon.com"},
		"critical":       {map[string][]caaRecord{"example.com": append(issue("amazon.com"), caaRecord{true, "tbs", "x"})}, statusWarning, `the critical tag "tbs"`},
	} {
		p := &preflight{dependencies: dependencies{caa: func(_ context.Context, name string) ([]caaRecord, error) { return test.zone[name], nil }}}
		expect(t, name, p.checkCAA(t.Context(), "chat.example.com"), test.status, test.text)
	}
	p := &preflight{dependencies: dependencies{caa: func(context.Context, string) ([]caaRecord, error) { return nil, errors.New("i/o timeout") }}}
	expect(t, "no answer", p.checkCAA(t.Context(), "chat.example.com"), statusUnknown, "dig CAA chat.example.com")
}

// serveDNS answers each question over TCP with answer, and returns the address of the server.
func serveDNS(t *testing.T, answer func(question dnsmessage.Message) []byte) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			var size [2]byte
			_, _ = io.ReadFull(conn, size[:])
			text := make([]byte, binary.BigEndian.Uint16(size[:]))
			_, _ = io.ReadFull(conn, text)
			var question dnsmessage.Message
			if err := question.Unpack(text); err != nil {
				t.Errorf("got the question %x: %v", text, err)
			}
			if a := answer(question); a != nil {
				_, _ = conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(a))), a...))
			}
			_ = conn.Close()
		}
	}()
	return l.Addr().String()
}

func TestAskCAA(t *testing.T) {
	resource := func(name string, typ dnsmessage.Type, body dnsmessage.ResourceBody) dnsmessage.Resource {
		return dnsmessage.Resource{Header: dnsmessage.ResourceHeader{Name: dnsmessage.MustNewName(name), Type: typ, Class: dnsmessage.ClassINET}, Body: body}
	}
	caa := func(name string, data string) dnsmessage.Resource {
		return resource(name, typeCAA, &dnsmessage.UnknownResource{Type: typeCAA, Data: []byte(data)})
	}
	for name, test := range map[string]struct {
		edit func(*dnsmessage.Message)
		raw  []byte // in place of the answer
		want []caaRecord
		err  string
	}{
		"records": {edit: func(m *dnsmessage.Message) {
			m.Answers = []dnsmessage.Resource{caa("a.example.", "\x00\x05issueamazon.com"), caa("a.example.", "\x80\x09issuewild;")}
		}, want: []caaRecord{{false, "issue", "amazon.com"}, {true, "issuewild", ";"}}},
		"alias": {edit: func(m *dnsmessage.Message) {
			m.Answers = []dnsmessage.Resource{resource("a.example.", dnsmessage.TypeCNAME, &dnsmessage.CNAMEResource{CNAME: dnsmessage.MustNewName("b.example.")}), caa("b.example.", "\x00\x05issuex.org")}
		}, want: []caaRecord{{false, "issue", "x.org"}}},
		"none":           {edit: func(*dnsmessage.Message) {}},
		"no such name":   {edit: func(m *dnsmessage.Message) { m.RCode = dnsmessage.RCodeNameError }},
		"failure":        {edit: func(m *dnsmessage.Message) { m.RCode = dnsmessage.RCodeServerFailure }, err: "RCodeServerFailure"},
		"other question": {edit: func(m *dnsmessage.Message) { m.ID++ }, err: "answers another question"},
		"no answer":      {edit: func(m *dnsmessage.Message) { m.Response = false }, err: "answers another question"},
		"empty tag":      {edit: func(m *dnsmessage.Message) { m.Answers = []dnsmessage.Resource{caa("a.example.", "\x00\x00issue")} }, err: "has no tag"},
		"no tag":         {edit: func(m *dnsmessage.Message) { m.Answers = []dnsmessage.Resource{caa("a.example.", "\x00\x09iss")} }, err: "has no tag"},
		"not DNS":        {raw: []byte("HTTP/1.1 400"), err: "read the answer of 127.0.0.1"},
		"closed":         {edit: nil, err: "EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			server := serveDNS(t, func(m dnsmessage.Message) []byte {
				if test.edit == nil {
					return test.raw
				}
				if q := m.Questions[0]; q.Name.String() != "a.example." || q.Type != typeCAA || !m.RecursionDesired {
					t.Errorf("got the question %+v", m)
				}
				m.Response = true
				test.edit(&m)
				text, err := m.Pack()
				if err != nil {
					t.Error(err)
				}
				return text
			})
			got, err := askCAA(t.Context(), server, "a.example")
			if !slices.Equal(got, test.want) || (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
				t.Errorf("got %v, error %v; want %v, error %q", got, err, test.want, test.err)
			}
		})
	}
}

// A server that fails or is silent does not end the search: the next one is asked.
func TestAskServers(t *testing.T) {
	good := serveDNS(t, func(m dnsmessage.Message) []byte {
		m.Response = true
		text, err := m.Pack()
		if err != nil {
			t.Error(err)
		}
		return text
	})
	closed := serveDNS(t, func(dnsmessage.Message) []byte { return nil })
	if _, err := askServers(t.Context(), []string{closed, good}, time.Hour, "a.example"); err != nil {
		t.Errorf("got %v, want the answer of the second server", err)
	}
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0") // accepts, and never answers
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	ctx, cancel := context.WithTimeout(t.Context(), support.HangLimit)
	defer cancel()
	_, err = askServers(ctx, []string{l.Addr().String()}, time.Millisecond, "a.example")
	if err == nil || ctx.Err() != nil {
		t.Errorf("got %v and the context's error %v, want an error before the context ends", err, ctx.Err())
	}
	if _, err := askServers(ctx, nil, time.Hour, "a.example"); err == nil || !strings.Contains(err.Error(), "no DNS server") {
		t.Errorf("without a server: got %v", err)
	}
}

// A DNS server cannot control the terminal or fill it.
func TestHostileCAA(t *testing.T) {
	records := []caaRecord{{tag: "issue", value: "\x1b[2J\u202e\x9b" + strings.Repeat("x", 60_000)}, {tag: "issue", value: "\xff"}}
	r := caaResult("a.example", "a.example", records, nil)
	if text := r.String(); r.Status != statusWarning || len(text) > 1000 || strings.ContainsFunc(text, func(c rune) bool { return !unicode.IsPrint(c) }) {
		t.Errorf("got a %s of %d bytes: %.100q", r.Status, len(text), text)
	}
}

// The addresses of the DNS servers are complete, and found without a request.
func TestNameServers(t *testing.T) {
	for _, server := range nameServers(t.Context()) {
		if _, port, err := net.SplitHostPort(server); err != nil || port != "53" {
			t.Errorf("got %s, error %v, want HOST:53", server, err)
		}
	}
}

func FuzzParseCAA(f *testing.F) {
	f.Add([]byte("\x00\x05issueamazon.com"))
	f.Add([]byte{0, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := parseCAA(data)
		if err == nil && len(r.tag)+len(r.value)+2 != len(data) {
			t.Errorf("%x: got %+v", data, r)
		}
	})
}
