package api

import (
	"context"
	"fmt"
	"io/fs"
	"net/http"
	"slices"

	"ringflow/endpoints"
)

// listUsers lists the logins of accounts. Who sees them all is shown to his like only.
func (s *Server) listUsers(r *Request, q *ListUsers) (*ListResponse[UserInfo], error) {
	list, err := q.list()
	if err != nil {
		return nil, err
	}
	f := endpoints.LoginFilter{List: list, AccountIDs: q.AccountIds, EmailFilter: q.EmailFilter}
	if !r.Who.administrator() {
		f.NoneOf = []endpoints.Role{endpoints.SystemAdministrator}
	}
	all, total, err := s.Store.Logins(r.Context(), f)
	if err != nil {
		return nil, err
	}
	items := make([]UserInfo, len(all))
	for i, l := range all {
		if items[i], err = s.userInfo(r.Context(), r.Who, l); err != nil {
			return nil, err
		}
	}
	return page(&q.ListRequest, items, total), nil
}

func (s *Server) getUser(r *Request, _ *GetUser) (*UserInfo, error) {
	info, err := s.userInfo(r.Context(), r.Who, r.found.login)
	return &info, err
}

// newUser makes a login of one account. One with customers has the role
// Customer; other roles are for a SystemAdministrator to give.
func (s *Server) newUser(r *Request, q *NewUser) (*UserInfo, error) {
	l := &endpoints.Login{
		EmailAddress: q.EmailAddress, FirstName: q.FirstName, LastName: q.LastName, AccountIDs: []string{r.found.accountID}, CustomerIDs: q.CustomerIds,
		ManagerAccess: endpoints.ManagerAccess(q.ManagerAccess), DashboardPermissions: wordsOf[endpoints.DashboardPermission](q.DashboardPermissions),
		Roles: wordsOf[endpoints.Role](q.Roles),
	}
	if len(q.CustomerIds) > 0 && len(q.Roles) == 0 {
		l.Roles = []endpoints.Role{endpoints.CustomerRole}
	} else if len(q.Roles) > 0 && !r.Who.administrator() {
		return nil, onlyAdministrators("roles")
	}
	if err := mayGive(r.Who, l.ManagerAccess); err != nil {
		return nil, err
	}
	if l.ManagerAccess == "" && !r.Who.administrator() {
		l.ManagerAccess = r.Who.login.ManagerAccess // no more than who makes it
	}
	l.CreatedBy = r.Who.login.EmailAddress
	return s.saveUser(r, l, &q.Password)
}

// patchUser changes what is given and leaves the rest. Nobody changes his own
// rights, so nobody locks himself out.
func (s *Server) patchUserLogin(r *Request, q *PatchUser) (*UserInfo, error) {
	l, who := r.found.login, r.Who
	before := *l
	set(&l.EmailAddress, q.EmailAddress)
	set(&l.FirstName, q.FirstName)
	set(&l.LastName, q.LastName)
	if q.AccountIds != nil {
		for _, id := range q.AccountIds {
			if !who.may(id) {
				return nil, notFound("account", id)
			}
		}
		if len(q.AccountIds) == 0 && !who.administrator() {
			return nil, &endpoints.Invalid{Field: "accountIds", Text: "is empty: nobody but an administrator would see the login again"}
		}
		l.AccountIDs = slices.Compact(slices.Sorted(slices.Values(q.AccountIds)))
	}
	if q.Roles != nil {
		l.Roles = wordsOf[endpoints.Role](q.Roles)
	}
	if q.CustomerIds != nil {
		l.CustomerIDs = q.CustomerIds
	}
	if q.ManagerAccess != "" {
		l.ManagerAccess = endpoints.ManagerAccess(q.ManagerAccess)
	}
	if q.DashboardPermissions != nil {
		l.DashboardPermissions = wordsOf[endpoints.DashboardPermission](q.DashboardPermissions)
	}
	rolesChange := !sameSet(before.Roles, l.Roles)
	if rolesChange && !who.administrator() {
		return nil, onlyAdministrators("roles")
	}
	if l.ManagerAccess != before.ManagerAccess {
		if err := mayGive(who, l.ManagerAccess); err != nil {
			return nil, err
		}
	}
	if l.ID == who.login.ID && (rolesChange || l.ManagerAccess != before.ManagerAccess || !sameSet(before.AccountIDs, l.AccountIDs) || !sameSet(before.CustomerIDs, l.CustomerIDs)) {
		return nil, fail(http.StatusForbidden, "Forbidden", "nobody changes his own rights; another administrator does")
	}
	return s.saveUser(r, l, q.NewPassword)
}

