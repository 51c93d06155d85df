//go:build !linux

package function

import "syscall"

// processAttributes puts a process in a group of its own, so that a signal from
// the terminal does not reach it but one of ours reaches all that it starts. If
// this process is killed, the functions live on until their next event.
func processAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
