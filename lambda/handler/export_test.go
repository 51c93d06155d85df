package handler

import (
	"maps"
	"slices"
)

// Routes returns the keys of the routes that m answers.
func (m *Mux) Routes() []string {
	return slices.Sorted(maps.Keys(m.routes))
}
