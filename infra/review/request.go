package review

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"sallyport/infra/plan"
)

// call is a request that the provider makes of a resource.
type call struct {
	service, operation string
	// members maps an input, by its path such as "ttl.attributeName" without
	// the places in lists, to the member that it becomes, by its path in what
	// surrounds it. Inputs that are called like their members, capitals and a
	// plural s aside, need no line.
	members map[string]string
	// only lists the inputs that go into this call; nil means all.
	only []string
	// given are members that the provider fills in by itself, unless an input
	// does; those in the one element of a list only if there is one.
	given map[string]any
	// rewrite, if not nil, brings inputs into a form that members can describe.
	rewrite func(inputs map[string]any) map[string]any
}

// elsewhere, as a member, says that an input goes into another call, or stays
// with the provider.
const elsewhere = "-"

// Check tells where the inputs of a plan's resources are not what AWS's models
// ask for: members that are missing or unknown, values that are none of the
// allowed ones, of the wrong form or too long.
func (m *Models) Check(p plan.Plan) []string {
	var f found
	for _, r := range p.Resources {
		if r.ID == "" {
			continue
		}
		calls, ok := callsOf[r.Type]
		if !ok {
			f.add(r, "nobody has said which calls of AWS make it (add it to review/calls.go)")
		}
		for _, c := range calls {
			for _, problem := range m.request(c, r) {
				f.add(r, "%s", problem)
			}
		}
	}
	return f
}

// request makes a call's request of a resource and checks it.
func (m *Models) request(c call, r plan.Resource) []string {
	service := m.Services[c.service]
	if service == nil || service.Operations[c.operation] == "" {
		return []string{"the models have no " + c.service + ":" + c.operation}
	}
	inputs := maps.Clone(r.Inputs)
	for _, name := range []string{"name", "bucket", "statementId"} { // what autonaming gives
		if v, ok := r.Outputs[name]; ok {
			inputs[name] = v
		}
	}
	if c.only != nil {
		some := map[string]any{}
		for _, key := range c.only {
			if v, ok := inputs[key]; ok {
				some[key] = v
			}
		}
		if len(some) < len(c.only) {
			return nil // what the call is for is not asked for
		}
		inputs = some
	}
	if c.rewrite != nil {
		inputs = c.rewrite(inputs)
	}
	b := builder{call: c, service: service}
	input := service.Operations[c.operation]
	request := b.object("", input, inputs)
	for path, v := range c.given {
		list, _, inList := strings.Cut(path, ".0")
		if !has(request, path) && (!inList || has(request, list)) {
			b.set(request, path, v)
		}
	}
	return append(b.problems, service.check(c.operation, input, request)...)
}

// builder makes a request of inputs.
type builder struct {
	call
	service  *Service
	problems []string
}

func (b *builder) shape(name string) *shape { return b.service.Shapes[name] }

// object converts an object of inputs into the structure called name.
func (b *builder) object(path, name string, inputs map[string]any) map[string]any {
	out := map[string]any{}
	for _, k := range slices.Sorted(maps.Keys(inputs)) {
		v := inputs[k]
		at := strings.TrimPrefix(path+"."+k, ".")
		member, ok := b.members[at]
		if !ok {
			member = b.shape(name).member(k)
		}
		switch {
		case member == elsewhere || v == nil:
		case member == "":
			b.problems = append(b.problems, fmt.Sprintf("%s has no place in %s of %s", at, name, b.operation))
		default:
			shape, err := b.shapeAt(name, member)
			if err != nil {
				b.problems = append(b.problems, fmt.Sprintf("%s: %v", at, err))
				continue
			}
			b.set(out, member, b.value(at, shape, v))
		}
	}
	return out
}

// value converts an input into a value of the shape called name, over what
// Pulumi writes in another way: one for a list of one, a map for a list of
// pairs, a list for CloudFront's quantity and items.
func (b *builder) value(path, name string, v any) any {
	sh := b.shape(name)
	object, isObject := v.(map[string]any)
	if number, ok := v.(float64); ok && sh.Type == "string" {
		return strconv.FormatFloat(number, 'f', -1, 64) // as the provider does
	}
	list, isList := v.([]any)
	switch {
	case sh.Type == "list" && isObject && b.pairOf(sh) != "":
		var pairs []any
		for _, k := range slices.Sorted(maps.Keys(object)) {
			pairs = append(pairs, map[string]any{b.pairOf(sh): k, "Value": object[k]})
		}
		return pairs
	case sh.Type == "list" && !isList:
		return []any{b.value(path, sh.Member, v)}
	case sh.Type == "list":
		out := make([]any, len(list))
		for i, e := range list {
			out[i] = b.value(path, sh.Member, e)
		}
		return out
	case sh.Type == "structure" && isList && sh.Members["Items"] != "":
		return map[string]any{"Quantity": float64(len(list)), "Items": b.value(path, sh.Members["Items"], v)}
	case sh.Type == "structure" && isObject:
		return b.object(path, name, object)
	}
	return v
}

// pairOf returns how the first of the pairs in a list is called, which stands
// for a map; "" if it is no list of pairs.
func (b *builder) pairOf(list *shape) string {
	pair := b.shape(list.Member).Members
	for _, name := range []string{"Key", "Name"} {
		if pair[name] != "" && pair["Value"] != "" && len(pair) == 2 {
			return name
		}
	}
	return ""
}

// shapeAt returns the shape of a member by its path in a structure.
func (b *builder) shapeAt(name, path string) (string, error) {
	for part := range strings.SplitSeq(path, ".") {
		sh := b.shape(name)
		if part == "0" {
			name = sh.Member
		} else {
			name = sh.Members[part]
		}
		if name == "" {
			return "", fmt.Errorf("%s has no member %s", b.operation, path)
		}
	}
	return name, nil
}

// set sets the member at a path, making what surrounds it. "0" is the one
// element of a list.
func (b *builder) set(object map[string]any, path string, v any) {
	first, rest, deep := strings.Cut(path, ".")
	if !deep {
		if old, ok := object[first].(map[string]any); ok {
			if now, ok := v.(map[string]any); ok { // two inputs make one structure
				maps.Copy(old, now)
				return
			}
		}
		object[first] = v
		return
	}
	if after, ok := strings.CutPrefix(rest, "0"); ok {
		list, _ := object[first].([]any)
		if list == nil {
			list = []any{map[string]any{}}
		}
		if after == "" {
			list[0] = v
		} else {
			b.set(list[0].(map[string]any), after[1:], v)
		}
		object[first] = list
		return
	}
	inner, _ := object[first].(map[string]any)
	if inner == nil {
		inner = map[string]any{}
	}
	b.set(inner, rest, v)
	object[first] = inner
}

// has tells whether there is a member at a path.
func has(object map[string]any, path string) bool {
	first, rest, deep := strings.Cut(path, ".")
	v, ok := object[first]
	inner, isObject := v.(map[string]any)
	if deep && isObject {
		return has(inner, rest)
	}
	return ok && !deep
}

// member finds the member that is called like an input, "" if there is none.
func (sh *shape) member(input string) string {
	for _, want := range []string{input, input + "s", strings.TrimSuffix(input, "s")} {
		for name := range sh.Members {
			if strings.EqualFold(name, want) {
				return name
			}
		}
	}
	return ""
}
