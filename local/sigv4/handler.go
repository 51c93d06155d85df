package sigv4

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
)

// Handler returns a handler that lets only signed requests through to next.
// Others get 403 with AWS's words. A body of more than limit bytes is 413: what
// cannot be read cannot be verified.
func (v *Verifier) Handler(limit int64, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
		status := http.StatusForbidden
		var long *http.MaxBytesError
		switch {
		case errors.As(err, &long):
			status = http.StatusRequestEntityTooLarge
			err = &Error{"RequestEntityTooLargeException", "Request Too Long"}
		case err != nil:
			status = http.StatusBadRequest
			err = &Error{"BadRequestException", "Bad Request"}
		default:
			err = v.Verify(r, body)
		}
		var refused *Error
		if errors.As(err, &refused) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("X-Amzn-ErrorType", refused.Type)
			w.WriteHeader(status)
			_ = json.NewEncoder(w).Encode(map[string]string{"message": refused.Message}) // nobody to tell if the caller is gone
			return
		}
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		next.ServeHTTP(w, r)
	})
}
