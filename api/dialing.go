package api

import (
	"slices"
	"strings"

	"ringflow/endpoints"
)

// DialingPermissionInfo is what an account may call in a country. Premium rate
// and other costly numbers are never called; their members are always false.
type DialingPermissionInfo struct {
	_                               struct{} `ns:"Voice.Api.System"`
	IsoCode                         string
	Name                            string
	CallingCode                     int
	IsHome                          bool // the account's own country: always allowed
	LowRiskNumbersEnabled           bool
	HighRiskSpecialNumbersEnabled   bool
	HighRiskTollfraudNumbersEnabled bool
}

// ListDialingPermissions lists them for every country.
type ListDialingPermissions struct {
	_         struct{} `ns:"Voice.Api.System"`
	AccountId string
}

func (q *ListDialingPermissions) account() string { return q.AccountId }

// DialingPermissionsResponse has them all.
type DialingPermissionsResponse struct {
	_           struct{} `ns:"Voice.Api.System"`
	Permissions []DialingPermissionInfo
}

// PatchDialingPermissions allows or forbids a country.
type PatchDialingPermissions struct {
	_                               struct{} `ns:"Voice.Api.System"`
	AccountId                       string
	IsoCode                         string
	LowRiskNumbersEnabled           *bool
	HighRiskSpecialNumbersEnabled   *bool
	HighRiskTollfraudNumbersEnabled *bool
}

func (q *PatchDialingPermissions) account() string { return q.AccountId }

func (s *Server) listDialingPermissions(r *Request, _ *ListDialingPermissions) (*DialingPermissionsResponse, error) {
	v, err := s.Store.Settings(r.Context(), r.found.accountID)
	if err != nil {
		return nil, err
	}
	out := &DialingPermissionsResponse{}
	for _, c := range endpoints.Countries() {
		out.Permissions = append(out.Permissions, permissionOf(v, c))
	}
	return out, nil
}

// patchDialingPermissions is another way to write allowedCountries.
func (s *Server) patchDialingPermissions(r *Request, q *PatchDialingPermissions) (*DialingPermissionInfo, error) {
	countries := endpoints.Countries()
	i := slices.IndexFunc(countries, func(c endpoints.CountryInfo) bool { return strings.EqualFold(c.ISO, strings.TrimSpace(q.IsoCode)) })
	if i < 0 {
		return nil, notFound("country", q.IsoCode)
	}
	country := countries[i]
	v, err := s.Store.Settings(r.Context(), r.found.accountID)
	if err != nil {
		return nil, err
	}
	for name, wanted := range map[string]*bool{"highRiskSpecialNumbersEnabled": q.HighRiskSpecialNumbersEnabled, "highRiskTollfraudNumbersEnabled": q.HighRiskTollfraudNumbersEnabled} {
		if wanted != nil && *wanted {
			return nil, &endpoints.Invalid{Field: name, Text: "can't be: numbers that pay their owner are never called"}
		}
	}
	if q.LowRiskNumbersEnabled != nil {
		if country.ISO == v.DefaultCountry && !*q.LowRiskNumbersEnabled {
			return nil, &endpoints.Invalid{Field: "lowRiskNumbersEnabled", Text: country.Name + " is the account's own country, which can always be called"}
		}
		v.AllowedCountries = slices.DeleteFunc(slices.Clone(v.AllowedCountries), func(c string) bool { return c == country.ISO })
		if *q.LowRiskNumbersEnabled && country.ISO != v.DefaultCountry {
			v.AllowedCountries = append(v.AllowedCountries, country.ISO)
		}
		if err := s.Store.PutSettings(r.Context(), v); err != nil {
			return nil, err
		}
		s.reload(r.Context())
	}
	info := permissionOf(v, country)
	return &info, nil
}

func permissionOf(v *endpoints.Settings, c endpoints.CountryInfo) DialingPermissionInfo {
	home := c.ISO == v.DefaultCountry
	return DialingPermissionInfo{IsoCode: c.ISO, Name: c.Name, CallingCode: c.CallingCode, IsHome: home, LowRiskNumbersEnabled: home || slices.Contains(v.AllowedCountries, c.ISO)}
}
