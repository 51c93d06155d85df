package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// memory returns how many kB a process has in memory.
func memory(pid int) float64 {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid)) // one that has ended has none
	_, rest, _ := strings.Cut(string(text), "VmRSS:")
	return number(rest, 0)
}

// spent returns how many microseconds of processor time a process and all below
// it have had.
func spent(pid int) float64 {
	return sum(pid, func(pid int) float64 {
		text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		_, rest, _ := strings.Cut(string(text), ") ") // the name may hold blanks
		const tick = 10_000
		return tick * (number(rest, 11) + number(rest, 12))
	})
}

// sum adds up what of returns for a process and all below it.
func sum(pid int, of func(pid int) float64) float64 {
	all := of(pid)
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, thread := range threads {
		text, _ := os.ReadFile(thread) //nolint:gosec // of the system
		for child := range strings.FieldsSeq(string(text)) {
			if pid, err := strconv.Atoi(child); err == nil {
				all += sum(pid, of)
			}
		}
	}
	return all
}

// loadAverage is the machine's, over the last minute.
func loadAverage() float64 {
	text, _ := os.ReadFile("/proc/loadavg")
	return number(string(text), 0)
}

// number returns the field i of text, 0 if it is none.
func number(text string, i int) float64 {
	fields := slices.Concat(strings.Fields(text), make([]string, i+1))
	n, _ := strconv.ParseFloat(fields[i], 64)
	return n
}
