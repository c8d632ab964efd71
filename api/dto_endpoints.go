package api

import (
	"encoding/json"
	"time"

	"ringflow/endpoints"
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

	DisableSms               bool // of a number or trunk: no texts come or go
	UseExternal10DlcCampaign bool
	WebChat                  bool // ours: visitors without a login may write to it

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

	Texts *Texts // of a trunk or a number: how it texts; null: by SIP, as calls go

	// A team.
	MemberIds []string

	// A bot. Its token and secrets are shown to nobody.
	AppId               string
	HasSigningSecret    *bool  // of Slack, as is what follows
	HasAppToken         *bool  // it listens by Socket Mode
	TenantId            string // of the Bot Framework, as is what follows
	HasDirectLineSecret *bool  // it has a web chat
	AllowedOrigins      []string

	// A user or a team: its voicemail box. All ours.
	VoicemailGreeting       string
	VoicemailGreetingFileId string // an audio file; wins over the text
	VoicemailEmail          *bool  // messages go out by e-mail, too
	VoicemailMp3            *bool  // as MP3, not WAV
	HasVoicemailPin         *bool

	Links []Link // ours: how that is doing by which its messages come and go
}

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
	AppToken             *string
	AppPassword          *string // of a Skype bot, as is what follows
	TenantId             *string
	DirectLineSecret     *string
	AllowedOrigins       []string
	AppId                *string // of a bot

	VoicemailPin            *string // 4 to 12 digits; empty takes it away
	VoicemailGreeting       *string
	VoicemailGreetingFileId *string
	VoicemailEmail          *bool
	VoicemailMp3            *bool

	trunkMembers
	hoursMembers
	portalMembers
	textMembers
}

func (q *PatchEndpoint) endpoint() string { return q.EndpointId }

// DeleteEndpoint deletes an endpoint, and a user's login and places in teams with it.
type DeleteEndpoint struct {
	_          struct{} `ns:"Voice.Api.Endpoints"`
	EndpointId string
}

func (q *DeleteEndpoint) endpoint() string { return q.EndpointId }

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
