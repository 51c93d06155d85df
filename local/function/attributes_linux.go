package function

import "syscall"

// processAttributes returns the attributes of a process that has its own process group. A
// Ctrl-C in the terminal does not reach it, and a signal to the group reaches its
// descendants. The kernel kills it when this process is killed.
func processAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
