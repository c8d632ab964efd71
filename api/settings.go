package api

import (
	"net/http"
	"slices"
	"time"

	"ringflow/endpoints"
)

// SystemSettingsInfo is what an account has set, and the home of its fields.
// The members from DefaultCountry on are ours.
type SystemSettingsInfo struct {
	_ struct{} `ns:"Voice.Api.Settings"`
	EntityInfo
	AccountId                string
	OverrideSystemTime       bool
	OverrideSystemTimeZoneId string
	OverrideSystemDateTime   string
	SystemFields             []SystemSettingsField
	CustomerFields           []CustomerDataField
	EndpointFields           []EndpointDataField
	Tags                     []Tag
	Documentation            string
	RecordingRetentionDays   *int
	EnableSipRefer           *bool
	AutoAgentLogoffSeconds   *int
	EmailAccounts            []EmailAccount
	DefaultSipRegion         string

	DefaultCountry           string
	TimeZoneId               string
	Voice                    string
	MusicOnHoldFileId        string
	CallerId                 string
	PickupPrefix             string
	AllowedCountries         []string
	MaxCallsPerUser          int
	MaxCallsPerMinute        int
	MaxSteps                 int
	MaxStepsNoWait           int
	ChatIdleHours            int
	MaxCallDurationInMinutes int
	TextHelp                 string // answers HELP
	TextsPerMinute           int    // segments that may leave; 0: 600
	TextsPerDay              int    // to who has not written before; 0: 10,000
}

// Tag is a coloured word that clients put on things.
type Tag struct {
	_     struct{} `ns:"Voice.Api"`
	Id    string
	Name  string
	Color int
}

// EmailAccount is an address that the account writes from.
type EmailAccount struct {
	_            struct{} `ns:"Voice.Api.Settings"`
	Id           string
	DisplayName  string
	EmailAddress string
	UserName     string
	Smtp         *MailServer
	Imap         *MailServer
	Links        []Link // ours, shown alone: how these two are doing
}

// MailServer is where an e-mail account logs in. The password is taken, and never
// shown; left out, it stays while host and user name do. Folder, MoveTo and
// IntervalInSeconds are a mailbox's.
type MailServer struct {
	_                 struct{} `ns:"Voice.Api.Settings"`
	Host              string
	Port              int
	Tls               string
	UserName          string
	Password          *string
	Folder            string
	MoveTo            string
	IntervalInSeconds int
}

// GetSystemSettings shows an account's settings.
type GetSystemSettings struct {
	_         struct{} `ns:"Voice.Api.Settings"`
	AccountId string
}

func (q *GetSystemSettings) account() string { return q.AccountId }

// PatchSystemSettings changes the members that are given; lists replace whole.
type PatchSystemSettings struct {
	_                        struct{} `ns:"Voice.Api.Settings"`
	AccountId                string
	OverrideSystemTime       *bool
	OverrideSystemTimeZoneId *string
	OverrideSystemDateTime   *string
	SystemFields             []SystemSettingsField
	CustomerFields           []CustomerDataField
	EndpointFields           []EndpointDataField
	Tags                     []Tag
	Documentation            *string
	RecordingRetentionDays   *int
	EnableSipRefer           *bool
	AutoAgentLogoffSeconds   *int
	EmailAccounts            []EmailAccount
	DefaultSipRegion         *string

	DefaultCountry           *string
	TimeZoneId               *string
	Voice                    *string
	MusicOnHoldFileId        *string
	CallerId                 *string
	PickupPrefix             *string
	AllowedCountries         []string
	MaxCallsPerUser          *int
	MaxCallsPerMinute        *int
	MaxSteps                 *int
	MaxStepsNoWait           *int
	ChatIdleHours            *int
	MaxCallDurationInMinutes *int
	TextHelp                 *string
	TextsPerMinute           *int
	TextsPerDay              *int
}

func (q *PatchSystemSettings) account() string { return q.AccountId }

