package scripts_test

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	lambdaHost  = "lambda.eu-west-1.amazonaws.com"
	cognitoHost = "cognito-idp.eu-west-1.amazonaws.com"
	socketHost  = "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com"
	httpHost    = "f6g7h8i9j0.execute-api.eu-west-1.amazonaws.com"
)

// reply is an answer of a service.
type reply struct {
	status        int    // 0: 200
	error         string // code of an AWS error
	functionError string
	body          string
}

// cloud emulates the services of AWS. It is the HTTPS proxy of the scripts and answers
// for every host, with a certificate of an authority that the scripts trust. So the
// scripts and the AWS CLI run as on AWS.
type cloud struct {
	proxy     string // address
	authority string // file
	mu        sync.Mutex
	requests  []string // METHOD HOST/PATH BODY, in order
	answers   []reply  // of the next requests
	onRequest func()
}

func newCloud(t *testing.T) *cloud {
	t.Helper()
	c := &cloud{authority: filepath.Join(t.TempDir(), "authority.pem")}
	certificate := certify(t, c.authority)
	services := httptest.NewUnstartedServer(http.HandlerFunc(c.serve))
	services.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	services.StartTLS()
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tunnel(w, r, services.Listener.Addr().String())
	}))
	t.Cleanup(func() {
		proxy.Close()
		services.Close()
	})
	c.proxy = proxy.URL
	return c
}

// serve records a request and writes the next answer.
func (c *cloud) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.requests = append(c.requests, describe(r, body))
	if c.onRequest != nil {
		c.onRequest()
	}
	var a reply
	if len(c.answers) > 0 {
		a, c.answers = c.answers[0], c.answers[1:]
	}
	if a.error != "" {
		w.Header().Set("X-Amzn-ErrorType", a.error)
	}
	if a.functionError != "" {
		w.Header().Set("X-Amz-Function-Error", a.functionError)
	}
	if a.status == 0 {
		a.status = http.StatusOK
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(a.status)
	_, _ = io.WriteString(w, a.body) // the client may have ended
}

// describe returns the line that tests compare. Bodies of Cognito, which the CLI
// encodes, have their members sorted.
func describe(r *http.Request, body []byte) string {
	line := r.Method + " " + r.Host + r.RequestURI
	if r.Host == cognitoHost {
		_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
		var members map[string]any
		if err := json.Unmarshal(body, &members); err != nil {
			return line + " " + err.Error()
		}
		sorted, err := json.Marshal(members)
		if err != nil {
			return line + " " + err.Error()
		}
		line, body = operation, sorted
	}
	if !strings.Contains(r.Header.Get("Authorization"), "/eu-west-1/") && r.Host != httpHost {
		line += " (not signed for the region)"
	}
	if bearer := r.Header.Get("Authorization"); r.Host == httpHost {
		line += " " + bearer
	}
	return strings.TrimSpace(line + " " + string(body))
}

// take returns the requests since the last call.
func (c *cloud) take() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	taken := c.requests
	c.requests, c.answers = nil, nil
	return taken
}

// give sets the answers of the next requests.
func (c *cloud) give(answers ...reply) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answers = answers
}

// tunnel connects a client of the proxy to the services, for any host.
func tunnel(w http.ResponseWriter, r *http.Request, services string) {
	if r.Method != http.MethodConnect {
		http.Error(w, "only https leaves this machine", http.StatusForbidden)
		return
	}
	var dialer net.Dialer
	server, err := dialer.DialContext(context.WithoutCancel(r.Context()), "tcp", services)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer func() { _ = server.Close() }()
	client, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	defer func() { _ = client.Close() }()
	if _, err := fmt.Fprint(client, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		return
	}
	join(client, buffered.Reader, server)
}

// join copies in both directions until one side ends.
func join(client net.Conn, fromClient *bufio.Reader, server net.Conn) {
	ended := make(chan struct{}, 2)
	go func() {
		_, _ = io.Copy(server, fromClient)
		_ = server.Close()
		ended <- struct{}{}
	}()
	go func() {
		_, _ = io.Copy(client, server)
		_ = client.Close()
		ended <- struct{}{}
	}()
	<-ended
	<-ended
}

// certify writes the certificate of a new authority to file, and returns a certificate
// for the services that the authority has signed.
func certify(t *testing.T, file string) tls.Certificate {
	t.Helper()
	authority := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "scripts test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	authorityKey := newKey(t)
	root := sign(t, authority, authority, &authorityKey.PublicKey, authorityKey)
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root})
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	services := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "services"},
		NotBefore: authority.NotBefore, NotAfter: authority.NotAfter,
		DNSNames: []string{"*.amazonaws.com", "*.eu-west-1.amazonaws.com", "*.us-east-1.amazonaws.com", lambdaHost, cognitoHost, socketHost, httpHost},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	key := newKey(t)
	return tls.Certificate{Certificate: [][]byte{sign(t, services, authority, &key.PublicKey, authorityKey)}, PrivateKey: key}
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func sign(t *testing.T, certificate, parent *x509.Certificate, key *ecdsa.PublicKey, by *ecdsa.PrivateKey) []byte {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, certificate, parent, key, by)
	if err != nil {
		t.Fatal(err)
	}
	return der
}
