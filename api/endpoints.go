package api

import (
	"context"
	"strings"

	"go.uber.org/zap"

	"ringflow/endpoints"
)

func (s *Server) listEndpoints(r *Request, q *ListEndpoints) (*ListResponse[EndpointInfo], error) {
	list, err := q.list()
	if err != nil {
		return nil, err
	}
	f := endpoints.EndpointFilter{
		List: list, AccountIDs: q.AccountIds, CustomerIDs: q.CustomerIds, ShallowParent: q.ShallowParent, ReferenceIDs: q.ReferenceIds,
		FlowIDs: q.FlowIds, FlowState: q.FlowState, NameFilter: q.NameFilter, PhoneNumberFilter: asNumber(q.PhoneNumberFilter, 1),
		UserMode: endpoints.UserMode(q.UserMode), SipUserName: strings.ToLower(q.SipUserName), DataFilters: q.DataFilters, FlowParams: q.FlowParametersFilter, TagIDs: q.TagIds,
	}
	if q.Type != "" {
		q.Types = append(q.Types, q.Type)
	}
	for _, t := range q.Types {
		f.Types = append(f.Types, endpoints.Kind(t))
	}
	if err := s.noGuessing(r.Context(), q.AccountIds, q.DataFilters); err != nil {
		return nil, err
	}
	all, total, err := s.Store.Endpoints(r.Context(), f)
	if err != nil {
		return nil, err
	}
	items, err := s.endpointInfos(r.Context(), all)
	return page(&q.ListRequest, items, total), err
}

func (s *Server) getEndpoint(r *Request, _ *GetEndpoint) (*EndpointInfo, error) {
	return s.endpointInfo(r.Context(), r.found.endpoint)
}

func (s *Server) deleteEndpoint(r *Request, _ *DeleteEndpoint) error {
	ctx, e := r.Context(), r.found.endpoint
	if e.Kind == endpoints.User {
		logins, _, err := s.Store.Logins(ctx, endpoints.LoginFilter{List: endpoints.List{All: true}, EndpointID: e.ID})
		if err != nil {
			return err
		}
		for _, l := range logins {
			if err := mayChange(r.Who, l); err != nil {
				return err
			}
		}
	}
	if err := s.Store.DeleteEndpoint(ctx, e.ID); err != nil {
		return err
	}
	s.reload(ctx)
	return nil
}

// saveEndpoint keeps an endpoint, whose flow and customer must be its
// account's, and with it the login of a user unless that is nil.
func (s *Server) saveEndpoint(r *Request, e *endpoints.Endpoint, l *endpoints.Login) error {
	ctx := r.Context()
	if err := s.sameAccountFlow(ctx, e.AccountID, e.FlowID); err != nil {
		return err
	}
	if err := s.sameAccountCustomer(ctx, e.AccountID, e.CustomerID); err != nil {
		return err
	}
	if err := s.sameAccountFlows(ctx, e.AccountID, e.Schedule, e.ScheduledFlows); err != nil {
		return err
	}
	if e.CreatedBy == "" {
		e.CreatedBy = r.Who.login.EmailAddress
	}
	e.LastModifiedBy = r.Who.login.EmailAddress
	if err := s.Store.PutUser(ctx, e, l); err != nil {
		return err
	}
	s.reload(ctx)
	return nil
}

// reload tells the switchboard that something calls depend on has changed. The
// change itself stands, whatever becomes of that: it is logged.
func (s *Server) reload(ctx context.Context) {
	if err := s.Calls.Reload(context.WithoutCancel(ctx)); err != nil {
		s.log().Error("the switchboard could not take a change", zap.Error(err))
	}
}

func (s *Server) endpointInfo(ctx context.Context, e *endpoints.Endpoint) (*EndpointInfo, error) {
	infos, err := s.endpointInfos(ctx, []*endpoints.Endpoint{e})
	if err != nil {
		return nil, err
	}
	return &infos[0], nil
}

