package main

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// typeCAA is the type of a CAA record (RFC 8659, 4). Package dnsmessage has no constant for it.
const typeCAA dnsmessage.Type = 257

// lookupCAA returns the CAA records of a name from the DNS servers of this machine. Package net
// does not look them up. It returns none if the name does not exist.
func lookupCAA(ctx context.Context, name string) ([]caaRecord, error) {
	return askServers(ctx, nameServers(ctx), serverTime, name)
}

// serverTime limits the question to a DNS server, so that the next one is asked if it is silent.
const serverTime = 10 * time.Second

// askServers returns the first answer of DNS servers. limit is the time for each of them.
func askServers(ctx context.Context, servers []string, limit time.Duration, name string) ([]caaRecord, error) {
	err := errors.New("this machine has no DNS server")
	ask := func(server string) ([]caaRecord, error) {
		ctx, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		return askCAA(ctx, server, name)
	}
	for _, server := range servers {
		var records []caaRecord
		if records, err = ask(server); err == nil {
			return records, nil
		}
	}
	return nil, fmt.Errorf("look up the CAA records of %s: %w", name, err)
}

// nameServers returns the addresses of the DNS servers of this machine, each as HOST:PORT. Package
// net tells them only to the function Dial of a resolver.
func nameServers(ctx context.Context) []string {
	var found []string
	resolver := net.Resolver{PreferGo: true, Dial: func(_ context.Context, _, address string) (net.Conn, error) {
		if !slices.Contains(found, address) {
			found = append(found, address)
		}
		return nil, errors.New("not called")
	}}
	_, _ = resolver.LookupTXT(ctx, "preflight.invalid.") // always fails, because Dial fails
	return found
}

// askCAA asks a DNS server for the CAA records of a name. It uses TCP, which each server must
// offer (RFC 7766, 5) and over which answers are complete.
func askCAA(ctx context.Context, server, name string) ([]caaRecord, error) {
	var id [2]byte
	_, _ = rand.Read(id[:]) // never fails
	question, err := dnsmessage.NewName(name + ".")
	if err != nil {
		return nil, err
	}
	query := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: binary.BigEndian.Uint16(id[:]), RecursionDesired: true},
		Questions: []dnsmessage.Question{{Name: question, Type: typeCAA, Class: dnsmessage.ClassINET}},
	}
	text, err := query.Pack()
	if err != nil {
		return nil, err
	}
	answer, err := exchange(ctx, server, text)
	if err != nil {
		return nil, err
	}
	var m dnsmessage.Message
	if err := m.Unpack(answer); err != nil {
		return nil, fmt.Errorf("read the answer of %s: %w", server, err)
	}
	switch {
	case m.ID != query.ID || !m.Response:
		return nil, fmt.Errorf("%s answers another question", server)
	case m.RCode == dnsmessage.RCodeNameError: // the name does not exist
		return nil, nil
	case m.RCode != dnsmessage.RCodeSuccess:
		return nil, fmt.Errorf("%s answers %v", server, m.RCode)
	}
	var records []caaRecord
	for _, a := range m.Answers { // also the records to which a CNAME record leads
		if body, isUnknown := a.Body.(*dnsmessage.UnknownResource); isUnknown && a.Header.Type == typeCAA {
			r, err := parseCAA(body.Data)
			if err != nil {
				return nil, err
			}
			records = append(records, r)
		}
	}
	return records, nil
}

// exchange sends a DNS message over TCP and returns the answer. The length precedes each message,
// in two bytes (RFC 1035, 4.2.2).
func exchange(ctx context.Context, server string, query []byte) ([]byte, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", server)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }()
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Now()) })()
	if _, err := conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(query))), query...)); err != nil { //nolint:gosec // a question has less than 300 bytes
		return nil, err
	}
	var size [2]byte
	if _, err := io.ReadFull(conn, size[:]); err != nil {
		return nil, err
	}
	answer := make([]byte, binary.BigEndian.Uint16(size[:]))
	_, err = io.ReadFull(conn, answer)
	return answer, err
}

// parseCAA parses the data of a CAA record: flags, the length of the tag, the tag and the value
// (RFC 8659, 4.1).
func parseCAA(data []byte) (caaRecord, error) {
	if len(data) < 2 || data[1] == 0 || len(data) < 2+int(data[1]) {
		return caaRecord{}, fmt.Errorf("the CAA record %x has no tag", data)
	}
	end := 2 + int(data[1])
	return caaRecord{critical: data[0]&0x80 != 0, tag: string(data[2:end]), value: string(data[end:])}, nil
}
