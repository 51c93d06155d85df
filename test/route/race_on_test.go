//go:build race

package route

// buildFlag makes the builds of the copy share the cache of this test's own build.
const buildFlag = "-race"
