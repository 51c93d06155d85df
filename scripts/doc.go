// Package scripts has only tests. They run each script of this folder with each of its
// options, as a user does, and with the real AWS CLI. The tests emulate the services that
// the AWS CLI calls, and the Pulumi CLI.
package scripts
