package api

import (
	"cmp"
	"context"
	"encoding/json"
	"strings"

	"go.uber.org/zap"

	"ringflow/endpoints"
)

// appEndpoint is for a user named by id or by e-mail address, else the caller's own.
func appEndpoint() scope {
	return scope{"endpoint", func(s *Server, r *Request, in any) error {
		q := in.(*GetEndpointAppConfig)
		own, confined := r.Who.ownEndpoint()
		address := endpoints.NormalEmail(q.EndpointEmailAddress)
		asked := cmp.Or(q.EndpointId, address)
		switch {
		case q.EndpointId != "":
		case address != "":
			f := endpoints.EndpointFilter{Types: []endpoints.Kind{endpoints.User}, EmailAddress: address, List: endpoints.List{CountPerPage: 1, Simplified: true}}
			if !r.Who.administrator() {
				if f.AccountIDs = r.Who.login.AccountIDs; len(f.AccountIDs) == 0 {
					return notFound("endpoint", address)
				}
			}
			found, _, err := s.Store.Endpoints(r.Context(), f)
			if err != nil || len(found) == 0 {
				return missing(err, "endpoint", address)
			}
			q.EndpointId = found[0].ID
		case r.Who.login.EndpointID != "":
			q.EndpointId = r.Who.login.EndpointID
		default:
			return &endpoints.Invalid{Field: "endpointId", Text: "is missing, and the login is no phone user's"}
		}
		if confined && q.EndpointId != own {
			return notFound("endpoint", asked)
		}
		return oneEndpoint().check(s, r, in)
	}}
}

func (s *Server) getEndpointAppConfig(r *Request, q *GetEndpointAppConfig) (*AppConfig, error) {
	ctx, e := r.Context(), r.found.endpoint
	if e.Kind != endpoints.User {
		return nil, &endpoints.Invalid{Field: "endpointId", Text: e.DisplayName + " is no user"}
	}
	a := s.Calls.Agent(e)
	out := &AppConfig{
		EndpointId: e.ID, AccountId: e.AccountID, CustomerId: e.CustomerID, Identity: e.SipUserName, EmailAddress: e.EmailAddress,
		UserInfo:   &AppUserInfo{FirstName: e.FirstName, LastName: e.LastName, Name: e.DisplayName},
		AgentState: AgentStates(a.State), AgentStateReason: AgentStateReasons(a.Reason),
	}
	var err error
	if out.AppSettings, err = s.appSettings(ctx, e); err != nil {
		return nil, err
	}
	out.Tabs = tabsOf(out.AppSettings)
	if q.DeviceType != "" {
		out.AccessToken, err = s.appToken(r, e)
	}
	return out, err
}

// appSettings are the endpoint's own, else those of the nearest customer that
// overrides them.
func (s *Server) appSettings(ctx context.Context, e *endpoints.Endpoint) (json.RawMessage, error) {
	if len(e.Portal.AppSettings) > 0 {
		return e.Portal.AppSettings, nil
	}
	line, err := s.Store.CustomerLine(ctx, e.CustomerID)
	for _, c := range line {
		if c.OverrideApp {
			return c.App, err
		}
	}
	return nil, err
}

// tabsOf are the parts of the app that the settings don't switch off.
func tabsOf(settings json.RawMessage) []string {
	var on map[string]json.RawMessage
	if len(settings) > 0 && json.Unmarshal(settings, &on) != nil {
		on = nil // it is an object: keep saw to that
	}
	tabs := []string{}
	for _, t := range []struct{ member, tab string }{{"enableDialer", "Dialer"}, {"enableCallHistory", "CallHistory"}, {"enableDeviceManagement", "Devices"}, {"enablePhoneNumberManagement", "PhoneNumbers"}} {
		given, there := on[t.member]
		if there && string(given) == "true" || !there && (t.tab == "Dialer" || t.tab == "CallHistory") {
			tabs = append(tabs, t.tab)
		}
	}
	return tabs
}

// appToken is a one-time token of the user's login, good for ten minutes, for who
// may act for that login; else there is none. A key gets none: it would log in
// with rights that the key hasn't.
func (s *Server) appToken(r *Request, e *endpoints.Endpoint) (string, error) {
	if r.Who.key != nil {
		return "", nil
	}
	logins, _, err := s.Store.Logins(r.Context(), endpoints.LoginFilter{List: endpoints.List{CountPerPage: 1, Simplified: true}, EndpointID: e.ID})
	if err != nil || len(logins) == 0 {
		return "", err
	}
	l := logins[0]
	if l.ID != r.Who.login.ID {
		as := &RequestAuthToken{UserId: l.ID}
		probe := &Request{Request: r.Request, Operation: r.Operation, Who: r.Who}
		if !r.Who.login.Has(endpoints.Manager) && !r.Who.administrator() || mayChange(r.Who, l) != nil || managedLogin().check(s, probe, as) != nil {
			return "", nil
		}
	}
	token, ok := s.auth.tokens.give(l)
	if !ok {
		return "", nil
	}
	s.log().Info("a one-time token was made for an app", zap.String("for", l.EmailAddress), zap.String("by", strings.TrimSpace(r.Who.login.EmailAddress)))
	return token, nil
}
