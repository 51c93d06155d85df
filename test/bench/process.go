package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// memory returns the resident memory of a process in kB, or 0 if it has ended.
func memory(pid int) float64 {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	_, rest, _ := strings.Cut(string(text), "VmRSS:")
	return number(rest, 0)
}

// spent returns the processor time of a process and its descendants in microseconds.
func spent(pid int) float64 {
	return sum(pid, func(pid int) float64 {
		text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		_, rest, _ := strings.Cut(string(text), ") ") // the name of the program may contain spaces
		const tick = 10_000
		return tick * (number(rest, 11) + number(rest, 12))
	})
}

// sum returns the total of metric over a process and its descendants.
func sum(pid int, metric func(pid int) float64) float64 {
	all := metric(pid)
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, thread := range threads {
		text, _ := os.ReadFile(thread) //nolint:gosec // a file of the kernel
		for child := range strings.FieldsSeq(string(text)) {
			if pid, err := strconv.Atoi(child); err == nil {
				all += sum(pid, metric)
			}
		}
	}
	return all
}

// loadAverage returns the load average of the last minute.
func loadAverage() float64 {
	text, _ := os.ReadFile("/proc/loadavg")
	return number(string(text), 0)
}

// number returns the field i of text as a number, or 0 if it is not a number.
func number(text string, i int) float64 {
	fields := slices.Concat(strings.Fields(text), make([]string, i+1))
	n, _ := strconv.ParseFloat(fields[i], 64)
	return n
}
