package api

import (
	"errors"
	"fmt"
	"io/fs"

	"ringflow/endpoints"
)

// newUserEndpoint makes a user; every mode but Flow gets a phone's credentials.
func (s *Server) newUserEndpoint(r *Request, q *NewUserEndpoint) (*EndpointInfo, error) {
	e := q.endpoint(r, endpoints.User)
	q.applyHours(e)
	e.ID, e.FirstName, e.LastName = endpoints.NewID(), q.FirstName, q.LastName
	e.EmailAddress, e.UserMode = q.EmailAddress, endpoints.UserMode(q.UserMode)
	q.applyPortal(e)
	e.Portal.ManagerAccess, e.Portal.DashboardPermissions = endpoints.ManagerAccess(q.ManagerAccess), permissions(q.DashboardPermissions)
	if err := mayGive(r.Who, e.Portal.ManagerAccess); err != nil {
		return nil, err
	}
	login, err := s.loginFor(r, e, q.EmailAddress, q.Password)
	if err != nil {
		return nil, err
	}
	password, err := s.giveSip(r, e)
	if err != nil {
		return nil, err
	}
	if err := s.saveEndpoint(r, e, login); err != nil {
		return nil, err
	}
	info, err := s.endpointInfo(r.Context(), e)
	if err == nil {
		info.SipPassword = password
	}
	return info, err
}

// giveSip makes a phone's credentials where the user's mode has a phone. The
// password is known this once: the HA1s alone are kept.
func (s *Server) giveSip(r *Request, e *endpoints.Endpoint) (string, error) {
	if e.UserMode == endpoints.ModeFlow {
		return "", nil
	}
	if e.SipUserName == "" {
		name, err := s.Store.FreeSipName(r.Context(), e.FirstName, e.LastName)
		if err != nil {
			return "", err
		}
		e.SipUserName = name
	}
	password := endpoints.NewPassword()
	e.SetSipPassword(s.Realm, password)
	return password, nil
}

// newSipPassword makes a new SIP password for a user that has a phone.
func (s *Server) newSipPassword(r *Request, _ *NewSipPassword) (*EndpointInfo, error) {
	e := r.found.endpoint
	if e.Kind != endpoints.User || e.SipUserName == "" {
		return nil, &endpoints.Invalid{Field: "endpointId", Text: fmt.Sprintf("%s has no phone, so it has no SIP password", e.DisplayName)}
	}
	password, err := s.giveSip(r, e)
	if err != nil {
		return nil, err
	}
	if err := s.saveEndpoint(r, e, nil); err != nil {
		return nil, err
	}
	info, err := s.endpointInfo(r.Context(), e)
	if err == nil {
		info.SipPassword = password
	}
	return info, err
}

// loginFor is the login that an e-mail address and a password make for a user;
// nil without a password.
func (s *Server) loginFor(r *Request, e *endpoints.Endpoint, email, password string) (*endpoints.Login, error) {
	if password == "" {
		return nil, nil
	}
	if email == "" {
		return nil, &endpoints.Invalid{Field: "emailAddress", Text: "is missing: a password needs an address to log in with"}
	}
	l := &endpoints.Login{
		EmailAddress: email, FirstName: e.FirstName, LastName: e.LastName,
		Roles: []endpoints.Role{endpoints.UserRole}, AccountIDs: []string{e.AccountID}, EndpointID: e.ID,
		ManagerAccess: e.Portal.ManagerAccess, DashboardPermissions: e.Portal.DashboardPermissions,
	}
	l.CreatedBy, l.LastModifiedBy = r.Who.login.EmailAddress, r.Who.login.EmailAddress
	if err := s.longEnough(r.Context(), password); err != nil {
		return nil, err
	}
	if err := s.auth.gate.hash(r.Context(), l, password); err != nil {
		return nil, err
	}
	if err := l.Validate(); err != nil {
		return nil, err
	}
	switch _, err := s.Store.LoginByEmail(r.Context(), l.EmailAddress); {
	case err == nil:
		return nil, fmt.Errorf("%s has a login already: %w", l.EmailAddress, fs.ErrExist)
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	return l, nil
}

// buyPhoneNumber registers a number.
func (s *Server) buyPhoneNumber(r *Request, q *BuyPhoneNumber) (*EndpointInfo, error) {
	kind := endpoints.PhoneNumber
	if q.IsFaxNumber {
		kind = endpoints.FaxNumber
	}
	e := q.endpoint(r, kind)
	q.applyHours(e)
	q.applyPortal(e)
	q.applyTexts(e)
	e.Portal.AddressSID = q.AddressSid
	e.Number = q.Number
	e.Virtual = q.IsVirtualPhoneNumber == nil || *q.IsVirtualPhoneNumber
	if err := s.saveEndpoint(r, e, nil); err != nil {
		return nil, err
	}
	return s.endpointInfo(r.Context(), e)
}

// newSipTrunk makes a trunk.
func (s *Server) newSipTrunk(r *Request, q *NewSipTrunk) (*EndpointInfo, error) {
	e := q.endpoint(r, endpoints.SipTrunk)
	q.applyHours(e)
	q.applyPortal(e)
	q.applyTexts(e)
	e.Trunk = &endpoints.Trunk{}
	set(&e.Trunk.Password, q.Password)
	q.apply(e.Trunk)
	if err := s.saveEndpoint(r, e, nil); err != nil {
		return nil, err
	}
	return s.endpointInfo(r.Context(), e)
}

// newTeam makes a team.
func (s *Server) newTeam(r *Request, q *NewTeam) (*EndpointInfo, error) {
	e := q.endpoint(r, endpoints.Team)
	q.applyHours(e)
	q.applyPortal(e)
	e.Team = &endpoints.TeamMembers{MemberIDs: q.MemberIds}
	if err := s.saveEndpoint(r, e, nil); err != nil {
		return nil, err
	}
	return s.endpointInfo(r.Context(), e)
}

// apply sets what the request gives.
func (q *trunkMembers) apply(t *endpoints.Trunk) {
	set(&t.Host, q.Host)
	set(&t.Port, q.Port)
	set(&t.UserName, q.UserName)
	set(&t.Register, q.Register)
	set(&t.Priority, q.Priority)
	set(&t.AllowOriginalCallerID, q.AllowOriginalCallerId)
	set(&t.AllowTransfers, q.AllowTransfers)
	set(&t.MaxCalls, q.MaxCalls)
	if q.Transport != "" {
		t.Transport = string(q.Transport)
	}
	if q.CallerIdFormat != "" {
		t.CallerIDFormat = string(q.CallerIdFormat)
	}
	for _, l := range []struct {
		to   *[]string
		from []string
	}{{&t.AllowedIPs, q.AllowedIps}, {&t.Prefixes, q.Prefixes}, {&t.Codecs, q.Codecs}} {
		if l.from != nil {
			*l.to = l.from
		}
	}
}
