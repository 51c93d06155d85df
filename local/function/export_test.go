package function

import "time"

// SetInitTimeout shortens Lambda's ten seconds.
func (f *Function) SetInitTimeout(d time.Duration) { f.initTimeout = d }

// SetTimeout changes how long one event may take, while there is none.
func (f *Function) SetTimeout(d time.Duration) { f.cfg.Timeout = d }
