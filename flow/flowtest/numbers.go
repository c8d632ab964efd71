package flowtest

import (
	"ringflow/endpoints"
	"ringflow/flow"
)

// numbers are those of the account's country, as on a server: US where the
// story does not say another.
func (s *Story) numbers() flow.Numbers {
	if c := flow.ValueOf(s.System["DefaultCountry"]).Text(); c != "" {
		return endpoints.Country(c)
	}
	return endpoints.Country("US")
}
