// Package clients tests the local run with clients that nobody here wrote: what
// works with them here is to work with them on AWS, and what they refuse there
// they refuse here.
//
//	@connections   the AWS CLI, boto3, the AWS SDKs for Go and for JavaScript
//	WebSocket      wscat, Node's ws, Python's websockets
//
// A browser is tested in frontend/system. The Debian packages that it takes
// (awscli, python3-boto3, python3-websockets) are installed by .ci/check; the
// npm packages install themselves, pinned.
package clients