func (s *Server) endpointInfos(ctx context.Context, all []*endpoints.Endpoint) ([]EndpointInfo, error) {
	var ids, customers, accounts []string
	for _, e := range all {
		ids, customers, accounts = append(ids, e.AccountID, e.FlowID), append(customers, e.CustomerID), append(accounts, e.AccountID)
	}
	names, err := s.shown(ctx, ids, customers)
	if err != nil {
		return nil, err
	}
	hidden, err := s.secretsOf(ctx, accounts...)
	if err != nil {
		return nil, err
	}
	out := make([]EndpointInfo, len(all))
	for i, e := range all {
		out[i] = EndpointInfo{
			EntityInfo: entityInfo(e.Entity), AccountId: e.AccountID, AccountName: names.of(e.AccountID),
			CustomerId: e.CustomerID, CustomerName: names.of(e.CustomerID), CustomerBreadcrumb: names.crumbs[e.CustomerID],
			ReferenceId: e.ReferenceID, DisplayName: e.DisplayName, Type: EndpointTypes(e.Kind),
			FlowId: e.FlowID, FlowName: names.of(e.FlowID), FlowParams: e.FlowParams, FlowSchedule: "Always", Schedule: scheduleInfo(e.Schedule), ScheduledFlows: scheduledFlowInfos(e.ScheduledFlows),
			Data: without(e.Data, hidden[e.AccountID].endpoint), MusicOnHoldFileId: e.MusicOnHold, Tags: hidden[e.AccountID].shown(e.TagIDs),
			AppSettings: e.Portal.AppSettings, DisableSms: e.Portal.DisableSms, WebChat: e.WebChat, UseExternal10DlcCampaign: e.Portal.External10Dlc, Texts: s.shownTexts(e), Links: linkInfos(s.endpointLinks(e)),
		}
		showVoicemail(&out[i], e)
		if e.Scheduled {
			out[i].FlowSchedule = "Scheduled"
		}
		switch info := &out[i]; e.Kind {
		case endpoints.PhoneNumber, endpoints.FaxNumber:
			info.PhoneNumber, info.IsVirtualPhoneNumber, info.ExtraInformation, info.AddressSid = e.Number, &e.Virtual, e.Number, e.Portal.AddressSID
		case endpoints.EmailAddress:
			info.EmailAddress, info.ExtraInformation = e.EmailAddress, e.EmailAddress
		case endpoints.SlackBot, endpoints.SkypeBot:
			info.AppId, info.ExtraInformation = e.Bot.AppID, e.Bot.AppID
			botInfo(info, e)
		case endpoints.User:
			info.FirstName, info.LastName, info.EmailAddress = e.FirstName, e.LastName, e.EmailAddress
			info.UserEmailAddress = e.EmailAddress
			info.ManagerAccess, info.DashboardPermissions = UserManagerAccess(e.Portal.ManagerAccess), shownPermissions(e.Portal.DashboardPermissions)
			info.Name = strings.TrimSpace(e.FirstName + " " + e.LastName)
			info.UserMode, info.SipUserName, info.ExtraInformation = UserModes(e.UserMode), e.SipUserName, e.SipUserName
			a := s.Calls.Agent(e)
			info.AgentState, info.AgentStateReason, info.AgentStateSince = AgentStates(a.State), AgentStateReasons(a.Reason), a.Since
			info.Presence = UserPresences(s.Calls.Presence(e.ID))
		case endpoints.SipTrunk:
			s.trunkInfo(info, e)
		case endpoints.Team:
			info.MemberIds = listOf(e.Team.MemberIDs)
		}
	}
	return out, nil
}

// trunkInfo adds a trunk's members, and how it is doing; never its password.
func (s *Server) trunkInfo(info *EndpointInfo, e *endpoints.Endpoint) {
	t := e.Trunk
	if t == nil {
		return
	}
	info.Host, info.Port, info.Transport, info.ExtraInformation = t.Host, &t.Port, SipTransports(t.Transport), t.Host
	info.UserName, info.Register = t.UserName, &t.Register
	info.AllowedIps, info.Prefixes, info.Codecs = listOf(t.AllowedIPs), listOf(t.Prefixes), listOf(t.Codecs)
	info.Priority, info.MaxCalls = &t.Priority, &t.MaxCalls
	info.CallerIdFormat, info.AllowOriginalCallerId = CallerIdFormats(t.CallerIDFormat), &t.AllowOriginalCallerID
	info.AllowTransfers = &t.AllowTransfers
	if s.Trunk == nil {
		return
	}
	if state, ok := s.Trunk(e.ID); ok {
		info.Registered, info.LastError, info.LastSeen, info.ActiveCalls = &state.Registered, state.LastError, state.LastSeen, &state.ActiveCalls
	}
}

func listOf(l []string) []string {
	if l == nil {
		return []string{}
	}
	return l
}
