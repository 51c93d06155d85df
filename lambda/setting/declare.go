package setting

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// bind returns d bound to the field at p, whose value has the same text in the
// configuration and in the environment.
func bind[T any](p *T, d Setting, description string, parse func(string) (T, bool), text func(T) string) Setting {
	d.field, d.Description = p, description
	d.read = func(s string) []problem {
		v, ok := parse(s)
		*p = v
		if !ok {
			return []problem{{s, d.Allowed}}
		}
		return nil
	}
	d.parse = d.read
	d.variable = func() string { return text(*p) }
	return d
}

// boolean declares a setting that is true or false.
func boolean(p *bool, d Setting, description string) Setting {
	d.Type, d.Allowed = "boolean", "true or false"
	parse := func(s string) (bool, bool) { return s == "true", s == "true" || s == "false" }
	return bind(p, d, description, parse, strconv.FormatBool)
}

// number declares a whole number from least to most.
func number(p *int, least, most int, d Setting, description string) Setting {
	d.Type, d.Allowed = "integer", fmt.Sprintf("a whole number from %d to %d", least, most)
	parse := func(s string) (int, bool) {
		n, err := strconv.Atoi(s)
		return n, err == nil && n >= least && n <= most
	}
	return bind(p, d, description, parse, strconv.Itoa)
}

// numberOf declares a number that is one of allowed.
func numberOf(p *int, allowed []int, d Setting, description string) Setting {
	list := make([]string, len(allowed))
	for i, n := range allowed {
		list[i] = strconv.Itoa(n)
	}
	d.Type, d.Allowed = "integer", "one of "+strings.Join(list, ", ")
	parse := func(s string) (int, bool) {
		n, _ := strconv.Atoi(s) // the comparison as text excludes other spellings
		return n, slices.Contains(list, s)
	}
	return bind(p, d, description, parse, strconv.Itoa)
}

// choice declares a text that is one of allowed.
func choice[T ~string](p *T, allowed []T, d Setting, description string) Setting {
	list := make([]string, len(allowed))
	for i, v := range allowed {
		list[i] = string(v)
	}
	d.Type, d.Allowed = "string", "one of "+strings.Join(list, ", ")
	parse := func(s string) (T, bool) { return T(s), slices.Contains(list, s) }
	return bind(p, d, description, parse, func(v T) string { return string(v) })
}

// text declares a text of a form.
func text(p *string, f format, d Setting, description string) Setting {
	d.Type, d.Allowed = "string", f.allowed
	parse := func(s string) (string, bool) { return s, f.valid == nil || f.valid(s) }
	return bind(p, d, description, parse, func(s string) string { return s })
}

// orEmpty returns the form of texts that are empty or have the form f.
func orEmpty(f format) format {
	valid := f.valid
	return format{allowed: f.allowed + ", or empty", valid: func(s string) bool { return s == "" || valid(s) }}
}

// list declares a list of texts of a form. most is the largest number of texts; 0: no
// limit. In the environment, commas separate the texts, so the form must exclude commas
// if the setting has a variable.
func list(p *[]string, most int, f format, d Setting, description string) Setting {
	d.Type, d.Allowed = "array", "a list, each item "+f.allowed
	size := fmt.Sprintf("a list of at most %d items", most)
	if most > 0 {
		d.Allowed = size + ", each " + f.allowed
	}
	check := func(all []string) (wrong []problem) {
		if most > 0 && len(all) > most {
			wrong = append(wrong, problem{strings.Join(all, ","), size})
		}
		for _, s := range all {
			if f.valid != nil && !f.valid(s) {
				wrong = append(wrong, problem{s, f.allowed})
			}
		}
		return wrong
	}
	d.field, d.Description = p, description
	d.read = func(s string) []problem {
		if json.Unmarshal([]byte(s), p) != nil {
			return []problem{{s, fmt.Sprintf("a list such as [%q]", f.example)}}
		}
		return check(*p)
	}
	d.parse = func(s string) []problem {
		*p = nil
		if s != "" {
			*p = strings.Split(s, ",")
		}
		return check(*p)
	}
	d.variable = func() string { return strings.Join(*p, ",") }
	return d
}

// secret returns d as a setting with a secret value.
func secret(d Setting) Setting {
	d.Secret = true
	return d
}

// object declares a map of texts. check returns its entries that are not allowed. The
// Lambda cannot read such a setting.
func object(p *map[string]string, example string, check func(map[string]string) []problem, d Setting, description string) Setting {
	d.Type, d.Allowed, d.field = "object", "an object of strings such as "+example, p
	d.Description = description
	d.read = func(s string) []problem {
		if json.Unmarshal([]byte(s), p) != nil {
			return []problem{{s, d.Allowed}}
		}
		return check(*p)
	}
	return d
}