func settingsInfo(v *endpoints.Settings) *SystemSettingsInfo {
	out := &SystemSettingsInfo{
		EntityInfo: EntityInfo{Id: v.AccountID, revision: v.Revision, DateLastModified: v.DateLastModified, LastModifiedBy: v.LastModifiedBy}, AccountId: v.AccountID,
		OverrideSystemTime: v.OverrideSystemTime, OverrideSystemTimeZoneId: v.OverrideSystemTimeZoneID, OverrideSystemDateTime: v.OverrideSystemDateTime,
		SystemFields: []SystemSettingsField{}, CustomerFields: []CustomerDataField{}, EndpointFields: []EndpointDataField{}, Tags: []Tag{}, EmailAccounts: []EmailAccount{}, DefaultSipRegion: v.DefaultSipRegion,
		Documentation: v.Documentation, RecordingRetentionDays: v.RecordingRetentionDays, EnableSipRefer: v.EnableSipRefer, AutoAgentLogoffSeconds: v.AutoAgentLogoffSeconds,
		DefaultCountry: v.DefaultCountry, TimeZoneId: v.TimeZoneID, Voice: v.Voice, MusicOnHoldFileId: v.MusicOnHold, CallerId: v.CallerID, PickupPrefix: v.PickupPrefix,
		AllowedCountries: listOf(v.AllowedCountries), MaxCallsPerUser: v.MaxCallsPerUser, MaxCallsPerMinute: v.MaxCallsPerMinute,
		MaxSteps: v.MaxSteps, MaxStepsNoWait: v.MaxStepsNoWait, ChatIdleHours: v.ChatIdleHours, MaxCallDurationInMinutes: int(v.MaxCallDuration.Minutes()),
		TextHelp: v.TextHelp, TextsPerMinute: v.TextsPerMinute, TextsPerDay: v.TextsPerDay,
	}
	for _, f := range v.SystemFields {
		info := SystemSettingsField{DataField: fieldInfo(&f.DataField)}
		if !f.Secret() {
			info.Value = f.Value
		}
		out.SystemFields = append(out.SystemFields, info)
	}
	for _, f := range v.CustomerFields {
		out.CustomerFields = append(out.CustomerFields, CustomerDataField{DataField: fieldInfo(&f.DataField), ShowInSearch: f.ShowInSearch, ShowInLists: f.ShowInLists, IsCallerId: f.IsCallerID, IsKnob: f.IsKnob})
	}
	for _, f := range v.EndpointFields {
		out.EndpointFields = append(out.EndpointFields, EndpointDataField{
			DataField: fieldInfo(&f.DataField), ShowInSearch: f.ShowInSearch, ShowInLists: f.ShowInLists,
			EndpointType: EndpointTypes(f.EndpointType), IsCallerId: f.IsCallerID, IsKnob: f.IsKnob,
		})
	}
	for _, a := range v.EmailAccounts {
		out.EmailAccounts = append(out.EmailAccounts, emailAccountInfo(&a))
	}
	for _, t := range v.Tags {
		out.Tags = append(out.Tags, Tag{Id: t.ID, Name: t.Name, Color: t.Color})
	}
	return out
}

func (s *Server) getSystemSettings(r *Request, _ *GetSystemSettings) (*SystemSettingsInfo, error) {
	return s.settingsOf(r.found.settings, r.found.account), nil
}

// settingsOf are the settings of an account, which are as old as it is, and how its mail does.
func (s *Server) settingsOf(v *endpoints.Settings, a *endpoints.Account) *SystemSettingsInfo {
	info := settingsInfo(v)
	for i := range info.EmailAccounts {
		info.EmailAccounts[i].Links = linkInfos(s.linksOf(endpoints.MailLinkOf(a.ID, info.EmailAccounts[i].EmailAddress)))
	}
	info.DateCreated, info.CreatedBy = a.DateCreated, a.CreatedBy
	if info.DateLastModified.IsZero() {
		info.DateLastModified, info.LastModifiedBy = a.DateCreated, a.CreatedBy
	}
	return info
}

func (s *Server) patchSystemSettings(r *Request, q *PatchSystemSettings) (*SystemSettingsInfo, error) {
	ctx, v := r.Context(), r.found.settings
	if limits := q.AllowedCountries != nil || q.DefaultCountry != nil || q.MaxCallsPerUser != nil || q.MaxCallsPerMinute != nil || q.TextsPerMinute != nil || q.TextsPerDay != nil; limits && !slices.ContainsFunc(managers, r.Who.login.Has) {
		return nil, fail(http.StatusForbidden, "Forbidden", "Invalid Role: what may be called is set by %s", roleNames(managers))
	}
	q.fields(v)
	if err := q.kept(v); err != nil {
		return nil, err
	}
	set(&v.DefaultCountry, q.DefaultCountry)
	set(&v.TimeZoneID, q.TimeZoneId)
	set(&v.Voice, q.Voice)
	if err := s.setMusic(ctx, v.AccountID, &v.MusicOnHold, q.MusicOnHoldFileId); err != nil {
		return nil, err
	}
	set(&v.CallerID, q.CallerId)
	set(&v.PickupPrefix, q.PickupPrefix)
	set(&v.MaxCallsPerUser, q.MaxCallsPerUser)
	set(&v.MaxCallsPerMinute, q.MaxCallsPerMinute)
	set(&v.TextHelp, q.TextHelp)
	set(&v.TextsPerMinute, q.TextsPerMinute)
	set(&v.TextsPerDay, q.TextsPerDay)
	set(&v.MaxSteps, q.MaxSteps)
	set(&v.MaxStepsNoWait, q.MaxStepsNoWait)
	set(&v.ChatIdleHours, q.ChatIdleHours)
	if q.AllowedCountries != nil {
		v.AllowedCountries = q.AllowedCountries
	}
	if q.MaxCallDurationInMinutes != nil {
		v.MaxCallDuration = time.Duration(*q.MaxCallDurationInMinutes) * time.Minute
	}
	set(&v.DefaultSipRegion, q.DefaultSipRegion)
	v.LastModifiedBy = r.Who.login.EmailAddress
	if err := s.Store.PutSettings(ctx, v); err != nil {
		return nil, err
	}
	s.reload(ctx)
	return s.settingsOf(v, r.found.account), nil
}
