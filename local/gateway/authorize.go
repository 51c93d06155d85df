package gateway

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// maxAuthorizerResult is how long an authorizer's answer may be (api-gateway.md
// 2.3).
const maxAuthorizerResult = 8 << 10

// functionError is an error that the function itself reported.
type functionError interface {
	error
	ErrorMessage() string
}

// authorize asks the authorizer, if there is one. It returns nil when the
// client may go on to $connect (api-gateway.md 1.3, 2).
func (h *handshake) authorize() *refusal {
	if h.config.Authorizer == nil {
		return nil
	}
	if name := h.missingSource(); name != "" {
		return unauthorized("the identity source " + name + " is missing or empty, so the authorizer was not called")
	}
	event := h.session.authorizerEvent(h.event, h.request, h.stageVariables())
	called := time.Now()
	result, err := h.await(Integration{Invoker: h.config.Authorizer.Invoker, Timeout: h.config.Limits.Authorizer}, event)
	h.event.latency = time.Since(called)
	if err != nil {
		return authorizerFailure(err)
	}
	return h.applyPolicy(result)
}

// authorizerFailure is the refusal for an authorizer that gave no answer. What
// the function said of itself is not logged here: a careless one quotes the
// token.
func authorizerFailure(err error) *refusal {
	var own functionError
	switch {
	case errors.As(err, &own) && own.ErrorMessage() == "Unauthorized":
		return unauthorized(`the authorizer failed with the text "Unauthorized"`)
	case errors.As(err, &own):
		return &refusal{
			status: http.StatusInternalServerError, kind: "AuthorizerFailureException", body: `{"message":null}`,
			reason: `the authorizer failed with a text other than exactly "Unauthorized"; its own log says why`,
		}
	case errors.Is(err, errTimedOut):
		return internal("the authorizer did not answer in time")
	}
	return internal(fmt.Sprintf("the authorizer could not be invoked: %v", err))
}

// applyPolicy applies the authorizer's answer and keeps what later events show of it.
func (h *handshake) applyPolicy(result []byte) *refusal {
	answer, ok := parse(result)
	switch policy := answer.field("policyDocument"); {
	case !ok || !answer.is('{'):
		return misconfigured("its answer is no JSON object")
	case len(result) > maxAuthorizerResult:
		return misconfigured(fmt.Sprintf("its answer has %d bytes, more than %d", len(result), maxAuthorizerResult))
	case policy.missing():
		return misconfigured("its answer has no policyDocument")
	}
	shown, err := shownContext(answer)
	if err != nil {
		return misconfigured(err.Error())
	}
	policy, arn := answer.field("policyDocument"), h.request.methodARN
	verdict, err := evaluate(policy, arn)
	switch {
	case err != nil:
		return misconfigured(err.Error())
	case verdict == denied:
		return forbidden("with an explicit deny", "the authorizer's policy denies "+arn)
	case verdict == noMatch:
		return forbidden("", "the authorizer's policy does not allow "+action+" on "+arn+"; it names "+resourcesOf(policy))
	}
	h.session.authorizer = shown
	return nil
}

// shownContext returns requestContext.authorizer as later events show it: the
// context with every value as a string, then principalId (api-gateway.md 2.4).
func shownContext(answer value) ([]byte, error) {
	context, principal := answer.field("context"), answer.field("principalId")
	if !context.missing() && !context.is('{') {
		return nil, errors.New("its context is no object")
	}
	if !principal.missing() && !principal.is('"') {
		return nil, errors.New("its principalId is no string")
	}
	b := []byte{'{'}
	for key, v := range context.all() {
		if !v.is('"') && !v.isNumber() && !v.isBool() {
			return nil, fmt.Errorf("the value of %s in its context is neither string, number nor boolean", key)
		}
		b = append(append(b, key...), ':')
		b = append(appendString(b, v.text()), ',')
	}
	if !principal.missing() {
		b = append(b, `"principalId":`...)
		b = append(b, principal...)
	}
	return append(bytes.TrimSuffix(b, []byte(",")), '}'), nil
}

func unauthorized(reason string) *refusal {
	return &refusal{http.StatusUnauthorized, "UnauthorizedException", messageBody("Unauthorized"), reason}
}

func internal(reason string) *refusal {
	return &refusal{http.StatusInternalServerError, "InternalServerErrorException", messageBody("Internal server error"), reason}
}

// misconfigured is the refusal for an authorizer whose answer is unusable.
func misconfigured(reason string) *refusal {
	return &refusal{http.StatusInternalServerError, "AuthorizerConfigurationException", `{"message":null}`, "the authorizer's answer is unusable: " + reason}
}

// forbidden is the refusal by policy, whose body has a capital M.
func forbidden(how, reason string) *refusal {
	text := "User is not authorized to access this resource"
	if how != "" {
		text += " " + how
	}
	return &refusal{http.StatusForbidden, "AccessDeniedException", `{"Message":"` + text + `"}`, reason}
}
