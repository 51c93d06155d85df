//go:build race

package route

// buildFlag makes the builds of the copy use the packages that this test's build has
// compiled.
const buildFlag = "-race"
