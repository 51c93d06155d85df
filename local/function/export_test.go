package function

import "time"

// SetInitTimeout shortens Lambda's ten seconds.
func (f *Function) SetInitTimeout(d time.Duration) { f.initTimeout = d }
