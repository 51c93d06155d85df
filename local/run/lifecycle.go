package run

import (
	"context"
	"errors"

	"sallyport/local/services"
)

// onStop adds f to the functions that stop calls, in reverse order.
func (s *system) onStop(f func() error) { s.closers = append(s.closers, f) }

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
