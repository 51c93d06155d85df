// Package scripts is tests alone: they run each script of this folder, with each
// of its options, as a user does. The AWS CLI is the real one; the services that
// it calls, and the Pulumi CLI, are played by the tests.
package scripts
