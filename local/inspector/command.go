package inspector

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"

	"sallyport/lambda/event"
)

// maxCommand is the limit for the body of a command, in bytes. It is above the longest
// message with its target, so that the function itself refuses a message that is too long.
const maxCommand = 256 << 10

// serveCommand calls the function with the body, which is a command of a backend, and returns
// the answer of the function.
func (i *Inspector) serveCommand(w http.ResponseWriter, r *http.Request) {
	body, err := readJSON(w, r, maxCommand)
	if err != nil {
		refuseRequest(w, http.StatusBadRequest, err.Error())
		return
	}
	if !isCommand(body) {
		refuseRequest(w, http.StatusBadRequest, "the body must be an event with push or disconnect as its only member")
		return
	}
	out, err := i.config.Invoke(r.Context(), body)
	if err != nil {
		refuseRequest(w, http.StatusUnprocessableEntity, hide(messageOf(err)))
		return
	}
	answer(w, http.StatusOK, map[string]any{"answer": part(out)})
}

// isCommand reports whether an event is a command of a backend. With any other event, the
// page could act as API Gateway or as the queue.
func isCommand(payload []byte) bool {
	var e event.Event
	var members map[string]json.RawMessage
	if json.Unmarshal(payload, &e) != nil || json.Unmarshal(payload, &members) != nil || len(members) != 1 {
		return false
	}
	kinds := e.Kinds()
	return len(kinds) == 1 && slices.Contains([]event.Kind{event.Push, event.Disconnect}, kinds[0])
}

// messageOf returns the message of an error of the function without its type, or the text of
// another error.
func messageOf(err error) string {
	var failure interface{ ErrorMessage() string }
	if errors.As(err, &failure) {
		return failure.ErrorMessage()
	}
	return err.Error()
}
