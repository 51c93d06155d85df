package inspector

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"time"
)

const (
	// pollTime is the longest wait for the next event.
	pollTime = time.Second
	// maxAnswer is the largest number of events in one answer.
	maxAnswer = 100
	// maxAction is the limit for the body of an action, in bytes.
	maxAction = 1 << 10
)

// state is the answer to GET /inspector/state.
type state struct {
	Run         int64              `json:"run"`    // identifies the run: the events of another run are obsolete
	Events      []*Event           `json:"events"` // after the requested one, in order
	More        bool               `json:"more"`   // there are more events
	Connections []Connection       `json:"connections"`
	Armed       map[failure]string `json:"armed"` // the connection of each injected failure; "": any
}

// action is the body of POST /inspector/actions/NAME.
type action struct {
	ConnectionID string  `json:"connectionId"` // empty: any connection
	Seconds      float64 `json:"seconds"`      // of a delay; 0: defaultDelay
}

// The default and the longest time of the action delay, in seconds.
const (
	defaultDelay = 2
	maxDelay     = 60
)

// Handler returns the handler of these requests:
//
//   - GET /inspector/state returns the events, the connections and the injected failures.
//     With ?after=ID it returns the events after that one. If there are none, it waits for
//     one, at most a second.
//   - GET /inspector/queues returns the queues, with their groups and messages.
//   - GET /inspector/counts returns the numbers of connections and users of the last ten
//     minutes.
//   - POST /inspector/commands calls the function with the command that is its body, a push or
//     a disconnect as a backend sends it, and returns the answer of the function.
//   - POST /inspector/actions/NAME has a JSON object as its body, optionally with the
//     connectionId of an open connection. The actions idle and duration close a connection
//     as the idle timeout and the two-hour limit do. The action kill kills the processes of
//     the function. The actions refuse, expire, gone, slow, lose, delay and kill-worker
//     inject a failure that happens once. The body of delay can have the member seconds. The
//     actions queue-down, table-down and gateway-down begin an outage. The action disarm
//     removes the injected failures and ends the outages.
//
// Errors are JSON objects with a message.
func (i *Inspector) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /inspector/state", i.serveState)
	mux.HandleFunc("GET /inspector/queues", i.serveQueues)
	mux.HandleFunc("GET /inspector/counts", i.serveCounts)
	mux.HandleFunc("POST /inspector/commands", i.serveCommand)
	mux.HandleFunc("POST /inspector/actions/{name}", i.serveAction)
	mux.HandleFunc("/inspector/", func(w http.ResponseWriter, _ *http.Request) {
		refuseRequest(w, http.StatusNotFound, "The inspector has no such path.")
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		if i.isForeign(r) {
			refuseRequest(w, http.StatusForbidden, "Only the site's own page may use the inspector.")
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// isForeign reports whether the Host header of the request is not the site's address,
// or the request comes from a page of another origin.
func (i *Inspector) isForeign(r *http.Request) bool {
	origin, site := r.Header.Get("Origin"), r.Header.Get("Sec-Fetch-Site")
	return r.Host != i.config.Host ||
		origin != "" && origin != "http://"+i.config.Host ||
		site != "" && site != "same-origin" && site != "none"
}

func (i *Inspector) serveState(w http.ResponseWriter, r *http.Request) {
	var after int64
	if text := r.URL.Query().Get("after"); text != "" {
		var err error
		if after, err = strconv.ParseInt(text, 10, 64); err != nil || after < 0 {
			refuseRequest(w, http.StatusBadRequest, "after must be the id of an event, or 0.")
			return
		}
		i.awaitNews(r.Context(), after)
	}
	s := state{Run: i.run, Connections: i.config.Connections(), Armed: map[failure]string{}}
	s.Events, s.More, _ = i.after(after, maxAnswer)
	i.mu.Lock()
	for f, connection := range i.armed {
		s.Armed[f] = connection
	}
	i.mu.Unlock()
	answer(w, http.StatusOK, s)
}

// awaitNews waits for an event after the one with the ID after, at most pollTime.
func (i *Inspector) awaitNews(ctx context.Context, after int64) {
	timer := time.NewTimer(pollTime)
	defer timer.Stop()
	for {
		events, _, news := i.after(after, 1)
		if len(events) > 0 {
			return
		}
		select {
		case <-news:
		case <-timer.C:
			return
		case <-ctx.Done():
			return
		}
	}
}

func (i *Inspector) serveAction(w http.ResponseWriter, r *http.Request) {
	a, err := readAction(w, r)
	if err != nil {
		refuseRequest(w, http.StatusBadRequest, err.Error())
		return
	}
	if a.ConnectionID != "" && !i.isOpen(a.ConnectionID) {
		refuseRequest(w, http.StatusNotFound, fmt.Sprintf("There is no open connection %q.", a.ConnectionID))
		return
	}
	switch name := r.PathValue("name"); name {
	case "delay":
		if a.Seconds < 0 || a.Seconds > maxDelay {
			refuseRequest(w, http.StatusBadRequest, fmt.Sprintf("seconds is %g, want a number from 0 to %d.", a.Seconds, maxDelay))
			return
		}
		i.armDelay(i.config.Scaled(time.Duration(cmp.Or(a.Seconds, defaultDelay)*float64(time.Second))), a.ConnectionID)
	case string(gatewayDown):
		i.stopGateway()
	case "idle", "duration": // on AWS, neither the client nor $disconnect can distinguish them
		if !i.config.Expire(a.ConnectionID) {
			refuseRequest(w, http.StatusNotFound, "The connection has ended.")
			return
		}
	case "kill":
		i.config.Kill()
	case string(refuse), string(expire), string(killWorker), string(queueDown), string(tableDown):
		i.arm(failure(name), "")
	case string(gone), string(slow), string(lose):
		i.arm(failure(name), a.ConnectionID)
	case "disarm":
		i.disarm()
	default:
		refuseRequest(w, http.StatusNotFound, "The inspector has no such action.")
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// readAction returns the body of an action. A body with an unknown member is refused: without
// it, the action could be for another connection than the caller means.
func readAction(w http.ResponseWriter, r *http.Request) (action, error) {
	var a action
	body, err := readJSON(w, r, maxAction)
	if err != nil {
		return a, err
	}
	in := json.NewDecoder(bytes.NewReader(body))
	in.DisallowUnknownFields()
	if err := in.Decode(&a); err != nil {
		return a, fmt.Errorf("the body must be an object with connectionId and, for delay, seconds: %w", err)
	}
	return a, nil
}

// isOpen reports whether there is a connection with this ID.
func (i *Inspector) isOpen(id string) bool {
	return slices.ContainsFunc(i.config.Connections(), func(c Connection) bool { return c.ID == id })
}

var (
	errNotJSON = errors.New("the body must be a JSON object, of type application/json")
	errTooLong = errors.New("the body is too long")
)

// readJSON returns the body of a request, at most limit bytes. The type of the body must be
// application/json. readJSON does not parse the body.
func readJSON(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return nil, errNotJSON // a page of another origin cannot send this type without a preflight
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	if err != nil {
		return nil, errTooLong
	}
	return body, nil
}

func refuseRequest(w http.ResponseWriter, status int, message string) {
	answer(w, status, map[string]string{"message": message})
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // an error means that the page has gone
}