func (s *Server) saveUser(r *Request, l *endpoints.Login, password *string) (*UserInfo, error) {
	ctx := r.Context()
	fresh := l.ID == ""
	if l.Has(endpoints.CustomerRole) && len(l.CustomerIDs) == 0 {
		return nil, &endpoints.Invalid{Field: "customerIds", Text: "is missing: a login of the role Customer belongs to customers"}
	}
	switch {
	case password != nil && (fresh || *password != ""):
		err := s.longEnough(ctx, *password)
		if err == nil {
			err = s.auth.gate.hash(ctx, l, *password)
		}
		if err != nil {
			if !fresh {
				err = renamed(err, "newPassword")
			}
			return nil, err
		}
	case fresh:
		return nil, &endpoints.Invalid{Field: "password", Text: "is missing"}
	}
	if err := l.Validate(); err != nil {
		return nil, err
	}
	if other, err := s.Store.LoginByEmail(ctx, l.EmailAddress); err == nil && other.ID != l.ID {
		return nil, fmt.Errorf("%s has a login already: %w", l.EmailAddress, fs.ErrExist)
	}
	l.LastModifiedBy = r.Who.login.EmailAddress
	if err := s.putLogin(ctx, l); err != nil {
		return nil, err
	}
	info, err := s.userInfo(ctx, r.Who, l)
	return &info, err
}

// putLogin keeps a login. The user that it is of is shown with its rights, so it has them, too.
func (s *Server) putLogin(ctx context.Context, l *endpoints.Login) error {
	if l.EndpointID == "" {
		return s.Store.PutLogin(ctx, l)
	}
	e, err := s.Store.Endpoint(ctx, l.EndpointID)
	if err != nil {
		return missing(err, "endpoint", l.EndpointID)
	}
	if e.Portal.ManagerAccess == l.ManagerAccess && slices.Equal(e.Portal.DashboardPermissions, l.DashboardPermissions) {
		return s.Store.PutLogin(ctx, l)
	}
	e.Portal.ManagerAccess, e.Portal.DashboardPermissions, e.LastModifiedBy = l.ManagerAccess, l.DashboardPermissions, l.LastModifiedBy
	return s.Store.PutUser(ctx, e, l)
}

func (s *Server) deleteUser(r *Request, _ *DeleteUser) error {
	if r.found.login.ID == r.Who.login.ID {
		return fail(http.StatusForbidden, "Forbidden", "nobody deletes his own login; another administrator does")
	}
	return s.Store.DeleteLogin(r.Context(), r.found.login.ID)
}

func onlyAdministrators(field string) error {
	return &failure{Status: http.StatusForbidden, Code: "Forbidden", Field: field, Text: field + " are given by SystemAdministrators"}
}

func sameSet[T ~string](a, b []T) bool {
	return slices.Equal(slices.Compact(slices.Sorted(slices.Values(a))), slices.Compact(slices.Sorted(slices.Values(b))))
}

// userInfo shows a login; of its accounts those that who asks may see.
func (s *Server) userInfo(ctx context.Context, who *caller, l *endpoints.Login) (UserInfo, error) {
	info := UserInfo{
		Id: l.ID, IsAuthenticated: l.ID == who.login.ID, FirstName: l.FirstName, LastName: l.LastName, Name: displayName(l), EmailAddress: l.EmailAddress,
		Roles: roleStrings(l.Roles), AccountIds: []string{}, AccountNames: []string{}, EndpointId: l.EndpointID, CustomerIds: l.CustomerIDs,
		ManagerAccess: string(l.ManagerAccess), DashboardPermissions: wordsOf[DashboardPermissions](l.DashboardPermissions),
		revision: l.Revision,
	}
	names, err := s.shown(ctx, l.AccountIDs, nil)
	for _, id := range l.AccountIDs {
		if who.may(id) {
			info.AccountIds, info.AccountNames = append(info.AccountIds, id), append(info.AccountNames, names.of(id))
		}
	}
	return info, err
}
