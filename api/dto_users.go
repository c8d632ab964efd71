package api

import "ringflow/endpoints"

// ListUsers lists logins.
type ListUsers struct {
	_ struct{} `ns:"Voice.Api.Authentication"`
	ListRequest
	AccountIds  []string
	EmailFilter string
}

func (q *ListUsers) accounts() *[]string { return &q.AccountIds }

// GetUser shows a login.
type GetUser struct {
	_      struct{} `ns:"Voice.Api.Authentication"`
	UserId string
}

func (q *GetUser) login() (id, email string) { return q.UserId, "" }

// NewUser makes a login.
type NewUser struct {
	_                    struct{} `ns:"Voice.Api.Authentication"`
	AccountId            string
	EmailAddress         string
	FirstName            string
	LastName             string
	Password             string
	Roles                []UserRoles // ours; SystemAdministrators give roles
	CustomerIds          []string    // ours: whom a login of the role Customer belongs to
	ManagerAccess        UserManagerAccess
	DashboardPermissions []DashboardPermissions
}

func (q *NewUser) account() string { return q.AccountId }

// PatchUser changes a login; what isn't given stays.
type PatchUser struct {
	_                    struct{} `ns:"Voice.Api.Authentication"`
	UserId               string
	AccountIds           []string
	EmailAddress         *string // ours
	FirstName            *string
	LastName             *string
	NewPassword          *string
	Roles                []UserRoles
	CustomerIds          []string // ours
	ManagerAccess        UserManagerAccess
	DashboardPermissions []DashboardPermissions
}

func (q *PatchUser) login() (id, email string) { return q.UserId, "" }

// DeleteUser removes a login.
type DeleteUser struct {
	_      struct{} `ns:"Voice.Api.Authentication"`
	UserId string
}

func (q *DeleteUser) login() (id, email string) { return q.UserId, "" }

// UserRoles are the roles of a login.
type UserRoles string

func (UserRoles) Members() []string { return roleStrings(endpoints.Roles) }

// wordsOf are texts of another type.
func wordsOf[Out, In ~string](list []In) []Out {
	out := make([]Out, len(list))
	for i, v := range list {
		out[i] = Out(v)
	}
	return out
}
