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
	maxRequest = 6 << 20 // Lambda's limit of an event that is waited for
	maxAsync   = 1 << 20 // and of one that is not
)

type api struct {
	functions map[string]*Function // by name, ARN and partial ARN
}

// apiError is an error as Lambda's API answers it.
type apiError struct {
	status        int
	code, message string
}

// NewAPI returns a handler for Lambda's Invoke API,
// POST /2015-03-31/functions/{name or ARN}/invocations, which the AWS CLI and
// SDKs use when given its address as endpoint. Signatures are not looked at;
// requests of web pages are refused.
func NewAPI(functions ...*Function) http.Handler {
	a := &api{functions: make(map[string]*Function)}
	for _, f := range functions {
		a.functions[f.cfg.Name] = f
		a.functions[f.cfg.ARN] = f
		if parts := strings.SplitN(f.cfg.ARN, ":", 5); len(parts) == 5 {
			a.functions[parts[4]] = f // account:function:name
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /2015-03-31/functions/{name}/invocations", func(w http.ResponseWriter, r *http.Request) {
		if failure := a.serveInvoke(w, r); failure != nil {
			failure.write(w)
		}
	})
	return mux
}

func (a *api) serveInvoke(w http.ResponseWriter, r *http.Request) *apiError {
	if r.Header.Get("Origin") != "" {
		// Nothing is signed here, so any page that the user looks at could
		// invoke functions. Browsers send Origin with every POST.
		return &apiError{http.StatusForbidden, "AccessDeniedException", "Web pages may not invoke functions"}
	}
	f, failure := a.find(r)
	if failure != nil {
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
			out.log = "" // only somebody else wanted it
		}
		writeOutcome(w, out)
	}
	return nil
}

// find looks a function up by what the request calls it.
func (a *api) find(r *http.Request) (*Function, *apiError) {
	name, qualifier := r.PathValue("name"), r.URL.Query().Get("Qualifier")
	f := a.functions[name]
	if i := strings.LastIndex(name, ":"); f == nil && i >= 0 && qualifier == "" {
		f, qualifier = a.functions[name[:i]], name[i+1:]
	}
	if f == nil || qualifier != "" && qualifier != "$LATEST" {
		return nil, &apiError{http.StatusNotFound, "ResourceNotFoundException", "Function not found: " + name}
	}
	return f, nil
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
		_ = json.NewEncoder(w).Encode(out.failure) // nobody to tell if the caller is gone
		return
	}
	_, _ = w.Write(out.payload)
}

func unavailable(err error) *apiError {
	return &apiError{http.StatusInternalServerError, "ServiceException", err.Error()}
}

func (e *apiError) write(w http.ResponseWriter) {
	who, key := "User", "message"
	switch e.code {
	case "ServiceException":
		who, key = "Service", "Message"
	case "ResourceNotFoundException":
		key = "Message" // so spelled by this one only
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Amzn-ErrorType", e.code)
	w.WriteHeader(e.status)
	_ = json.NewEncoder(w).Encode(map[string]string{"Type": who, key: e.message})
}
