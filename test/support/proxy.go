package support

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// NewProxy starts an HTTPS proxy on loopback. The handler answers the requests for each of the
// hosts. NewProxy returns the address of the proxy, and the file with the certificate of its
// authority. With both, each version of the AWS CLI calls the handler instead of AWS. The proxy
// stops at the end of the test.
func NewProxy(t *testing.T, handler http.Handler, hosts ...string) (address, authority string) {
	t.Helper()
	authority = filepath.Join(t.TempDir(), "authority.pem")
	certificate := certify(t, authority, hosts)
	services := httptest.NewUnstartedServer(handler)
	services.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	services.StartTLS()
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tunnel(w, r, services.Listener.Addr().String())
	}))
	t.Cleanup(func() {
		proxy.Close()
		services.Close()
	})
	return proxy.URL, authority
}

// tunnel connects a client of the proxy to the handler, for any host.
func tunnel(w http.ResponseWriter, r *http.Request, services string) {
	if r.Method != http.MethodConnect {
		http.Error(w, "the proxy accepts https only", http.StatusForbidden)
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
// for the hosts that the authority has signed.
func certify(t *testing.T, file string, hosts []string) tls.Certificate {
	t.Helper()
	authority := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"},
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
		DNSNames: hosts,
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
