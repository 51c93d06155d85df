package function

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

const (
	maxRequest = 6 << 20 // Lambda's limit for a synchronous event, in bytes
	maxAsync   = 1 << 20 // Lambda's limit for an asynchronous event, in bytes
)

// apiError is an error response of Lambda's API.
type apiError struct {
	status        int
	code, message string
}

// NewAPI returns a handler for Lambda's Invoke API,
// POST /2015-03-31/functions/{name or ARN}/invocations. The AWS CLI and the SDKs use it
// when its address is their endpoint. It does not check signatures. It refuses requests of
// web pages.
func NewAPI(f *Function) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /2015-03-31/functions/{name}/invocations", func(w http.ResponseWriter, r *http.Request) {
		if failure := f.serveInvoke(w, r); failure != nil {
			failure.write(w)
		}
	})
	return mux
}

func (f *Function) serveInvoke(w http.ResponseWriter, r *http.Request) *apiError {
	if r.Header.Get("Origin") != "" {
		// Without signatures, any page that the user visits could invoke functions.
		// Browsers send Origin with every POST.
		return &apiError{http.StatusForbidden, "AccessDeniedException", "Web pages may not invoke functions"}
	}
	if failure := f.checkName(r); failure != nil {
		return failure
	}
	kind := r.Header.Get("X-Amz-Invocation-Type")
	inv, failure := readInvocation(w, r, kind)
	if failure != nil {
		return failure
	}
	w.Header().Set("X-Amzn-RequestId", inv.id)
	w.Header().Set("X-Amz-Executed-Version", "$LATEST")
	switch kind {
	case "DryRun":
		w.WriteHeader(http.StatusNoContent)
	case "Event":
		if err := f.start(inv); err != nil {
			return unavailable(err)
		}
		w.WriteHeader(http.StatusAccepted)
	default:
		out, err := f.run(r.Context(), inv)
		if err != nil {
			return unavailable(err)
		}
		if !inv.tail {
			out.log = "" // the observer requested it
		}
		writeOutcome(w, out)
	}
	return nil
}

// checkName returns an error unless the path and the query name the function by its name, ARN
// or partial ARN. They may have the alias of the ARN, but no version.
func (f *Function) checkName(r *http.Request) *apiError {
	name, qualifier := r.PathValue("name"), r.URL.Query().Get("Qualifier")
	if short, ok := strings.CutSuffix(name, ":$LATEST"); ok && qualifier == "" {
		name = short
	}
	_, full, _ := strings.Cut(f.cfg.ARN, ":function:") // name, or name:alias
	_, alias, _ := strings.Cut(full, ":")
	known := name == f.cfg.Name || name == full || name == f.cfg.ARN
	if parts := strings.SplitN(f.cfg.ARN, ":", 5); len(parts) == 5 {
		known = known || name == parts[4] // account:function:name
	}
	if !known || qualifier != "" && qualifier != "$LATEST" && qualifier != alias {
		return &apiError{http.StatusNotFound, "ResourceNotFoundException", "Function not found: " + r.PathValue("name")}
	}
	return nil
}

func readInvocation(w http.ResponseWriter, r *http.Request, kind string) (*invocation, *apiError) {
	limit := int64(maxRequest)
	switch kind {
	case "", "RequestResponse", "DryRun":
	case "Event":
		limit = maxAsync
	default:
		return nil, &apiError{
			http.StatusBadRequest, "InvalidParameterValueException",
			"Unsupported invocation type: " + kind,
		}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
		return nil, &apiError{
			http.StatusRequestEntityTooLarge, "RequestEntityTooLargeException",
			fmt.Sprintf("Request must be smaller than %d bytes for the InvokeFunction operation", limit),
		}
	}
	inv := newInvocation(body)
	var event json.RawMessage
	if err == nil {
		err = json.Unmarshal(inv.payload, &event)
	}
	if err != nil {
		return nil, &apiError{
			http.StatusBadRequest, "InvalidRequestContentException",
			"Could not parse request body into json: " + err.Error(),
		}
	}
	inv.tail = r.Header.Get("X-Amz-Log-Type") == "Tail"
	return inv, nil
}

func writeOutcome(w http.ResponseWriter, out outcome) {
	w.Header().Set("Content-Type", "application/json")
	if out.log != "" {
		w.Header().Set("X-Amz-Log-Result", base64.StdEncoding.EncodeToString([]byte(out.log)))
	}
	if out.failure != nil {
		w.Header().Set("X-Amz-Function-Error", "Unhandled")
		_ = json.NewEncoder(w).Encode(out.failure) // an error means that the caller has gone
		return
	}
	_, _ = w.Write(out.payload)
}

func unavailable(err error) *apiError {
	return &apiError{http.StatusInternalServerError, "ServiceException", err.Error()}
}

func (e *apiError) write(w http.ResponseWriter) {
	origin, key := "User", "message"
	switch e.code {
	case "ServiceException":
		origin, key = "Service", "Message"
	case "ResourceNotFoundException":
		key = "Message" // no other error of the user has a capital letter
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Amzn-ErrorType", e.code)
	w.WriteHeader(e.status)
	_ = json.NewEncoder(w).Encode(map[string]string{"Type": origin, key: e.message})
}
