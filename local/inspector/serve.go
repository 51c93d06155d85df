package inspector

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"time"
)

const (
	// patience is how long a page waits for the next event, after which it gets
	// what else has changed.
	patience = time.Second
	// maxAnswer is how many events one answer has.
	maxAnswer = 100
	// maxAction is how long the body of an action may be.
	maxAction = 1 << 10
)

// state is what GET /inspector/state answers.
type state struct {
	Run         int64              `json:"run"`    // another one: forget the events of the one before
	Events      []*Event           `json:"events"` // newer than asked for, in order
	More        bool               `json:"more"`   // ask again at once
	Connections []Connection       `json:"connections"`
	Armed       map[failure]string `json:"armed"` // what is to come, and for which connection
}

// action is the body of POST /inspector/actions/NAME.
type action struct {
	ConnectionID string `json:"connectionId"` // empty: any
}

// Handler serves
//
//   - GET /inspector/state: the events, connections and failures to come; with
//     ?after=ID the events after that one, as soon as there are any, or none
//     after a second;
//   - POST /inspector/actions/NAME with a JSON object that may have a
//     connectionId: idle and cut end a connection; kill ends the Lambda's
//     processes; refuse, expire, gone and slow happen once, at the next
//     occasion; disarm calls these off.
//
// Errors are JSON objects with a message.
func (i *Inspector) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /inspector/state", i.serveState)
	mux.HandleFunc("POST /inspector/actions/{name}", i.serveAction)
	mux.HandleFunc("/inspector/", func(w http.ResponseWriter, _ *http.Request) {
		refuseRequest(w, http.StatusNotFound, "There is nothing here.")
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		if i.foreign(r) {
			refuseRequest(w, http.StatusForbidden, "Only the site's own page may ask.")
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// foreign reports whether a page of another origin asks, or a page that reached
// this address by another name.
func (i *Inspector) foreign(r *http.Request) bool {
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

// awaitNews waits for an event after that one, but not for long.
func (i *Inspector) awaitNews(ctx context.Context, after int64) {
	timer := time.NewTimer(patience)
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
	o, err := readAction(w, r)
	if err != nil {
		refuseRequest(w, http.StatusBadRequest, err.Error())
		return
	}
	switch name := r.PathValue("name"); name {
	case "idle", "cut": // AWS tells them apart neither to the client nor to $disconnect
		if !i.config.Expire(o.ConnectionID) {
			refuseRequest(w, http.StatusNotFound, "The connection is gone.")
			return
		}
	case "kill":
		i.config.Kill()
	case string(refuse), string(expire):
		i.arm(failure(name), "")
	case string(gone), string(slow):
		i.arm(failure(name), o.ConnectionID)
	case "disarm":
		i.disarm()
	default:
		refuseRequest(w, http.StatusNotFound, "There is no such action.")
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

var (
	errNotJSON = errors.New("the body must be a JSON object, of type application/json")
	errTooLong = errors.New("the body is too long")
)

func readAction(w http.ResponseWriter, r *http.Request) (action, error) {
	var o action
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return o, errNotJSON // the type which a page of elsewhere may not send
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxAction))
	if err != nil {
		return o, errTooLong
	}
	if json.Unmarshal(body, &o) != nil {
		return o, errNotJSON
	}
	return o, nil
}

func refuseRequest(w http.ResponseWriter, status int, message string) {
	answer(w, status, map[string]string{"message": message})
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // nobody to tell if the page is gone
}
