package api

import (
	"encoding/json"
	"time"

	"ringflow/endpoints"
	"ringflow/session"
)

// EndpointInfo is an endpoint; members of other types than its own are null.
type EndpointInfo struct {
	_ struct{} `ns:"Voice.Api.Endpoints"`
	EntityInfo
	AccountId          string
	AccountName        string
	CustomerId         string
	CustomerName       string
	CustomerBreadcrumb []CustomerBreadcrumb
	ReferenceId        string
	DisplayName        string
	Type               EndpointTypes
	ExtraInformation   string
	FlowId             string
	FlowName           string
	FlowParams         map[string]endpoints.Value
	FlowSchedule       EndpointFlowSchedules
	Schedule           *Schedule
	ScheduledFlows     []ScheduledFlow
	Data               map[string]endpoints.Value
	MusicOnHoldFileId  string // ours; empty: the account's
	Tags               []Tag
	AppSettings        json.RawMessage // kept as it was given

	// What messages would need; kept for clients.
	DisableSms               bool
	UseExternal10DlcCampaign bool

	// A phone number or a fax number.
	PhoneNumber          string
	IsVirtualPhoneNumber *bool
	AddressSid           string

	// A user.
	Name                 string
	FirstName            string
	LastName             string
	EmailAddress         string
	UserEmailAddress     string
	UserMode             UserModes
	ManagerAccess        UserManagerAccess
	DashboardPermissions []DashboardPermissions
	SipUserName          string
	SipPassword          string // shown once, when it is made
	AgentState           AgentStates
	AgentStateReason     AgentStateReasons
	AgentStateSince      time.Time     // ours
	Presence             UserPresences // ours: what the user is doing now

	// A trunk.
	Host                  string
	Port                  *int
	Transport             SipTransports
	UserName              string
	Register              *bool
	AllowedIps            []string
	Priority              *int
	Prefixes              []string
	CallerIdFormat        CallerIdFormats
	AllowOriginalCallerId *bool
	AllowTransfers        *bool
	MaxCalls              *int
	Codecs                []string
	Registered            *bool // ours: how it is doing
	LastError             string
	LastSeen              time.Time
	ActiveCalls           *int

	// A team.
	MemberIds []string

	// A bot. Its token and signing secret are shown to nobody.
	AppId            string
	HasSigningSecret *bool // of Slack

	// A user or a team: its voicemail box. All ours.
	VoicemailGreeting       string
	VoicemailGreetingFileId string // an audio file; wins over the text
	VoicemailEmail          *bool  // messages go out by e-mail, too
	VoicemailMp3            *bool  // as MP3, not WAV
	HasVoicemailPin         *bool
}

// UserPresences are what a user's phones are doing, all taken together.
type UserPresences string

func (UserPresences) members() []string {
	return []string{session.PresenceIdle, session.PresenceRinging, session.PresenceBusy, session.PresenceHeld}
}

// EndpointTypes are the kinds of endpoints.
type EndpointTypes string

func (EndpointTypes) members() []string {
	return []string{"PhoneNumber", "User", "FaxNumber", "EmailAddress", "", "", "", "", "", "Team", "Assistant", "SipTrunk", "EmergencyAddress", "SlackBot", "SkypeBot"}
}
func (EndpointTypes) aliases() map[string]string {
	return map[string]string{"email": "EmailAddress", "fax": "FaxNumber", "assistantbot": "Assistant"}
}

// EndpointFlowSchedules say which flow runs: always the same, or the one of the
// schedule's state.
type EndpointFlowSchedules string

func (EndpointFlowSchedules) members() []string { return []string{"Always", "Scheduled"} }

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

// UserManagerAccess is how much a user's login may change.
type UserManagerAccess string

func (UserManagerAccess) members() []string { return names(endpoints.ManagerAccesses) }

// DashboardPermissions are parts of the dashboard.
type DashboardPermissions string

func (DashboardPermissions) members() []string { return names(endpoints.DashboardPermissions) }

// names are the members of an enumeration as text.
func names[T ~string](all []T) []string {
	out := make([]string, len(all))
	for i, v := range all {
		out[i] = string(v)
	}
	return out
}

// UserModes say what rings when a user is called.
type UserModes string

func (UserModes) members() []string { return []string{"SoftPhone", "SipPhone", "Flow"} }

// AgentStates are what a user does in the call centre. Ready, NotReady and
// LoggedOut can be set; WrapUp comes after a call; who is Ready is
// shown as Outgoing or Other while he is in a call that is no queue's.
type AgentStates string

func (AgentStates) members() []string {
	return []string{"Unknown", "Ready", "NotReady", "LoggedOut", "WrapUp", "Outgoing", "Other"}
}

// AgentStateReasons are why.
type AgentStateReasons string

func (AgentStateReasons) members() []string {
	return []string{"Unknown", "SetByUser", "MissedCall", "SetBySystem"}
}

// SipTransports are how a trunk is reached.
type SipTransports string

func (SipTransports) members() []string { return []string{"udp", "tcp", "tls"} }

// CallerIdFormats are how a trunk wants numbers written.
type CallerIdFormats string

func (CallerIdFormats) members() []string { return []string{"E164", "E164NoPlus", "National"} }

