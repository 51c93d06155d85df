package main

import (
	"context"
	"errors"
	"sync"

	"sallyport/local/services"
)

// onStop has f called at the end, after everything that was added later.
func (s *system) onStop(f func() error) { s.closers = append(s.closers, f) }

// stop ends every part, the last started first, and returns what went wrong.
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
		s.progress.say("ending; Ctrl-C once more ends everything at once")
		return nil
	case err := <-s.failed:
		return err
	}
}

// fail reports that a part failed while running; the first report counts.
func (s *system) fail(err error) {
	select {
	case s.failed <- err:
	default:
	}
}

// watch reports the end of a service that was not asked to end.
func (s *system) watch(service *services.Service) {
	if err := service.Wait(); err != nil {
		s.fail(err)
	}
}

// together runs the functions at the same time, waits for all of them, and
// returns the first error that occurred, upon which it calls cancel.
func together(cancel func(), functions ...func() error) error {
	var (
		wg    sync.WaitGroup
		once  sync.Once
		first error
	)
	for _, f := range functions {
		wg.Go(func() {
			if err := f(); err != nil {
				once.Do(func() { first = err; cancel() })
			}
		})
	}
	wg.Wait()
	return first
}
