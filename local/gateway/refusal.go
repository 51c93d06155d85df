package gateway

import (
	"net/http"
	"strconv"

	"github.com/google/uuid"

	"sallyport/local/stage"
)

// refusal is an HTTP response of the gateway that refuses a request.
type refusal struct {
	status int
	kind   string // the x-amzn-ErrorType; empty: none
	body   string
	reason string // for the log: without headers, query strings, tokens and messages
}

// messageBody returns a body with a message, as most refusals have.
func messageBody(text string) string {
	return `{"message":` + string(encode(text)) + "}"
}

// write sends r to the client.
func (r refusal) write(w http.ResponseWriter) {
	header := awsHeader(w)
	if r.kind != "" {
		header["x-amzn-ErrorType"] = []string{r.kind}
	}
	header["Content-Type"] = []string{"application/json"}
	if r.status == http.StatusUpgradeRequired {
		header["Connection"] = []string{"upgrade"}
		header["Upgrade"] = []string{"websocket"}
	}
	writeBody(w, r.status, r.body)
}

// awsHeader sets the headers that every response has, and returns the headers of w. It does
// not use Header.Set, because the names must have the case of AWS (api-gateway.md 1.3, 7.2).
func awsHeader(w http.ResponseWriter) http.Header {
	header := w.Header()
	header["Connection"] = []string{"keep-alive"}
	header["x-amzn-RequestId"] = []string{uuid.NewString()}
	header["x-amz-apigw-id"] = []string{stage.NewID()}
	return header
}

// writeBody sends a response. It ignores errors: they mean that the client is gone.
func writeBody(w http.ResponseWriter, status int, body string) {
	if status != http.StatusNoContent && status != http.StatusNotModified {
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	}
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body)) //nolint:gosec // JSON, and declared as such
}

// upgradeRequired returns the refusal of a request that is not a WebSocket handshake.
func upgradeRequired(reason string) *refusal {
	return &refusal{http.StatusUpgradeRequired, "BadRequestException", messageBody("Upgrade Required"), reason}
}

// unknownPath returns the refusal of a path that the API does not have.
func unknownPath(reason string) *refusal {
	return &refusal{http.StatusForbidden, "ForbiddenException", messageBody("Forbidden"), reason}
}

// refuse sends and logs the refusal of a request that is not a handshake.
func (g *Gateway) refuse(w http.ResponseWriter, r *http.Request, refused *refusal, message string) {
	g.config.Log.Warn().Int("status", refused.status).Str("method", r.Method).Str("reason", refused.reason).Msg(message)
	refused.write(w)
}