// ListEndpoints lists endpoints.
type ListEndpoints struct {
	_ struct{} `ns:"Voice.Api.Endpoints"`
	ListRequest
	AccountIds        []string
	CustomerIds       []string
	ReferenceIds      []string
	ShallowParent     bool
	FlowIds           []string
	NameFilter        string
	PhoneNumberFilter string
	Type              EndpointTypes
	Types             []EndpointTypes
	UserMode          UserModes
	SipUserName       string
	DataFilters       []string // Field=Value

	FlowParametersFilter map[string]endpoints.Value
	FlowState            string
	TagIds               []string
}

func (q *ListEndpoints) accounts() *[]string { return &q.AccountIds }

// GetEndpoint shows an endpoint.
type GetEndpoint struct {
	_          struct{} `ns:"Voice.Api.Endpoints"`
	EndpointId string
}

func (q *GetEndpoint) endpoint() string { return q.EndpointId }

// PatchEndpoint changes the members that are given.
type PatchEndpoint struct {
	_                   struct{} `ns:"Voice.Api.Endpoints"`
	EndpointId          string
	CustomerId          *string
	ReferenceId         *string
	DisplayName         *string
	Name                *string // the same
	FlowId              *string
	FlowParams          map[string]endpoints.Value
	IsPartialFlowUpdate bool
	Data                map[string]endpoints.Value
	MusicOnHoldFileId   *string

	FirstName    *string
	LastName     *string
	EmailAddress *string
	Password     *string // of the login; of the trunk
	UserMode     UserModes
	MemberIds    []string    // of a team: all of them anew
	AgentState   AgentStates // of a user

	IsVirtualPhoneNumber *bool              // of a number
	AddressSid           *string            // of a number
	ManagerAccess        *UserManagerAccess // of a user, as is what follows; empty takes it away
	DashboardPermissions []DashboardPermissions
	BotToken             *string // of a Slack bot
	SigningSecret        *string
	AppPassword          *string // of a Skype bot
	AppId                *string // of a bot

	VoicemailPin            *string // 4 to 12 digits; empty takes it away
	VoicemailGreeting       *string
	VoicemailGreetingFileId *string
	VoicemailEmail          *bool
	VoicemailMp3            *bool

	trunkMembers
	hoursMembers
	portalMembers
}

func (q *PatchEndpoint) endpoint() string { return q.EndpointId }

// DeleteEndpoint deletes an endpoint, and a user's login and places in teams with it.
type DeleteEndpoint struct {
	_          struct{} `ns:"Voice.Api.Endpoints"`
	EndpointId string
}

func (q *DeleteEndpoint) endpoint() string { return q.EndpointId }

// newMembers are what every new endpoint may be given.
type newMembers struct {
	_           struct{} `ns:"Voice.Api.Endpoints"`
	AccountId   string
	CustomerId  string
	ReferenceId string
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
}

// applyPortal sets what the request gives.
func (q *portalMembers) applyPortal(e *endpoints.Endpoint) {
	if q.TagIds != nil {
		e.TagIDs = q.TagIds
	}
	keptAs(&e.Portal.AppSettings, q.AppSettings)
	set(&e.Portal.DisableSms, q.DisableSms)
	set(&e.Portal.External10Dlc, q.UseExternal10DlcCampaign)
}

// endpoint is a new one of the kind, as far as all kinds are alike.
func (q *newMembers) endpoint(r *Request, kind endpoints.Kind) *endpoints.Endpoint {
	return &endpoints.Endpoint{
		AccountID: r.found.accountID, CustomerID: q.CustomerId, ReferenceID: q.ReferenceId, Kind: kind,
		FlowID: q.FlowId, FlowParams: q.FlowParams, Data: q.Data,
	}
}

// NewUserEndpoint makes a user: a person with a phone, or without one in mode Flow.
type NewUserEndpoint struct {
	_ struct{} `ns:"Voice.Api.Endpoints"`
	newMembers
	hoursMembers
	portalMembers
	DisplayName          string
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
	DisplayName          string
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
	DisplayName string
	Password    *string
	trunkMembers
}

// NewTeam makes a team: users who are rung, queued for and left messages together.
type NewTeam struct {
	_ struct{} `ns:"Voice.Api.Endpoints"`
	newMembers
	hoursMembers
	portalMembers
	DisplayName string
	MemberIds   []string // users of the account, in the order in which they are rung
}

// NewEmail makes an e-mail endpoint: an address that belongs to a flow.
type NewEmail struct {
	_ struct{} `ns:"Voice.Api.Endpoints"`
	newMembers
	hoursMembers
	portalMembers
	DisplayName  string
	EmailAddress string
}

// NewSlackBot makes a Slack bot.
type NewSlackBot struct {
	_ struct{} `ns:"Voice.Api.Endpoints"`
	newMembers
	hoursMembers
	portalMembers
	DisplayName   string
	AppId         string
	BotToken      string
	SigningSecret string
}

// NewSkypeBot makes a Skype bot.
type NewSkypeBot struct {
	_ struct{} `ns:"Voice.Api.Endpoints"`
	newMembers
	hoursMembers
	portalMembers
	DisplayName string
	AppId       string
	AppPassword string
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

// NewSipPassword makes a new SIP password for a user.
type NewSipPassword struct {
	_          struct{} `ns:"Voice.Api.Endpoints"`
	EndpointId string
}

func (q *NewSipPassword) endpoint() string { return q.EndpointId }

// SetPhoneNumberIsFax makes a phone number a fax number, or a phone number again.
type SetPhoneNumberIsFax struct {
	_          struct{} `ns:"Voice.Api.Endpoints"`
	EndpointId string
	IsFax      *bool
}

func (q *SetPhoneNumberIsFax) endpoint() string { return q.EndpointId }
