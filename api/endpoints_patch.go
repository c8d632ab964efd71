package api

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"ringflow/endpoints"
)

// patchEndpoint changes what is given and leaves the rest.
func (s *Server) patchEndpoint(r *Request, q *PatchEndpoint) (*EndpointInfo, error) {
	e := r.found.endpoint
	set(&e.CustomerID, q.CustomerId)
	set(&e.ReferenceID, q.ReferenceId)
	set(&e.DisplayName, q.Name)
	set(&e.DisplayName, q.DisplayName)
	set(&e.FlowID, q.FlowId)
	if err := s.setMusic(r.Context(), e.AccountID, &e.MusicOnHold, q.MusicOnHoldFileId); err != nil {
		return nil, err
	}
	if q.FlowParams != nil && q.IsPartialFlowUpdate {
		merged := maps.Clone(e.FlowParams)
		if merged == nil {
			merged = map[string]endpoints.Value{}
		}
		maps.Copy(merged, q.FlowParams)
		e.FlowParams = merged
	} else if q.FlowParams != nil {
		e.FlowParams = q.FlowParams
	}
	q.applyHours(e)
	q.applyPortal(e)
	q.applyTexts(e)
	if err := q.applyKind(e); err != nil {
		return nil, err
	}
	if q.ManagerAccess != nil {
		if err := mayGive(r.Who, e.Portal.ManagerAccess); err != nil {
			return nil, err
		}
	}
	if q.Data != nil {
		hidden, err := s.secretsOf(r.Context(), e.AccountID)
		if err != nil {
			return nil, err
		}
		e.Data = replaced(e.Data, q.Data, hidden[e.AccountID].endpoint)
	}
	if q.AgentState != "" {
		if e.Kind != endpoints.User {
			return nil, &endpoints.Invalid{Field: "agentState", Text: "is of users only"}
		}
		if err := endpoints.CheckAgentState("agentState", endpoints.AgentState(q.AgentState)); err != nil {
			return nil, err
		}
	}
	if err := s.patchVoicemail(r, e, q); err != nil {
		return nil, err
	}
	var sipPassword string
	var login *endpoints.Login
	var err error
	switch e.Kind {
	case endpoints.User:
		if sipPassword, err = s.patchUser(r, e, q); err == nil {
			login, err = s.patchLogin(r, e, q)
		}
	case endpoints.SipTrunk:
		if e.Trunk == nil {
			e.Trunk = &endpoints.Trunk{}
		}
		set(&e.Trunk.Password, q.Password)
		q.apply(e.Trunk)
	case endpoints.Team:
		if q.MemberIds != nil {
			e.Team.MemberIDs = q.MemberIds
		}
	}
	if err != nil {
		return nil, err
	}
	if err := s.saveEndpoint(r, e, login); err != nil {
		return nil, err
	}
	if q.AgentState != "" {
		if _, err := s.Calls.SetAgent(r.Context(), e, endpoints.AgentState(q.AgentState)); err != nil {
			return nil, err
		}
	}
	info, err := s.endpointInfo(r.Context(), e)
	if err == nil {
		info.SipPassword = sipPassword
	}
	return info, err
}

// patchUser changes a user. One that gets a phone gets its credentials, too.
func (s *Server) patchUser(r *Request, e *endpoints.Endpoint, q *PatchEndpoint) (sipPassword string, err error) {
	before := strings.TrimSpace(e.FirstName + " " + e.LastName)
	set(&e.FirstName, q.FirstName)
	set(&e.LastName, q.LastName)
	set(&e.EmailAddress, q.EmailAddress)
	if q.DisplayName == nil && q.Name == nil && e.DisplayName == before {
		e.DisplayName = "" // made of the names, so made anew
	}
	if q.UserMode == "" || string(q.UserMode) == string(e.UserMode) {
		return "", nil
	}
	e.UserMode = endpoints.UserMode(q.UserMode)
	if e.SipUserName != "" && e.UserMode != endpoints.ModeFlow {
		return "", nil // another phone with the same credentials
	}
	return s.giveSip(r, e)
}

// patchLogin is the user's login as it should be after the change; nil: as it is.
func (s *Server) patchLogin(r *Request, e *endpoints.Endpoint, q *PatchEndpoint) (*endpoints.Login, error) {
	if q.Password == nil && q.EmailAddress == nil && q.FirstName == nil && q.LastName == nil && q.ManagerAccess == nil && q.DashboardPermissions == nil {
		return nil, nil
	}
	logins, _, err := s.Store.Logins(r.Context(), endpoints.LoginFilter{List: endpoints.List{All: true}, EndpointID: e.ID})
	if err != nil {
		return nil, err
	}
	if len(logins) == 0 {
		password := ""
		set(&password, q.Password)
		return s.loginFor(r, e, e.EmailAddress, password)
	}
	l := logins[0]
	if err := mayChange(r.Who, l); err != nil {
		return nil, err
	}
	l.FirstName, l.LastName, l.LastModifiedBy = e.FirstName, e.LastName, r.Who.login.EmailAddress
	if q.ManagerAccess != nil {
		l.ManagerAccess = e.Portal.ManagerAccess
	}
	if q.DashboardPermissions != nil {
		l.DashboardPermissions = e.Portal.DashboardPermissions
	}
	if q.EmailAddress != nil && *q.EmailAddress != "" {
		l.EmailAddress = *q.EmailAddress
	}
	if q.Password != nil && *q.Password != "" {
		if err := s.longEnough(r.Context(), *q.Password); err != nil {
			return nil, err
		}
		if err := s.auth.gate.hash(r.Context(), l, *q.Password); err != nil {
			return nil, err
		}
	}
	return l, l.Validate()
}

// mayGive keeps those who manage users from giving away more than they have.
func mayGive(who *caller, access endpoints.ManagerAccess) error {
	if who.administrator() || access == "" || access.Within(who.login.ManagerAccess) {
		return nil
	}
	return fail(http.StatusForbidden, "Forbidden", "managerAccess: %s is more than yours", access)
}

// mayChange keeps those who manage users from taking over who has more rights.
func mayChange(who *caller, l *endpoints.Login) error {
	if who.administrator() || l.ID == who.login.ID || !slices.ContainsFunc(l.Roles, func(role endpoints.Role) bool { return role != endpoints.UserRole }) {
		return nil
	}
	return fail(http.StatusForbidden, "Forbidden", "the login %s has more rights than a phone user; an administrator changes it", l.EmailAddress)
}
