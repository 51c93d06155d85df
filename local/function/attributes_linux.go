package function

import "syscall"

// processAttributes puts a process in a group of its own, so that a signal from
// the terminal does not reach it but one of ours reaches all that it starts, and
// has the kernel kill it if this process dies without a word.
func processAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
