package function

import "time"

// SetInitTimeout changes the timeout of the initialization, which is ten seconds.
func (f *Function) SetInitTimeout(d time.Duration) { f.initTimeout = d }

// SetTimeout changes the timeout of an event. No event may be running.
func (f *Function) SetTimeout(d time.Duration) { f.cfg.Timeout = d }
