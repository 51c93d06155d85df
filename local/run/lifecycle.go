package run

import (
	"context"
	"errors"
	"net/http"

	"sallyport/local/services"
)

// onStop adds f to the functions that stop calls, in reverse order.
func (s *system) onStop(f func() error) { s.closers = append(s.closers, f) }

// onEnd does the same as onStop for a function that returns no error.
func (s *system) onEnd(f func()) {
	s.onStop(func() error {
		f()
		return nil
	})
}

// closeOnStop closes an API when the system stops. Call it after the server and the function have
// started, because close needs both.
func (s *system) closeOnStop(ctx context.Context, close func(context.Context) error) {
	s.onStop(func() error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
		defer cancel()
		return close(ctx)
	})
}

// transport returns a transport whose idle connections are closed when the system stops.
func (s *system) transport() *http.Transport {
	t := &http.Transport{MaxIdleConnsPerHost: 100}
	s.onEnd(t.CloseIdleConnections)
	return t
}

// stop ends every part, the last started first, and returns all errors.
func (s *system) stop() error {
	var errs []error
	for i := len(s.closers) - 1; i >= 0; i-- {
		errs = append(errs, s.closers[i]())
	}
	s.closers = nil
	return errors.Join(errs...)
}

// wait returns when ctx is done, or with the error of a part that failed.
func (s *system) wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		s.progress.say("stopping; press Ctrl-C again to end immediately")
		return nil
	case err := <-s.failed:
		return err
	}
}

// fail reports that a part failed. Only the first report counts.
func (s *system) fail(err error) {
	select {
	case s.failed <- err:
	default:
	}
}

// reportEnd reports a service that ends before stop.
func (s *system) reportEnd(service *services.Service) {
	if err := service.Wait(); err != nil {
		s.fail(err)
	}
}
