package api

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"ringflow/endpoints"
)

// The table of who may what is the registry: an entry's Roles and Scope, and what
// of a key's scopes it needs. Everything here reads it; no handler decides.

// needs is the scope that an API key must have for o: the entry's own, or what
// its routes tell.
func (o *Operation) needs() endpoints.KeyScope {
	switch {
	case o.Needs != "":
		return o.Needs
	case !o.writes():
		return endpoints.ScopeRead
	}
	switch o.part() {
	case "sessions", "calls", "messages", "conversations", "agents":
		return endpoints.ScopeCalls
	case "accounts", "users", "api-keys", "global", "auth":
		return endpoints.ScopeAdminister
	}
	return endpoints.ScopeConfigure
}

// deletes tells whether o takes things away; to end a call doesn't.
func (o *Operation) deletes() bool {
	return o.needs() != endpoints.ScopeCalls && o.needs() != endpoints.ScopeRead && len(o.Routes) > 0 &&
		!slices.ContainsFunc(o.Routes, func(r string) bool { return !strings.HasPrefix(r, "DELETE ") })
}

// part is the first word of o's routes: flows.
func (o *Operation) part() string {
	if len(o.Routes) == 0 {
		return ""
	}
	_, path, _ := strings.Cut(o.Routes[0], " ")
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return first
}

// dashboard is the permission that opens a part to a phone user.
var dashboard = map[string]endpoints.DashboardPermission{
	"files": endpoints.ViewFiles, "notifications": endpoints.ViewNotifications, "messages": endpoints.ViewNotifications, "conversations": endpoints.ViewNotifications,
	"sessions": endpoints.ViewSessions, "calls": endpoints.ViewSessions, "endpoints": endpoints.ViewEndpoints, "reports": endpoints.ViewReports,
	"customers": endpoints.ViewCustomers, "flows": endpoints.ViewFlows, "agents": endpoints.ViewCallCenter, "call-center": endpoints.ViewCallCenter,
}

// permit refuses an operation that is not the caller's; everything that no entry
// of the registry allows is refused here.
func (s *Server) permit(ctx context.Context, o *Operation, c *caller) error {
	l := c.login
	if c.key != nil {
		switch need := o.needs(); {
		case !slices.Contains(c.key.Scopes, need):
			return fail(http.StatusForbidden, "Forbidden", "Invalid Permission: the API key hasn't the scope %s, which %s needs", need, o.Name)
		case o.deletes() && !slices.Contains(c.key.Scopes, endpoints.ScopeDelete):
			return fail(http.StatusForbidden, "Forbidden", "Invalid Permission: the API key hasn't the scope %s, which %s needs", endpoints.ScopeDelete, o.Name)
		}
	}
	if s.opened(o, l) {
		c.dashboard = true
		return s.confine(ctx, c)
	}
	if !o.allowed(l.Roles) {
		return fail(http.StatusForbidden, "Forbidden", "Invalid Role: %s needs one of %s", o.Name, roleNames(o.Roles))
	}
	if level := o.level(); !l.Has(endpoints.SystemAdministrator) && managing(l) && !level.Within(l.ManagerAccess) {
		return fail(http.StatusForbidden, "Forbidden", "Invalid Permission: %s needs managerAccess %s, and the login has %s", o.Name, level, l.ManagerAccess)
	}
	return s.confine(ctx, c)
}

// level is the managerAccess that o needs.
func (o *Operation) level() endpoints.ManagerAccess {
	switch {
	case o.needs() == endpoints.ScopeRead:
		return endpoints.ReadOnly
	case o.deletes():
		return endpoints.ReadWriteDelete
	}
	return endpoints.ReadWrite
}

// managing tells whether managerAccess is about this login by its roles; of a
// phone user it says what dashboardPermissions are worth.
func managing(l *endpoints.Login) bool {
	return slices.ContainsFunc(l.Roles, func(r endpoints.Role) bool { return r == endpoints.Manager || r == endpoints.CustomerRole })
}

// opened tells whether dashboardPermissions open o to a phone user: as a manager
// sees that part, and with managerAccess as he changes it.
func (s *Server) opened(o *Operation, l *endpoints.Login) bool {
	permission, is := dashboard[o.part()]
	if !is || !l.Has(endpoints.UserRole) || managing(l) || l.Has(endpoints.SystemAdministrator) || !slices.Contains(l.DashboardPermissions, permission) {
		return false
	}
	access := l.ManagerAccess
	if access == "" {
		access = endpoints.ReadOnly
	}
	return o.allowed([]endpoints.Role{endpoints.Manager}) && o.needs() != endpoints.ScopeAdminister && o.level().Within(access)
}

// noCustomer is nobody's id: who is kept to it sees nothing.
const noCustomer = "none"

// confine finds the customers that a caller is kept to: those of a login of the
// role Customer, and for a phone user with parts of the dashboard his own.
func (s *Server) confine(ctx context.Context, c *caller) error {
	if c.login.Confined() {
		if c.customers = c.login.CustomerIDs; len(c.customers) == 0 {
			c.customers = []string{noCustomer}
		}
		return nil
	}
	if !c.dashboard || c.login.EndpointID == "" {
		return nil
	}
	e, err := s.Store.Endpoint(ctx, c.login.EndpointID)
	if err != nil {
		return missing(err, "endpoint", c.login.EndpointID)
	}
	if e.CustomerID != "" {
		c.customers = []string{e.CustomerID}
	}
	return nil
}
