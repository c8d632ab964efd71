package api

import "ringflow/endpoints"

// Authenticate logs in, by provider credentials, basic or token.
type Authenticate struct {
	_           struct{} `ns:"Voice.Api.Authentication"`
	Provider    string
	UserName    string
	Password    string
	AccessToken string // a one-time token: provider token
	RememberMe  bool
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

// RequestAuthToken asks for a one-time token of a login.
type RequestAuthToken struct {
	_                struct{} `ns:"Voice.Api.Authentication"`
	UserId           string
	UserEmailAddress string
}

func (q *RequestAuthToken) login() (id, email string) { return q.UserId, q.UserEmailAddress }

// RequestAuthTokenResponse has the token: for POST /auth/token or POST /auth/recover.
type RequestAuthTokenResponse struct {
	_         struct{} `ns:"Voice.Api.Authentication"`
	AuthToken string
}

// ForgotPassword tells that a password is forgotten.
type ForgotPassword struct {
	_            struct{} `ns:"Voice.Api.Authentication"`
	EmailAddress string
}

// RecoverPassword sets a new password by a one-time token.
type RecoverPassword struct {
	_            struct{} `ns:"Voice.Api.Authentication"`
	EmailAddress string
	Token        string
	NewPassword  string
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
	EndpointId           string   // ours: a phone user's endpoint
	CustomerIds          []string // ours: whom a login of the role Customer belongs to
	ManagerAccess        string
	DashboardPermissions []DashboardPermissions

	revision int64
}

func (u UserInfo) revisionOf() int64 { return u.revision }

func roleStrings(roles []endpoints.Role) []string {
	out := make([]string, len(roles))
	for i, r := range roles {
		out[i] = string(r)
	}
	return out
}
