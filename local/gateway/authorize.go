package gateway

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"sallyport/local/stage"
)

// maxAuthorizerResult is the largest answer of an authorizer (api-gateway.md 2.3).
const maxAuthorizerResult = 8 << 10

// functionError is an error that a function itself reported.
type functionError interface {
	error
	ErrorMessage() string
}

// authorize calls the authorizer if there is one. It returns nil if the client may connect
// (api-gateway.md 1.3, 2).
func (h *handshake) authorize() *refusal {
	if h.config.Authorizer == nil {
		return nil
	}
	if name := h.missingSource(); name != "" {
		return unauthorized("the identity source " + name + " is missing or empty, so the authorizer was not called")
	}
	event := h.session.authorizerEvent(h.event, h.request, h.stageVariables())
	called := time.Now()
	result, err := h.calls.Await(h.config.Authorizer.Invoker, h.config.Limits.Authorizer, event)
	h.event.latency = time.Since(called)
	if err != nil {
		return authorizerFailure(err)
	}
	return h.applyPolicy(result)
}

// authorizerFailure returns the refusal for an authorizer that gave no answer. Its reason
// does not quote the error of the function, because that may contain the token.
func authorizerFailure(err error) *refusal {
	var reported functionError
	switch {
	case errors.As(err, &reported) && reported.ErrorMessage() == "Unauthorized":
		return unauthorized(`the authorizer failed with the text "Unauthorized"`)
	case errors.As(err, &reported):
		return &refusal{
			status: http.StatusInternalServerError, kind: "AuthorizerFailureException", body: `{"message":null}`,
			reason: `the authorizer failed with a text other than exactly "Unauthorized"; see its log`,
		}
	case errors.Is(err, stage.ErrTimedOut):
		return internal("the authorizer did not answer in time")
	}
	return internal(fmt.Sprintf("the authorizer could not be invoked: %v", err))
}

// applyPolicy evaluates the answer of the authorizer, and stores its context for the later
// events of the connection.
func (h *handshake) applyPolicy(result []byte) *refusal {
	answer, ok := parse(result)
	policy, arn := answer.field("policyDocument"), h.request.methodARN
	switch {
	case !ok || !answer.is('{'):
		return misconfigured("its answer is not a JSON object")
	case len(result) > maxAuthorizerResult:
		return misconfigured(fmt.Sprintf("its answer has %d bytes, more than %d", len(result), maxAuthorizerResult))
	case policy.missing():
		return misconfigured("its answer has no policyDocument")
	}
	context, err := authorizerContext(answer)
	if err != nil {
		return misconfigured(err.Error())
	}
	verdict, err := evaluate(policy, arn)
	switch {
	case err != nil:
		return misconfigured(err.Error())
	case verdict == denied:
		return forbidden(" with an explicit deny", "the authorizer's policy denies "+arn)
	case verdict == noMatch:
		return forbidden("", "the authorizer's policy does not allow "+action+" on "+arn+"; it names "+resourcesOf(policy))
	}
	h.session.authorizer = context
	return nil
}

// authorizerContext returns requestContext.authorizer of the later events: the members of
// the context as strings, then principalId (api-gateway.md 2.4).
func authorizerContext(answer value) ([]byte, error) {
	context, principal := answer.field("context"), answer.field("principalId")
	if !context.missing() && !context.is('{') {
		return nil, errors.New("its context is not an object")
	}
	if !principal.missing() && !principal.is('"') {
		return nil, errors.New("its principalId is not a string")
	}
	var fields singleValues
	for name, v := range context.all() {
		if v.missing() || v.is('{') || v.is('[') {
			return nil, fmt.Errorf("the value of %q in its context is neither string, number nor boolean", name)
		}
		fields = append(fields, field{name, []string{v.text()}})
	}
	if !principal.missing() {
		fields = append(fields, field{"principalId", []string{principal.text()}})
	}
	return encode(fields), nil
}

func unauthorized(reason string) *refusal {
	return &refusal{http.StatusUnauthorized, "UnauthorizedException", messageBody("Unauthorized"), reason}
}

func internal(reason string) *refusal {
	return &refusal{http.StatusInternalServerError, "InternalServerErrorException", messageBody("Internal server error"), reason}
}

// misconfigured returns the refusal for an authorizer whose answer is unusable.
func misconfigured(reason string) *refusal {
	return &refusal{http.StatusInternalServerError, "AuthorizerConfigurationException", `{"message":null}`, "the authorizer's answer is unusable: " + reason}
}

// forbidden returns the refusal for a policy. The name Message in its body has a capital
// letter.
func forbidden(detail, reason string) *refusal {
	return &refusal{http.StatusForbidden, "AccessDeniedException", `{"Message":"User is not authorized to access this resource` + detail + `"}`, reason}
}
