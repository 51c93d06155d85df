package run

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"

	"sallyport/local/lock"
	"sallyport/local/stack"
)

// listeners are the listeners of the parts that run in this process. http is nil if the
// stack has no HTTP API.
type listeners struct {
	site, api, http net.Listener
}

// claim locks the folder of the output files and opens the ports, which two runs cannot
// share. It removes the output files of an earlier run.
func (s *system) claim(ctx context.Context, withHTTP bool) (listeners, error) {
	held, err := lock.Take(filepath.Join(filepath.Dir(s.settings.Outputs), "run.lock"))
	if err != nil {
		return listeners{}, err
	}
	s.onStop(held.Release)
	// A run that was killed has left its files.
	for _, file := range []string{s.settings.Outputs, s.settings.credentialsFile()} {
		if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return listeners{}, err
		}
	}
	l, err := s.listenAll(ctx, withHTTP)
	if err != nil {
		return l, err
	}
	return l, held.Write(l.addresses().Site)
}

// listenAll opens every listener.
func (s *system) listenAll(ctx context.Context, withHTTP bool) (l listeners, err error) {
	if l.site, err = s.listen(ctx, "site", s.settings.Site); err != nil {
		return l, err
	}
	if l.api, err = s.listen(ctx, "api", s.settings.API); err != nil || !withHTTP {
		return l, err
	}
	l.http, err = s.listen(ctx, "http", s.settings.HTTP)
	return l, err
}

// addresses returns the addresses of the listeners.
func (l listeners) addresses() stack.Addresses {
	a := stack.Addresses{Site: "http://" + l.site.Addr().String(), API: "http://" + l.api.Addr().String()}
	if l.http != nil {
		a.HTTP = "http://" + l.http.Addr().String()
	}
	return a
}

// listen opens a listener for the address of the flag name.
func (s *system) listen(ctx context.Context, name, address string) (net.Listener, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen for -%s: %w: end the program that uses the port, or choose another with -%s 127.0.0.1:0", name, err, name)
	}
	s.onStop(func() error {
		if err := l.Close(); !errors.Is(err, net.ErrClosed) {
			return err
		}
		return nil // the server closed it
	})
	return l, nil
}
