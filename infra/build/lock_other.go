//go:build !unix

package build

// lock does nothing on systems without flock. Do not deploy and run at the same time there.
func lock(string) (unlock func(), err error) { return func() {}, nil }
