package setting

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"reflect"
	"strings"
	"testing"
)

func TestRefuse(t *testing.T) {
	var s Stack
	other := "x"
	for name, test := range map[string]struct {
		err  error
		want string
	}{
		"text":    {s.Refuse(&s.ClientID, "a", "empty when issuer is empty", Empty), `setting clientId is "a": must be empty when issuer is empty (pulumi config set clientId "")`},
		"boolean": {s.Refuse(&s.Metrics, "false", "true", "true"), `setting metrics is "false": must be true (pulumi config set metrics true)`},
		"list":    {s.Refuse(&s.SignInOrigins, "a", "empty", Empty), `setting signInOrigins is "a": must be empty (pulumi config rm signInOrigins)`},
		"item":    {s.Refuse(&s.SignInOrigins, "", "an origin", "https://a.example"), `setting signInOrigins is "": must be an origin (pulumi config set --path 'signInOrigins[0]' https://a.example)`},
		"fewer":   {s.Refuse(&s.AllowedOrigins, "a", "shorter", Fewer), `setting allowedOrigins is "a": must be shorter (pulumi config rm --path 'allowedOrigins[0]')`},
		"other":   {s.Refuse(&other, "a", "empty", Empty), `field *string of value "a" belongs to no setting`},
	} {
		if test.err.Error() != test.want {
			t.Errorf("%s: got %s, want %s", name, test.err, test.want)
		}
	}
}

// A caller that sets fields gets the name of the field, its value and an assignment.
func TestInCode(t *testing.T) {
	var s Stack
	other := errors.New("there is no network")
	for name, test := range map[string]struct {
		err  error
		want string
	}{
		"text":    {s.Refuse(&s.ClientID, "a", "empty when issuer is empty: the stack creates it", Empty), `Settings.ClientID is "a": must be empty when Issuer is empty: the stack creates it (Settings.ClientID = "")`},
		"missing": {s.Refuse(&s.ClientID, "", "the id of the client at the issuer x", ""), `Settings.ClientID is "": must be the id of the client at the issuer x (Settings.ClientID = "VALUE")`},
		"choice":  {s.Refuse(&s.OverCap, "both", "one of oldest, newest", ""), `Settings.OverCap is "both": must be one of oldest, newest (Settings.OverCap = "oldest")`},
		"number":  {s.Refuse(&s.Memory, "0", "a whole number", ""), `Settings.Memory is 0: must be a whole number (Settings.Memory = 256)`},
		"boolean": {s.Refuse(&s.Metrics, "false", "true when alarmEmail is set", "true"), `Settings.Metrics is false: must be true when AlarmEmail is set (Settings.Metrics = true)`},
		"setting": {s.Refuse(&s.SecondIssuer, "a", "an issuer that differs from the setting issuer", ""), `Settings.SecondIssuer is "a": must be an issuer that differs from the field Issuer (Settings.SecondIssuer = "VALUE")`},
		"list":    {s.Refuse(&s.SignInOrigins, "a", "empty", Empty), `Settings.SignInOrigins is "a": must be empty (Settings.SignInOrigins = nil)`},
		"item":    {s.Refuse(&s.SignInOrigins, "", "an origin", "https://a.example"), `Settings.SignInOrigins is "": must be an origin (Settings.SignInOrigins = []string{"https://a.example"})`},
		"fewer":   {s.Refuse(&s.AllowedOrigins, "a", "shorter", Fewer), `Settings.AllowedOrigins is "a": must be shorter (Settings.AllowedOrigins = Settings.AllowedOrigins[1:])`},
		"object":  {s.Refuse(&s.Tags, "Stack", "another name", ""), `Settings.Tags is "Stack": must be another name (Settings.Tags = map[string]string{"NAME": "VALUE"})`},
		"secret":  {s.Refuse(&s.OriginSecrets, "hidden", "32 characters", ""), `Settings.OriginSecrets has a wrong value, which is not shown: must be 32 characters (Settings.OriginSecrets = []string{"VALUE"})`},
		"other":   {other, "there is no network"},
		"joined":  {errors.Join(other, errors.Join(s.Refuse(&s.Memory, "1", "more", ""))), "there is no network\nSettings.Memory is 1: must be more (Settings.Memory = 256)"},
	} {
		if got := InCode(test.err).Error(); got != test.want {
			t.Errorf("%s: got %s, want %s", name, got, test.want)
		}
	}
	if err := InCode(nil); err != nil {
		t.Errorf("without an error: got %v", err)
	}
}

// The remedy of each setting is a Go statement that assigns a value of the type of the field.
func TestEveryAssignment(t *testing.T) {
	var s Stack
	for _, d := range all(&s) {
		for _, good := range []string{"", Empty, Fewer} {
			if good == Empty && d.Type != "string" && d.Type != "array" || good == Fewer && d.Type != "array" {
				continue
			}
			_, assignment, found := strings.Cut(InCode(s.Refuse(d.field, "", "x", good)).Error(), "(Settings.")
			field, value, _ := strings.Cut(strings.TrimSuffix(assignment, ")"), " = ")
			f := reflect.ValueOf(&s).Elem().FieldByName(field)
			if !found || !f.IsValid() || f.Addr().Interface() != d.field {
				t.Errorf("%s: got the assignment %q, want one of its field", d.Name, assignment)
				continue
			}
			expression, err := parser.ParseExpr(value)
			if err != nil {
				t.Errorf("%s: got %s: %v", d.Name, value, err)
				continue
			}
			if kind := f.Kind(); !assignable(expression, kind) {
				t.Errorf("%s: got the value %s, want one of kind %v", d.Name, value, kind)
			}
		}
	}
}

// assignable reports whether the type of an expression has the kind.
func assignable(e ast.Expr, kind reflect.Kind) bool {
	switch e := e.(type) {
	case *ast.BasicLit:
		return strings.EqualFold(e.Kind.String(), kind.String())
	case *ast.Ident:
		return e.Name == "nil" && kind == reflect.Slice || kind == reflect.Bool
	case *ast.CompositeLit:
		_, isMap := e.Type.(*ast.MapType)
		return isMap && kind == reflect.Map || !isMap && kind == reflect.Slice
	case *ast.SliceExpr:
		return kind == reflect.Slice
	}
	return false
}

// The error for a wrong value of any setting names the field and no command.
func TestEveryReadErrorInCode(t *testing.T) {
	for _, d := range all(new(Stack)) {
		wrong := "\x00"
		if _, err := read(map[string]string{d.Name: wrong}); err != nil {
			if got := fmt.Sprint(InCode(err)); !strings.HasPrefix(got, "Settings.") || strings.Contains(got, "pulumi") {
				t.Errorf("%s: got %s, want the field and no command", d.Name, got)
			}
		}
	}
}
