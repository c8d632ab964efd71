package api

import "ringflow/endpoints"

// Authenticate logs in, by provider credentials or basic.
type Authenticate struct {
	_          struct{} `ns:"Voice.Api.Authentication"`
	Provider   string
	UserName   string
	Password   string
	RememberMe bool
}

// AuthenticateResponse tells who has logged in.
type AuthenticateResponse struct {
	_              struct{} `ns:"Voice.Api.Authentication"`
	UserId         string
	SessionId      string
	UserName       string
	DisplayName    string
	Roles          []string
	Permissions    []string
	ResponseStatus *ResponseStatus
}

// GetAuthStatus asks who is logged in.
type GetAuthStatus struct {
	_ struct{} `ns:"Voice.Api.Authentication"`
}

// Logout ends the web session.
type Logout struct {
	_ struct{} `ns:"Voice.Api.Authentication"`
}

// UserInfo is a login; accountIds and accountNames go in pairs.
type UserInfo struct {
	_                    struct{} `ns:"Voice.Api.Authentication"`
	Id                   string
	IsAuthenticated      bool
	FirstName            string
	LastName             string
	Name                 string
	AvatarUrl            string
	EmailAddress         string
	Roles                []string
	AccountIds           []string
	AccountNames         []string
	EndpointId           string // ours: a phone user's endpoint
	ManagerAccess        string
	DashboardPermissions []string
}

func roleStrings(roles []endpoints.Role) []string {
	out := make([]string, len(roles))
	for i, r := range roles {
		out[i] = string(r)
	}
	return out
}
