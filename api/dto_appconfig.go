package api

import "encoding/json"

// GetEndpointAppConfig asks for what an app of a user needs.
type GetEndpointAppConfig struct {
	_                    struct{} `ns:"Voice.Api.Endpoints"`
	EndpointId           string
	EndpointEmailAddress string
	DeviceType           DeviceTypes // with one, accessToken is made
	PushCredentialSid    string      // of a carrier, as is what follows: nothing is pushed
	ApplicationSid       string
	Sandbox              bool
}

func (q *GetEndpointAppConfig) endpoint() string { return q.EndpointId }

// DeviceTypes are what apps run on.
type DeviceTypes string

func (DeviceTypes) Members() []string { return []string{"Web", "iOS", "Android"} }

// AppConfig is what an app of a user needs.
type AppConfig struct {
	_                struct{} `ns:"Voice.Api.Endpoints"`
	EndpointId       string
	AccountId        string
	CustomerId       string
	AccessToken      string // a one-time token of the user's login: POST /auth/token
	Identity         string // sipUserName
	EmailAddress     string
	UserInfo         *AppUserInfo
	AgentState       AgentStates
	AgentStateReason AgentStateReasons
	Tabs             []string
	AppSettings      json.RawMessage // the endpoint's own, else the nearest customer's that overrides them
}

// AppUserInfo is the person.
type AppUserInfo struct {
	_         struct{} `ns:"Voice.Api.Endpoints"`
	FirstName string
	LastName  string
	Name      string
	AvatarUrl string
}
