package main

import (
	"bytes"
	"encoding/json"

	"github.com/rs/zerolog"
)

// runtimeLog makes log lines like ours of what aws-lambda-go has to say. It
// drops one kind: the report of an event's error, whose line, with the request
// id, is already written. A panic's report adds the stack, so it stays.
type runtimeLog struct {
	log zerolog.Logger
}

func (l runtimeLog) Write(p []byte) (int, error) {
	var report struct {
		ErrorMessage *string         `json:"errorMessage"`
		StackTrace   json.RawMessage `json:"stackTrace"`
	}
	if json.Unmarshal(p, &report) == nil && report.ErrorMessage != nil && report.StackTrace == nil {
		return len(p), nil
	}
	l.log.Error().Msg(string(bytes.TrimSpace(p)))
	return len(p), nil
}
