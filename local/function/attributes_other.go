//go:build !linux

package function

import "syscall"

// processAttributes returns the attributes of a process that has its own process group. A
// Ctrl-C in the terminal does not reach it, and a signal to the group reaches its
// descendants. If this process is killed, it continues until it asks for the next event.
func processAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
