package run

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"time"

	"sallyport/local/gateway"
)

// DefaultOutputs is the file in which the scripts look for the stack outputs of a local run.
const DefaultOutputs = ".local/outputs.json"

// Settings are the options of a run. The caller checks that the addresses are loopback
// addresses and that the numbers are in range.
type Settings struct {
	// Site, API, HTTP and Issuer are the listen addresses, as HOST:PORT. Port 0 means a free
	// port. HTTP is not used if the plan has no HTTP API.
	Site, API, HTTP, Issuer string
	// Plan is the file with the plan.
	Plan string
	// Outputs is the file for the stack outputs. The credentials and the lock of the run are
	// in the same folder.
	Outputs string
	// Limits are the quotas of the WebSocket API, before TimeScale.
	Limits gateway.Limits
	// TimeScale is the factor by which Limits.Idle, Limits.Duration, the time between two
	// events of a rule, and the visibility timeout of a message whose event failed pass
	// faster, from 0.001.
	TimeScale float64
	// Watch rebuilds the function and the console when their sources are edited.
	Watch bool
	// Throttle applies the throttles of the stage and the account.
	Throttle bool
	// Inspector records the events of the function for the page.
	Inspector bool
	// AnySignature accepts any signature at @connections and the Lambda API.
	AnySignature bool
}

// scaled returns the duration in this run of a time d, after TimeScale.
func (s Settings) scaled(d time.Duration) time.Duration {
	return max(time.Duration(float64(d)/s.TimeScale), time.Millisecond)
}

// limits returns the quotas after TimeScale.
func (s Settings) limits() gateway.Limits {
	l := s.Limits
	l.Idle, l.Duration = s.scaled(l.Idle), s.scaled(l.Duration)
	return l
}

// credentialsFile returns the path of the file with the user's key, in the folder of the
// outputs.
func (s Settings) credentialsFile() string {
	return filepath.Join(filepath.Dir(s.Outputs), "credentials")
}

// Run starts every part, writes the addresses to out, and stops every part when ctx is done
// or a part fails. It writes progress and the output of the parts to log. The working folder
// must be the folder of the project. The error is nil if ctx ended the run, even during the
// start, and every part stopped without an error.
func Run(ctx context.Context, s Settings, out, log io.Writer) error {
	sys := newSystem(s, log)
	err := sys.start(ctx)
	if err == nil {
		sys.printBanner(out)
		err = sys.wait(ctx)
	}
	if ctx.Err() != nil {
		err = nil
	}
	return errors.Join(err, sys.stop())
}

func newSystem(s Settings, log io.Writer) *system {
	return &system{settings: s, log: log, progress: newProgress(log), keys: newKeys(), failed: make(chan error, 1)}
}
