// Package app contains your part of the socket: routes, the types of their messages,
// messages that the server pushes, and error codes. Each one is a
// package-level variable, made by a function of package route. The file generated.go
// lists them; `make generate` writes it.
package app
