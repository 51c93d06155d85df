// Package channels tests package channel as a whole: publishers, subscribers, workers, a
// queue and tables that fail at every step.
package channels
