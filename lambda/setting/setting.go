// Package setting declares the settings of a stack. A declaration has the name, type,
// default, allowed values and description of a setting. If the function reads the setting,
// it also has the environment variable. Package infra reads and checks a stack's
// configuration with it, and writes the function's environment; package env parses that
// environment. The settings in Pulumi.yaml and the table of docs/settings.md are
// generated.
//
// To add a setting, add a field to Function (if the function reads the setting) or to
// Stack, add its declaration below the struct, and use the field. Then run
//
//	go test ./lambda/setting -update
package setting

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
)

// Setting is the declaration of one setting. It is bound to the field that holds the
// value.
type Setting struct {
	// Name is the key in Pulumi.yaml and of pulumi config set.
	Name string
	// Type is the type in Pulumi.yaml: string, integer, boolean, array or object.
	Type string
	// Default is the default as the Pulumi engine passes it to the program: an array
	// or an object is JSON.
	Default string
	// Allowed describes the allowed values, such as "a whole number from 1 to 29".
	// Empty: every string is allowed.
	Allowed string
	// Variable is the environment variable of the function that has the value. Empty:
	// the function does not read the setting, or the value of its variable depends on a
	// resource (package env).
	Variable string
	// Secret means that the value is a secret: no error shows it, and the command that sets
	// it encrypts it.
	Secret bool
	// Description describes the effect of the setting, in full sentences.
	Description string

	field    any                         // pointer to the field, which identifies the setting
	read     func(text string) []problem // sets the field to a configured value
	parse    func(text string) []problem // sets the field to the value of Variable
	variable func() string               // returns the value of Variable
}

// value returns the value of the field in the form of Default.
func (d Setting) value() string {
	v := reflect.ValueOf(d.field).Elem()
	if v.Kind() == reflect.String {
		return v.String()
	}
	text, err := json.Marshal(v.Interface())
	if err != nil {
		return err.Error() // never: the types of all fields are known; Read refuses the text
	}
	return string(text)
}

// problem is a value, or a part of a value, that is not allowed.
type problem struct{ value, allowed string }

// Group is a list of settings on one subject.
type Group struct {
	Title    string
	Settings []Setting
}

// Read sets all fields. get returns the configured value of a setting in the form of
// Setting.Default, and whether the setting has a value. The error names every setting
// that is missing or wrong, its value, the allowed values and the command that
// corrects it.
func (s *Stack) Read(get func(name string) (string, bool)) error {
	var errs []error
	for _, g := range s.Groups() {
		for _, d := range g.Settings {
			text, ok := get(d.Name)
			if !ok {
				errs = append(errs, fmt.Errorf("setting %s is not set, and Pulumi.yaml has no default for it (%s)", d.Name, (&Refusal{setting: d}).command()))
				continue
			}
			for _, p := range d.read(text) {
				errs = append(errs, &Refusal{d, s.name(d), p.value, p.allowed, ""})
			}
		}
	}
	return errors.Join(errs...)
}

// Environment returns the environment variables of the function that have the values of
// f. A variable whose value would be empty is missing.
func (f *Function) Environment() map[string]string {
	variables := map[string]string{}
	for _, d := range f.Settings() {
		if text := d.variable(); text != "" {
			variables[d.Variable] = text
		}
	}
	return variables
}

// Variable returns the environment variable of a setting. field is a pointer to a field
// of f, such as &f.MessageBytes. Another pointer has the variable "".
func (f *Function) Variable(field any) string {
	for _, d := range f.Settings() {
		if d.field == field {
			return d.Variable
		}
	}
	return ""
}

// Parse sets all fields of f from the variables that Environment returns. An unset
// variable has the value "". The error names every variable that is missing or wrong.
func (f *Function) Parse(getenv func(name string) string) error {
	var errs []error
	for _, d := range f.Settings() {
		text := getenv(d.Variable)
		for _, p := range d.parse(text) {
			if text == "" {
				errs = append(errs, fmt.Errorf("environment variable %s is not set", d.Variable))
			} else {
				errs = append(errs, fmt.Errorf("environment variable %s is %q: must be %s", d.Variable, p.value, p.allowed))
			}
		}
	}
	return errors.Join(errs...)
}
