package setting

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"
)

// The special values of the parameter good of Refuse.
const (
	Empty = `""`   // for a setting that must be empty
	Fewer = "less" // for a list that must have fewer items
)

// Refusal is the error for a setting with a wrong value. Its text is for a user who sets the
// configuration of a stack: it ends with the command that corrects the setting.
type Refusal struct {
	setting              Setting
	field                string // the name in Stack or Function
	value, allowed, good string
}

// Refuse returns the Refusal for a setting whose value is not allowed with the values of
// other settings. field is a pointer to a field of s, such as &s.ClientID. value is the
// wrong value or the wrong part of it. allowed completes the sentence "must be". good is
// the value in the command that corrects the setting; empty: the command has the
// default, or VALUE for the user to replace.
func (s *Stack) Refuse(field any, value, allowed, good string) error {
	for _, g := range s.Groups() {
		for _, d := range g.Settings {
			if d.field == field {
				return &Refusal{d, s.name(d), value, allowed, good}
			}
		}
	}
	return fmt.Errorf("field %T of value %q belongs to no setting", field, value)
}

// name returns the name of the field of a setting.
func (s *Stack) name(d Setting) string {
	for _, v := range []reflect.Value{reflect.ValueOf(s).Elem(), reflect.ValueOf(&s.Function).Elem()} {
		for i := range v.NumField() {
			if v.Field(i).Addr().Interface() == d.field {
				return v.Type().Field(i).Name
			}
		}
	}
	return d.Name // never: TestFieldsAreBound
}

// Error implements error.
func (r *Refusal) Error() string {
	if r.setting.Secret && r.value != "" {
		return fmt.Sprintf("setting %s has a wrong value, which is not shown: must be %s (%s)", r.setting.Name, r.allowed, r.command())
	}
	return fmt.Sprintf("setting %s is %q: must be %s (%s)", r.setting.Name, r.value, r.allowed, r.command())
}

// command returns the command that sets the setting to good or, if good is empty, to
// its default or to VALUE.
func (r *Refusal) command() string {
	d, good := r.setting, r.good
	switch {
	case good == Empty && d.Type == "array":
		return "pulumi config rm " + d.Name
	case good == Fewer:
		return "pulumi config rm --path '" + d.Name + "[0]'"
	case d.Type == "array" && d.Secret:
		return "pulumi config set --path --secret '" + d.Name + "[0]' VALUE"
	case d.Type == "array":
		return "pulumi config set --path '" + d.Name + "[0]' " + cmp.Or(good, "VALUE")
	case d.Type == "object":
		return "pulumi config set --path " + d.Name + ".NAME VALUE"
	case good == "" && strings.Contains(d.Default, " "):
		good = strconv.Quote(d.Default)
	}
	return "pulumi config set " + d.Name + " " + cmp.Or(good, d.Default, "VALUE")
}

// InCode returns err with its Refusals for a caller that sets the fields of a Stack: they name
// the field, and end with the assignment that corrects it. Other errors do not change.
func InCode(err error) error {
	var r *Refusal
	switch e := err.(type) { //nolint:errorlint // the function looks into the joined errors by itself
	case interface{ Unwrap() []error }:
		var all []error
		for _, one := range e.Unwrap() {
			all = append(all, InCode(one))
		}
		return errors.Join(all...)
	case *Refusal:
		r = e
	default:
		return err
	}
	allowed := fieldNames(r.allowed)
	if r.setting.Secret && r.value != "" {
		return fmt.Errorf("Settings.%s has a wrong value, which is not shown: must be %s (%s)", r.field, allowed, r.assignment()) //nolint:staticcheck // the name of a field
	}
	value := strconv.Quote(r.value)
	if r.setting.Type == "integer" || r.setting.Type == "boolean" {
		value = r.value
	}
	return fmt.Errorf("Settings.%s is %s: must be %s (%s)", r.field, value, allowed, r.assignment()) //nolint:staticcheck // the name of a field
}

// assignment returns the Go statement that does the same as command.
func (r *Refusal) assignment() string {
	field, good := "Settings."+r.field, strconv.Quote(cmp.Or(r.good, r.setting.Default, "VALUE"))
	switch {
	case r.good == Fewer:
		good = field + "[1:]"
	case r.setting.Type == "array" && r.good == Empty:
		good = "nil"
	case r.setting.Type == "array":
		good = "[]string{" + strconv.Quote(cmp.Or(r.good, "VALUE")) + "}"
	case r.setting.Type == "object":
		good = `map[string]string{"NAME": "VALUE"}`
	case r.setting.Type != "string":
		good = cmp.Or(r.good, r.setting.Default)
	case r.good == Empty:
		good = Empty
	}
	return field + " = " + good
}

// mention matches a word that can be the name of a setting.
var mention = regexp.MustCompile(`(^|[ (])(when |setting )?([a-z]+[A-Za-z]*)`)

// fieldNames replaces the names of settings by those of their fields. A name without a
// capital letter can be a common word, so it must follow "when" or "setting".
func fieldNames(text string) string {
	s, fields := &Stack{}, map[string]string{}
	for _, g := range s.Groups() {
		for _, d := range g.Settings {
			fields[d.Name] = s.name(d)
		}
	}
	return mention.ReplaceAllStringFunc(text, func(match string) string {
		m := mention.FindStringSubmatch(match)
		field := fields[m[3]]
		if field == "" || m[2] == "" && m[3] == strings.ToLower(m[3]) {
			return match
		}
		return m[1] + strings.Replace(m[2], "setting ", "field ", 1) + field
	})
}
