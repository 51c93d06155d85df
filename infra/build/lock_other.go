//go:build !unix

package build

import "context"

// lock does nothing on systems without flock. On these systems, do not deploy and run at the
// same time.
func lock(context.Context, string) (unlock func(), err error) { return func() {}, nil }
