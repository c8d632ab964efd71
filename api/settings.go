package api

import (
	"net/http"
	"slices"
	"time"

	"ringflow/endpoints"
)

// SystemSettingsInfo is what an account has set. The members from DefaultCountry
// on are ours.
type SystemSettingsInfo struct {
	_                        struct{} `ns:"Voice.Api.Settings"`
	AccountId                string
	DefaultCountry           string
	TimeZoneId               string
	Voice                    string
	CallerId                 string
	AllowedCountries         []string
	MaxCallsPerUser          int
	MaxCallsPerMinute        int
	MaxSteps                 int
	MaxStepsNoWait           int
	MaxCallDurationInMinutes int
}

// GetSystemSettings shows an account's settings.
type GetSystemSettings struct {
	_         struct{} `ns:"Voice.Api.Settings"`
	AccountId string
}

func (q *GetSystemSettings) account() string { return q.AccountId }

// PatchSystemSettings changes the members that are given.
type PatchSystemSettings struct {
	_                        struct{} `ns:"Voice.Api.Settings"`
	AccountId                string
	DefaultCountry           *string
	TimeZoneId               *string
	Voice                    *string
	CallerId                 *string
	AllowedCountries         []string
	MaxCallsPerUser          *int
	MaxCallsPerMinute        *int
	MaxSteps                 *int
	MaxStepsNoWait           *int
	MaxCallDurationInMinutes *int
}

func (q *PatchSystemSettings) account() string { return q.AccountId }

func settingsInfo(v *endpoints.Settings) *SystemSettingsInfo {
	return &SystemSettingsInfo{
		AccountId: v.AccountID, DefaultCountry: v.DefaultCountry, TimeZoneId: v.TimeZoneID, Voice: v.Voice, CallerId: v.CallerID,
		AllowedCountries: listOf(v.AllowedCountries), MaxCallsPerUser: v.MaxCallsPerUser, MaxCallsPerMinute: v.MaxCallsPerMinute,
		MaxSteps: v.MaxSteps, MaxStepsNoWait: v.MaxStepsNoWait, MaxCallDurationInMinutes: int(v.MaxCallDuration.Minutes()),
	}
}

func (s *Server) getSystemSettings(r *Request, _ *GetSystemSettings) (*SystemSettingsInfo, error) {
	v, err := s.Store.Settings(r.Context(), r.found.accountID)
	if err != nil {
		return nil, err
	}
	return settingsInfo(v), nil
}

func (s *Server) patchSystemSettings(r *Request, q *PatchSystemSettings) (*SystemSettingsInfo, error) {
	ctx := r.Context()
	v, err := s.Store.Settings(ctx, r.found.accountID)
	if err != nil {
		return nil, err
	}
	if limits := q.AllowedCountries != nil || q.DefaultCountry != nil || q.MaxCallsPerUser != nil || q.MaxCallsPerMinute != nil; limits && !slices.ContainsFunc(managers, r.Who.login.Has) {
		return nil, fail(http.StatusForbidden, "Forbidden", "Invalid Role: what may be called is set by %s", roleNames(managers))
	}
	set(&v.DefaultCountry, q.DefaultCountry)
	set(&v.TimeZoneID, q.TimeZoneId)
	set(&v.Voice, q.Voice)
	set(&v.CallerID, q.CallerId)
	set(&v.MaxCallsPerUser, q.MaxCallsPerUser)
	set(&v.MaxCallsPerMinute, q.MaxCallsPerMinute)
	set(&v.MaxSteps, q.MaxSteps)
	set(&v.MaxStepsNoWait, q.MaxStepsNoWait)
	if q.AllowedCountries != nil {
		v.AllowedCountries = q.AllowedCountries
	}
	if q.MaxCallDurationInMinutes != nil {
		v.MaxCallDuration = time.Duration(*q.MaxCallDurationInMinutes) * time.Minute
	}
	if err := s.Store.PutSettings(ctx, v); err != nil {
		return nil, err
	}
	s.reload(ctx)
	return settingsInfo(v), nil
}
