package route

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"sallyport/lambda/errcode"
)

// Table has the routes, events and error codes of an app. It is immutable.
type Table struct {
	routes []Route
	events []EventInfo
	errors []ErrorCode
}

// Declaration is a Route, an EventType or an ErrorCode.
type Declaration interface{ declare(t *Table) }

func (r Route) declare(t *Table)        { t.routes = append(t.routes, r) }
func (e EventType[T]) declare(t *Table) { t.events = append(t.events, e.info) }
func (e ErrorCode) declare(t *Table)    { t.errors = append(t.errors, e) }

// NewTable returns the table of an app's declarations. Its error names every
// declaration that cannot be deployed, with the remedy.
func NewTable(declarations ...Declaration) (Table, error) {
	var t Table
	for _, d := range declarations {
		d.declare(&t)
	}
	if err := errors.Join(t.checkRoutes(), t.checkTypes(), t.checkErrors()); err != nil {
		return Table{}, err
	}
	return t, nil
}

// Routes returns the routes of the app in the order of their declaration.
func (t Table) Routes() []Route { return slices.Clone(t.routes) }

// Route returns the route of the app with a key. It returns false if there is none.
func (t Table) Route(key string) (Route, bool) {
	i := slices.IndexFunc(t.routes, func(r Route) bool { return r.Key == key })
	if i < 0 {
		return Route{}, false
	}
	return t.routes[i], true
}

// All returns the built-in routes and those of the app.
func (t Table) All() []Route { return slices.Concat(BuiltIn(), t.routes) }

// Events returns the types of pushed messages.
func (t Table) Events() []EventInfo { return slices.Clone(t.events) }

// Errors returns the error codes of the app.
func (t Table) Errors() []ErrorCode { return slices.Clone(t.errors) }

// maxName is the length of the longest name: names are parts of the names of resources
// and values of a metric's dimension.
const maxName = 64

// reservedKeys are route keys that the stack uses for something else: as the name of a
// resource, or as the value of the metrics' dimension.
func reservedKeys() []string {
	return []string{Refresh, "authorizer", "connect", "default", "disconnect", "function", "http", "message", "push", "stage", "sweep", "unknown"}
}

// reservedTypes are the types of the handler's messages and of the HTTP API's answers.
func reservedTypes() []string {
	return []string{"error", "closing", TypeRefreshed, "ticket", "disconnected", "session"}
}

// maxRoutes is the largest number of routes that call the function. Each one needs a
// statement of about 400 bytes of the function's policy, which may have 20 KB in all
// (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html). The
// authorizer, the built-in routes, the HTTP API and the sweep need about ten statements.
// Package infra checks the size with the names of a stack.
const maxRoutes = 40

func (t Table) checkRoutes() error {
	var errs []error
	calling := 0
	seen := map[string]bool{}
	for _, r := range t.routes {
		problem := ""
		switch {
		case seen[r.Key]:
			problem = "is declared twice: give one of the declarations another name"
		case r.Kind == KindDefault && r.Key == DefaultKey:
		case strings.HasPrefix(r.Key, "$"):
			problem = "begins with $: such names belong to API Gateway, choose another one"
		case slices.Contains(reservedKeys(), r.Key):
			problem = "has a reserved name: choose one that is not " + strings.Join(reservedKeys(), ", ")
		case !isName(r.Key):
			problem = nameRule
		}
		seen[r.Key] = true
		if r.Kind != KindMock {
			calling++
		}
		if problem == "" && r.Kind != KindMock && r.handle == nil {
			problem = "has no handler: declare it by Reply, Accept, Mock or Default"
		}
		if problem == "" {
			problem = checkIn(r.In)
		}
		if problem != "" {
			errs = append(errs, fmt.Errorf("route %q %s", r.Key, problem))
		}
	}
	if calling > maxRoutes {
		errs = append(errs, fmt.Errorf("the app has %d routes that call the function: at most %d fit its policy, so let messages share a route and differ in a field", calling, maxRoutes))
	}
	return errors.Join(errs...)
}

// checkIn returns the problem of the type of a route's messages, or "" for a valid
// type.
func checkIn(in reflect.Type) string {
	switch {
	case in == nil:
		return ""
	case in.Kind() != reflect.Struct:
		return fmt.Sprintf("has messages of the type %s: want a struct, because a message is a JSON object", in)
	case slices.Contains(Fields(in), action):
		return fmt.Sprintf("has messages of the type %s, which has a field %q: rename the field, because that member selects the route", in, action)
	}
	return ""
}

// checkTypes returns an error for message types that a client could not distinguish.
func (t Table) checkTypes() error {
	var errs []error
	used := map[string]string{} // the declaration of each type
	check := func(declaration, typ string) {
		switch {
		case !isName(typ):
			errs = append(errs, fmt.Errorf("%s: the message type %q %s", declaration, typ, nameRule))
		case slices.Contains(reservedTypes(), typ):
			errs = append(errs, fmt.Errorf("%s: the message type %q is reserved: choose one that is not %s", declaration, typ, strings.Join(reservedTypes(), ", ")))
		case used[typ] != "":
			errs = append(errs, fmt.Errorf("%s: the message type %q already belongs to %s: choose another one", declaration, typ, used[typ]))
		}
		used[typ] = declaration
	}
	for _, r := range t.routes {
		if r.Answer != "" && isName(r.Key) || r.Kind == KindDefault || r.Kind == KindMock {
			check(fmt.Sprintf("route %q", r.Key), r.Answer)
		}
	}
	for _, e := range t.events {
		check(fmt.Sprintf("event %q", e.Type), e.Type)
	}
	return errors.Join(errs...)
}

func (t Table) checkErrors() error {
	var errs []error
	seen := map[errcode.Code]bool{}
	for _, e := range t.errors {
		c := e.Entry.Code
		switch {
		case seen[c]:
			errs = append(errs, fmt.Errorf("error code %q is declared twice: give one of the declarations another name", c))
		case errcode.Of(c).Meaning != "":
			errs = append(errs, fmt.Errorf("error code %q is one of the handler's codes: choose another name", c))
		case !isName(string(c)):
			errs = append(errs, fmt.Errorf("error code %q %s", c, nameRule))
		case e.Entry.Meaning == "" || e.Entry.Remedy == "":
			errs = append(errs, fmt.Errorf("error code %q has no message or no remedy: write one sentence for each", c))
		}
		seen[c] = true
	}
	return errors.Join(errs...)
}

// nameRule completes an error about a name.
const nameRule = "is not a name: want a lower-case letter, then letters, digits, - and _, 64 characters at most"

// isName reports whether API Gateway, CloudWatch and Pulumi all accept a name. (A
// regular expression would be compiled at each cold start.)
func isName(name string) bool {
	const lower = "abcdefghijklmnopqrstuvwxyz"
	const all = lower + "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
	return name != "" && len(name) <= maxName && strings.Contains(lower, name[:1]) && strings.Trim(name, all) == ""
}
