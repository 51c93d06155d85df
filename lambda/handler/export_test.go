package handler

import (
	"maps"
	"slices"
)

// Routes returns the keys of the routes and endpoints that m answers.
func (m *Mux) Routes() []string {
	return slices.Sorted(maps.Keys(joined(m.routes, m.endpoints)))
}

func joined(all ...map[string]handlerFunc) map[string]handlerFunc {
	sum := map[string]handlerFunc{}
	for _, some := range all {
		maps.Copy(sum, some)
	}
	return sum
}

// FromOutside is fromOutside for the tests.
var FromOutside = fromClient
