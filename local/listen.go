package main

import (
	"context"
	"errors"
	"fmt"
	"net"
)

// listeners are those of the parts that are of this program; http is nil if
// there is no HTTP API.
type listeners struct {
	site, api, http net.Listener
}

// claim takes what no other run may have: the folder of the outputs, and the
// ports.
func (s *system) claim(ctx context.Context, withHTTP bool) (listeners, error) {
	lock, err := lockRun(s.settings.lockFile())
	if err != nil {
		return listeners{}, err
	}
	s.onStop(lock.release)
	l, err := s.listenAll(ctx, withHTTP)
	if err != nil {
		return l, err
	}
	return l, lock.write(l.addresses().site)
}

// listenAll opens every listener.
func (s *system) listenAll(ctx context.Context, withHTTP bool) (l listeners, err error) {
	if l.site, err = s.listen(ctx, "site", s.settings.site); err != nil {
		return l, err
	}
	if l.api, err = s.listen(ctx, "api", s.settings.api); err != nil || !withHTTP {
		return l, err
	}
	l.http, err = s.listen(ctx, "http", s.settings.http)
	return l, err
}

// addresses returns where the listeners are.
func (l listeners) addresses() addresses {
	a := addresses{site: "http://" + l.site.Addr().String(), api: "http://" + l.api.Addr().String()}
	if l.http != nil {
		a.http = "http://" + l.http.Addr().String()
	}
	return a
}

// listen opens a listener for the address of the flag name.
func (s *system) listen(ctx context.Context, name, address string) (net.Listener, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen for -%s: %w: end what uses the port, or choose another with -%s 127.0.0.1:0", name, err, name)
	}
	s.onStop(func() error {
		if err := l.Close(); !errors.Is(err, net.ErrClosed) {
			return err
		}
		return nil // the server closed it
	})
	return l, nil
}
