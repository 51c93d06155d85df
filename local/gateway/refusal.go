package gateway

import (
	"net/http"
	"strconv"

	"github.com/google/uuid"
)

// refusal is an HTTP answer other than what the caller asked for, with what
// API Gateway says to the caller and what the log says to the developer.
type refusal struct {
	status int
	kind   string // the x-amzn-ErrorType; empty: none
	body   string
	reason string // for the log: no header, query string, token or message
}

// messageBody returns the body of most refusals.
func messageBody(text string) string {
	return `{"message":"` + text + `"}`
}

// write answers with r.
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

// awsHeader sets the headers of every HTTP answer and returns all of them.
// Their names are spelt as AWS does (api-gateway.md 1.3, 7.2), which is why they
// go past Header.Set.
func awsHeader(w http.ResponseWriter) http.Header {
	header := w.Header()
	header["Connection"] = []string{"keep-alive"}
	header["x-amzn-RequestId"] = []string{uuid.NewString()}
	header["x-amz-apigw-id"] = []string{newID()}
	return header
}

// writeBody ends an answer. The caller may be gone: nobody is left to tell.
func writeBody(w http.ResponseWriter, status int, body string) {
	if status != http.StatusNoContent && status != http.StatusNotModified {
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	}
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body)) //nolint:gosec // JSON, and declared as such
}

// upgradeRequired is the refusal of a request that is not a WebSocket handshake.
func upgradeRequired(reason string) refusal {
	return refusal{http.StatusUpgradeRequired, "BadRequestException", messageBody("Upgrade Required"), reason}
}

// refusePath refuses a path that is not an address of the API.
func (g *Gateway) refusePath(w http.ResponseWriter, r *http.Request, reason string) {
	g.refuseRequest(w, r, refusal{http.StatusForbidden, "ForbiddenException", messageBody("Forbidden"), reason})
}

// refuseRequest refuses a request that is neither a handshake nor a management
// call.
func (g *Gateway) refuseRequest(w http.ResponseWriter, r *http.Request, refused refusal) {
	g.config.Log.Warn().Int("status", refused.status).Str("method", r.Method).Str("reason", refused.reason).Msg("request refused")
	refused.write(w)
}
