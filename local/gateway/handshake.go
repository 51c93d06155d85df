package gateway

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"sallyport/local/stage"
)

// handshake is the attempt of a client to connect. It ends with an open connection or a
// refusal (api-gateway.md 1).
type handshake struct {
	*Gateway
	http    *http.Request
	request request
	session session
	event   eventDetails
}

// maxURL is the length of the longest URL (api-gateway.md 1.1).
const maxURL = 4096

// handshake answers a handshake after $connect has answered. The gateway reads the
// messages of the client only after that (api-gateway.md 1.2).
func (g *Gateway) handshake(w http.ResponseWriter, r *http.Request) {
	now := time.Now()
	h := &handshake{Gateway: g, http: r}
	h.event = eventDetails{routeKey: routeConnect, eventType: eventConnect, requestID: stage.NewID(), at: now}
	h.session = session{
		apiID: g.config.APIID, stage: g.config.Stage, connectionID: stage.NewID(), connectedAt: now,
		host: r.Host, sourceIP: stage.SourceIP(r), userAgent: r.UserAgent(),
	}
	refused := h.admit(now)
	if refused == nil {
		h.request = request{
			methodARN: fmt.Sprintf("arn:aws:execute-api:%s:%s:%s/%s/%s", g.config.Region, g.config.AccountID, g.config.APIID, g.config.Stage, routeConnect),
			headers:   readHeaders(r, now),
			query:     readQuery(r.URL.RawQuery),
		}
		refused = h.authorize()
	}
	var subprotocol string
	if refused == nil {
		subprotocol, refused = h.connect()
	}
	if refused != nil {
		h.refuse(w, refused)
		return
	}
	h.open(w, subprotocol)
}

// admit performs the checks that call no function.
func (h *handshake) admit(now time.Time) *refusal {
	var bucket *stage.Bucket
	if r, ok := h.routes[routeConnect]; ok {
		bucket = r.bucket
	}
	status, reason := checkUpgrade(h.http)
	length := len("wss://") + len(h.http.Host) + len(h.http.RequestURI)
	switch {
	case status == http.StatusUpgradeRequired:
		return upgradeRequired(reason)
	case status != 0:
		return &refusal{status, "BadRequestException", messageBody("Bad Request"), reason}
	case length > maxURL:
		return &refusal{http.StatusRequestURITooLong, "BadRequestException", messageBody("Request URI Too Long"), fmt.Sprintf("the URL has %d characters, more than %d", length, maxURL)}
	case !h.account.Take(now), !h.connects.Take(now), !bucket.Take(now):
		return &refusal{http.StatusTooManyRequests, "TooManyRequestsException", messageBody(textThrottled), "throttled: more connects than the stage, the route or the account allows"}
	}
	return nil
}

// connect runs the $connect route if there is one. It returns the subprotocol that the
// function has chosen.
func (h *handshake) connect() (subprotocol string, _ *refusal) {
	r, ok := h.routes[routeConnect]
	if !ok || r.Integration.Invoker == nil {
		return "", nil
	}
	event := h.session.connectEvent(h.event, h.request, h.stageVariables())
	result, err := h.calls.Await(r.Integration.Invoker, r.Integration.Timeout, event)
	if err != nil {
		return "", h.connectFailure(err)
	}
	answer, err := parseProxyResponse(result)
	if err != nil {
		return "", h.connectRefusal(http.StatusBadGateway, textInternal, "$connect: "+err.Error())
	}
	if answer.status/100 != 2 {
		refused := h.connectRefusal(answer.status, http.StatusText(answer.status), fmt.Sprintf("$connect answered with the status %d", answer.status))
		refused.kind = "" // the status of the function is not an error of the gateway
		return "", refused
	}
	subprotocol = answer.header("Sec-WebSocket-Protocol")
	if strings.ContainsFunc(subprotocol, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == ',' }) {
		return "", h.connectRefusal(http.StatusBadGateway, textInternal, "$connect: the header Sec-WebSocket-Protocol of its answer is not a single protocol")
	}
	return subprotocol, nil
}

// connectFailure returns the refusal for a $connect that gave no answer.
func (h *handshake) connectFailure(err error) *refusal {
	var reported functionError
	switch {
	case errors.Is(err, stage.ErrTimedOut):
		return h.connectRefusal(http.StatusGatewayTimeout, textTimedOut, "$connect did not answer in time")
	case errors.As(err, &reported):
		return h.connectRefusal(http.StatusBadGateway, textInternal, "$connect failed; see the function's log")
	}
	return internal(fmt.Sprintf("$connect could not be invoked: %v", err))
}

// connectRefusal returns a refusal by $connect, which has the form of an error frame.
func (h *handshake) connectRefusal(status int, message, reason string) *refusal {
	return &refusal{status, "InternalServerErrorException", string(errorFrame(message, h.session.connectionID, h.event.requestID)), reason}
}

func (h *handshake) refuse(w http.ResponseWriter, r *refusal) {
	h.config.Log.Warn().Int("status", r.status).
		Str("connectionId", h.session.connectionID).Str("requestId", h.event.requestID).
		Str("reason", r.reason).Msg("handshake refused")
	r.write(w)
}

// open upgrades the connection and serves it in a goroutine.
func (h *handshake) open(w http.ResponseWriter, subprotocol string) {
	ws, network, err := h.upgrade(w, subprotocol)
	if err != nil { // the client is gone, but $connect has run
		h.config.Log.Warn().Str("connectionId", h.session.connectionID).Err(err).Msg("client lost during its handshake")
		h.disconnect(&h.session, lost)
		return
	}
	c := newConn(h.Gateway, h.session, ws, network)
	h.config.Log.Info().Str("connectionId", c.connectionID).Str("requestId", h.event.requestID).Msg("connected")
	h.calls.Go(c.serve)
}

// stageVariables returns the variables of the stage, sorted by name.
func (g *Gateway) stageVariables() []field {
	var fields []field
	for _, name := range slices.Sorted(maps.Keys(g.config.StageVariables)) {
		fields = append(fields, field{name, []string{g.config.StageVariables[name]}})
	}
	return fields
}
