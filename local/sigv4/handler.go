package sigv4

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
)

// Handler returns a handler that calls next for signed requests. Other requests get 403 with
// the error of AWS. A body of more than limit bytes gets 413, because it cannot be verified.
func (v *Verifier) Handler(limit int64, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
		status := http.StatusForbidden
		if long := (*http.MaxBytesError)(nil); errors.As(err, &long) {
			status, err = http.StatusRequestEntityTooLarge, &Error{"RequestEntityTooLargeException", "Request Too Long"}
		} else if err != nil {
			status, err = http.StatusBadRequest, &Error{"BadRequestException", "Bad Request"}
		} else {
			err = v.Verify(r, body)
		}
		var refused *Error
		if errors.As(err, &refused) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("X-Amzn-ErrorType", refused.Type)
			w.WriteHeader(status)
			_ = json.NewEncoder(w).Encode(map[string]string{"message": refused.Message}) // on an error the client is gone
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		next.ServeHTTP(w, r)
	})
}
