// Package clients tests the local run with independent clients. They must get the same
// results as on AWS, successes and errors.
//
//	@connections   the AWS CLI, boto3, the AWS SDKs for Go and for JavaScript
//	WebSocket      wscat, Node's ws, Python's websockets
//	channels       Centrifugo's clients for JavaScript and for Go; Python's websockets with a ticket in the address
//
// frontend/system tests browsers. .ci/check installs the Debian packages (awscli,
// python3-boto3, python3-websockets). The tests install the npm packages in the versions of
// package-lock.json.
package clients
