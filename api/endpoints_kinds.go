package api

import (
	"ringflow/endpoints"
)

// newEmail makes an e-mail endpoint.
func (s *Server) newEmail(r *Request, q *NewEmail) (*EndpointInfo, error) {
	e := q.endpoint(r, endpoints.EmailAddress)
	q.applyHours(e)
	q.applyPortal(e)
	e.EmailAddress = q.EmailAddress
	return s.keepEndpoint(r, e)
}

// newSlackBot makes a Slack bot.
func (s *Server) newSlackBot(r *Request, q *NewSlackBot) (*EndpointInfo, error) {
	e := q.endpoint(r, endpoints.SlackBot)
	q.applyHours(e)
	q.applyPortal(e)
	e.Bot = &endpoints.Bot{AppID: q.AppId, Token: q.BotToken, SigningSecret: q.SigningSecret, AppToken: q.AppToken}
	return s.keepEndpoint(r, e)
}

// newSkypeBot makes a Skype bot.
func (s *Server) newSkypeBot(r *Request, q *NewSkypeBot) (*EndpointInfo, error) {
	e := q.endpoint(r, endpoints.SkypeBot)
	q.applyHours(e)
	q.applyPortal(e)
	e.Bot = &endpoints.Bot{AppID: q.AppId, Token: q.AppPassword, TenantID: q.TenantId, DirectLineSecret: q.DirectLineSecret, AllowedOrigins: q.AllowedOrigins}
	return s.keepEndpoint(r, e)
}

// botInfo adds what of a bot anybody may see who may see it at all.
func botInfo(info *EndpointInfo, e *endpoints.Endpoint) {
	signed, socket, page := e.Bot.SigningSecret != "", e.Bot.AppToken != "", e.Bot.DirectLineSecret != ""
	if e.Kind == endpoints.SlackBot {
		info.HasSigningSecret, info.HasAppToken = &signed, &socket
		return
	}
	info.TenantId, info.HasDirectLineSecret, info.AllowedOrigins = e.Bot.TenantID, &page, listOf(e.Bot.AllowedOrigins)
}

// keepEndpoint saves an endpoint and shows it.
func (s *Server) keepEndpoint(r *Request, e *endpoints.Endpoint) (*EndpointInfo, error) {
	if err := s.saveEndpoint(r, e, nil); err != nil {
		return nil, err
	}
	return s.endpointInfo(r.Context(), e)
}

// setPhoneNumberIsFax makes a phone number a fax number, or one again. Its flow
// answers its calls either way: this server itself sends and takes no faxes.
func (s *Server) setPhoneNumberIsFax(r *Request, q *SetPhoneNumberIsFax) (*EndpointInfo, error) {
	e := r.found.endpoint
	switch {
	case e.Kind != endpoints.PhoneNumber && e.Kind != endpoints.FaxNumber:
		return nil, &endpoints.Invalid{Field: "endpointId", Text: e.DisplayName + " is no phone number"}
	case q.IsFax == nil:
		return nil, &endpoints.Invalid{Field: "isFax", Text: "is missing"}
	case *q.IsFax:
		e.Kind = endpoints.FaxNumber
	default:
		e.Kind = endpoints.PhoneNumber
	}
	return s.keepEndpoint(r, e)
}

// applyKind sets what only endpoints of some kinds have.
func (q *PatchEndpoint) applyKind(e *endpoints.Endpoint) error {
	number, bot := e.Kind == endpoints.PhoneNumber || e.Kind == endpoints.FaxNumber, e.Kind == endpoints.SlackBot || e.Kind == endpoints.SkypeBot
	for _, m := range []struct {
		name  string
		given bool
		is    bool
	}{
		{"isVirtualPhoneNumber", q.IsVirtualPhoneNumber != nil, number}, {"addressSid", q.AddressSid != nil, number},
		{"managerAccess", q.ManagerAccess != nil, e.Kind == endpoints.User}, {"dashboardPermissions", q.DashboardPermissions != nil, e.Kind == endpoints.User},
		{"appId", q.AppId != nil, bot}, {"botToken", q.BotToken != nil, e.Kind == endpoints.SlackBot},
		{"signingSecret", q.SigningSecret != nil, e.Kind == endpoints.SlackBot}, {"appPassword", q.AppPassword != nil, e.Kind == endpoints.SkypeBot},
		{"appToken", q.AppToken != nil, e.Kind == endpoints.SlackBot}, {"tenantId", q.TenantId != nil, e.Kind == endpoints.SkypeBot},
		{"directLineSecret", q.DirectLineSecret != nil, e.Kind == endpoints.SkypeBot}, {"allowedOrigins", q.AllowedOrigins != nil, e.Kind == endpoints.SkypeBot},
	} {
		if m.given && !m.is {
			return &endpoints.Invalid{Field: m.name, Text: "a " + string(e.Kind) + " has none"}
		}
	}
	set(&e.Virtual, q.IsVirtualPhoneNumber)
	set(&e.Portal.AddressSID, q.AddressSid)
	if q.ManagerAccess != nil {
		e.Portal.ManagerAccess = endpoints.ManagerAccess(*q.ManagerAccess)
	}
	if q.DashboardPermissions != nil {
		e.Portal.DashboardPermissions = permissions(q.DashboardPermissions)
	}
	if e.Kind == endpoints.EmailAddress {
		set(&e.EmailAddress, q.EmailAddress)
	}
	if bot {
		set(&e.Bot.AppID, q.AppId)
		set(&e.Bot.Token, q.BotToken)
		set(&e.Bot.Token, q.AppPassword)
		set(&e.Bot.SigningSecret, q.SigningSecret)
		set(&e.Bot.AppToken, q.AppToken)
		set(&e.Bot.TenantID, q.TenantId)
		set(&e.Bot.DirectLineSecret, q.DirectLineSecret)
		if q.AllowedOrigins != nil {
			e.Bot.AllowedOrigins = q.AllowedOrigins
		}
	}
	return nil
}

func permissions(all []DashboardPermissions) []endpoints.DashboardPermission {
	var out []endpoints.DashboardPermission
	for _, p := range all {
		out = append(out, endpoints.DashboardPermission(p))
	}
	return out
}

func shownPermissions(all []endpoints.DashboardPermission) []DashboardPermissions {
	out := []DashboardPermissions{}
	for _, p := range all {
		out = append(out, DashboardPermissions(p))
	}
	return out
}
