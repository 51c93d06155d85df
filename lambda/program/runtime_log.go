package program

import (
	"bytes"
	"encoding/json"

	"github.com/rs/zerolog"
)

// runtimeLog writes the output of aws-lambda-go as lines of our log. It drops reports of an
// event's error, because the event's own log line has the error. It keeps the report of a
// panic, because that has the stack.
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
