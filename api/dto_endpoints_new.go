package api

import (
	"cmp"
	"encoding/json"

	"ringflow/endpoints"
)

// hoursMembers are an endpoint's schedule and what runs by it, the same in POST
// and PATCH.
type hoursMembers struct {
	_              struct{} `ns:"Voice.Api.Endpoints"`
	FlowSchedule   EndpointFlowSchedules
	Schedule       *Schedule
	ScheduledFlows []ScheduledFlow
}

// applyHours sets what the request gives.
func (q *hoursMembers) applyHours(e *endpoints.Endpoint) {
	if q.FlowSchedule != "" {
		e.Scheduled = q.FlowSchedule == "Scheduled"
	}
	if q.Schedule != nil {
		e.Schedule = q.Schedule.schedule()
	}
	if q.ScheduledFlows != nil {
		e.ScheduledFlows = scheduledFlows(q.ScheduledFlows)
	}
}

// newMembers are what every new endpoint may be given.
type newMembers struct {
	_           struct{} `ns:"Voice.Api.Endpoints"`
	AccountId   string
	CustomerId  string
	ReferenceId string
	DisplayName string
	Name        string // as displayName, which wins
	FlowId      string
	FlowParams  map[string]endpoints.Value
	Data        map[string]endpoints.Value
	hoursMembers
}

func (q *newMembers) account() string { return q.AccountId }

// portalMembers are what an endpoint carries for portals, the same in POST and PATCH.
type portalMembers struct {
	_                        struct{} `ns:"Voice.Api.Endpoints"`
	TagIds                   []string
	AppSettings              json.RawMessage
	DisableSms               *bool
	UseExternal10DlcCampaign *bool
	WebChat                  *bool // ours: let visitors write to it without a login
}

// applyPortal sets what the request gives.
func (q *portalMembers) applyPortal(e *endpoints.Endpoint) {
	if q.TagIds != nil {
		e.TagIDs = q.TagIds
	}
	keptAs(&e.Portal.AppSettings, q.AppSettings)
	set(&e.Portal.DisableSms, q.DisableSms)
	set(&e.Portal.External10Dlc, q.UseExternal10DlcCampaign)
	set(&e.WebChat, q.WebChat)
}

// endpoint is a new one of the kind, as far as all kinds are alike.
func (q *newMembers) endpoint(r *Request, kind endpoints.Kind) *endpoints.Endpoint {
	return &endpoints.Endpoint{
		AccountID: r.found.accountID, CustomerID: q.CustomerId, ReferenceID: q.ReferenceId, Kind: kind, DisplayName: cmp.Or(q.DisplayName, q.Name),
		FlowID: q.FlowId, FlowParams: q.FlowParams, Data: q.Data,
	}
}

// NewUserEndpoint makes a user: a person with a phone, or without one in mode Flow.
type NewUserEndpoint struct {
	_ struct{} `ns:"Voice.Api.Endpoints"`
	newMembers
	hoursMembers
	portalMembers
	FirstName            string
	LastName             string
	EmailAddress         string
	Password             string
	UserMode             UserModes
	ManagerAccess        UserManagerAccess
	DashboardPermissions []DashboardPermissions
}

// BuyPhoneNumber registers a number of the account. Nothing is bought: the
// number comes by a trunk.
type BuyPhoneNumber struct {
	_ struct{} `ns:"Voice.Api.Endpoints"`
	newMembers
	hoursMembers
	portalMembers
	textMembers
	AddressSid           string
	Number               string
	IsVirtualPhoneNumber *bool
	IsFaxNumber          bool
}

// NewSipTrunk makes a trunk: a carrier, or another telephone system.
type NewSipTrunk struct {
	_ struct{} `ns:"Voice.Api.Endpoints"`
	newMembers
	hoursMembers
	portalMembers
	textMembers
	Password *string
	trunkMembers
}

// NewTeam makes a team: users who are rung, queued for and left messages together.
type NewTeam struct {
	_ struct{} `ns:"Voice.Api.Endpoints"`
	newMembers
	hoursMembers
	portalMembers
	MemberIds []string // users of the account, in the order in which they are rung
}

// NewEmail makes an e-mail endpoint: an address that belongs to a flow.
type NewEmail struct {
	_ struct{} `ns:"Voice.Api.Endpoints"`
	newMembers
	hoursMembers
	portalMembers
	EmailAddress string
}

// NewSlackBot makes a Slack bot.
type NewSlackBot struct {
	_ struct{} `ns:"Voice.Api.Endpoints"`
	newMembers
	hoursMembers
	portalMembers
	AppId         string
	BotToken      string
	SigningSecret string // by which requests to the webhook are known
	AppToken      string // xapp-…: Socket Mode; no webhook is needed
}

// NewSkypeBot makes a Skype bot.
type NewSkypeBot struct {
	_ struct{} `ns:"Voice.Api.Endpoints"`
	newMembers
	hoursMembers
	portalMembers
	AppId       string
	AppPassword string

	TenantId         string   // of an application of one tenant
	DirectLineSecret string   // 16 letters and more: opens the web chat
	AllowedOrigins   []string // of the pages that may show it
}

// trunkMembers are a trunk's own, the same in POST and PATCH.
type trunkMembers struct {
	_                     struct{} `ns:"Voice.Api.Endpoints"`
	Host                  *string
	Port                  *int
	Transport             SipTransports
	UserName              *string
	Register              *bool
	AllowedIps            []string
	Priority              *int
	Prefixes              []string
	CallerIdFormat        CallerIdFormats
	AllowOriginalCallerId *bool
	AllowTransfers        *bool
	MaxCalls              *int
	Codecs                []string
}
