package api

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"ringflow/endpoints"
	"ringflow/flow"
)

// bounds of a check: it answers soon, and nobody reads a thousand problems.
const (
	maxProblems     = 200
	maxFlowsChecked = 200
)

// check collects what is wrong with an account.
type check struct {
	s     *Server
	out   *CheckAccountResponse
	flows map[string]bool // that run
}

func (c *check) problem(severity ProblemSeverities, id, name, format string, args ...any) {
	if severity == "Error" {
		c.out.IsHealthy = false
	}
	if len(c.out.Problems) < maxProblems {
		c.out.Problems = append(c.out.Problems, AccountProblem{Severity: severity, EntityId: id, EntityName: name, Message: fmt.Sprintf(format, args...)})
	}
}

// checkAccount looks at everything that calls of the account depend on.
func (s *Server) checkAccount(r *Request, _ *CheckAccount) (*CheckAccountResponse, error) {
	ctx, a := r.Context(), r.found.account
	c := &check{s: s, out: &CheckAccountResponse{AccountId: a.ID, IsHealthy: true, Problems: []AccountProblem{}}, flows: map[string]bool{}}
	f := endpoints.EndpointFilter{AccountIDs: []string{a.ID}, List: endpoints.List{CountPerPage: maxPage, Simplified: true}}
	for {
		part, _, err := s.Store.Endpoints(ctx, f)
		if err != nil {
			return nil, err
		}
		for _, e := range part {
			c.endpoint(e)
		}
		if len(part) < maxPage {
			break
		}
		f.Page++
	}
	if c.out.Trunks == 0 {
		c.problem("Warning", "", "", "there is no SIP trunk: no call goes to the outside or comes from there")
	}
	if a.MaxPhoneNumbers > 0 && c.out.PhoneNumbers > a.MaxPhoneNumbers {
		c.problem("Warning", "", "", "the account has %d phone numbers, and may have %d", c.out.PhoneNumbers, a.MaxPhoneNumbers)
	}
	if err := c.settings(ctx); err != nil {
		return nil, err
	}
	return c.out, c.running(ctx)
}

// endpoint looks at one endpoint.
func (c *check) endpoint(e *endpoints.Endpoint) {
	runs := e.FlowID != "" || e.Scheduled && len(e.ScheduledFlows) > 0
	for _, id := range append([]string{e.FlowID}, scheduledIDs(e)...) {
		if id != "" {
			c.flows[id] = true
		}
	}
	c.links(e)
	switch e.Kind {
	case endpoints.PhoneNumber, endpoints.FaxNumber:
		c.out.PhoneNumbers++
		if !runs {
			c.problem("Error", e.ID, e.DisplayName, "%s has no flow: who calls it is turned away", e.Number)
		}
	case endpoints.User:
		c.out.Users++
		if e.UserMode == endpoints.ModeFlow && !runs {
			c.problem("Error", e.ID, e.DisplayName, "the user has mode Flow and no flow: nothing happens when it is called")
		}
	case endpoints.SipTrunk:
		c.out.Trunks++
		c.trunk(e)
	case endpoints.Team:
		if e.Team == nil || len(e.Team.MemberIDs) == 0 {
			c.problem("Warning", e.ID, e.DisplayName, "the team has no members: nobody rings")
		}
	}
}

// links looks at that by which the endpoint's messages come and go.
func (c *check) links(e *endpoints.Endpoint) {
	if e.Texts != nil && (e.Portal.DisableSms || e.Texts.TrunkID != "") { // the trunk tells of its own
		return
	}
	for _, l := range c.s.endpointLinks(e) {
		if l.Up {
			continue
		}
		what := map[endpoints.LinkKind]string{
			endpoints.LinkSMPP: "there is no link to the message centre, texts wait", endpoints.LinkIMAP: "the mailbox can't be asked, mail waits there",
			endpoints.LinkSMTP: "the SMTP server takes nothing, mail waits", endpoints.LinkListener: "this server's mail listener takes nothing",
			endpoints.LinkSocketMode: "Slack isn't connected by Socket Mode",
		}[l.Kind]
		c.problem("Error", e.ID, e.DisplayName, "%s: %.300s", what, l.LastError)
	}
}

func scheduledIDs(e *endpoints.Endpoint) []string {
	var ids []string
	for _, f := range e.ScheduledFlows {
		ids = append(ids, f.FlowID)
	}
	return ids
}

func (c *check) trunk(e *endpoints.Endpoint) {
	if e.Trunk == nil || !e.Trunk.Register || c.s.Trunk == nil {
		return
	}
	switch state, known := c.s.Trunk(e.ID); {
	case known && state.Registered:
		c.out.TrunksRegistered++
	case known && state.LastError != "":
		c.problem("Error", e.ID, e.DisplayName, "the trunk isn't registered: %.300s", state.LastError)
	default:
		c.problem("Error", e.ID, e.DisplayName, "the trunk isn't registered")
	}
}

// settings looks at the number that calls show.
func (c *check) settings(ctx context.Context) error {
	v, err := c.s.Store.Settings(ctx, c.out.AccountId)
	if err != nil || v.CallerID == "" {
		return err
	}
	owned, err := c.s.Store.OwnedNumbers(ctx, c.out.AccountId)
	if err == nil && !slices.Contains(owned, v.CallerID) {
		c.problem("Error", "", "", "the setting callerId is %s, which is no number of the account: calls that would show it are refused", v.CallerID)
	}
	return err
}

// running compiles the flows that endpoints run.
func (c *check) running(ctx context.Context) error {
	c.out.FlowsInUse = len(c.flows)
	ids := slices.Sorted(maps.Keys(c.flows))
	if len(ids) > maxFlowsChecked {
		c.problem("Warning", "", "", "%d flows are in use; %d of them were looked at", len(ids), maxFlowsChecked)
		ids = ids[:maxFlowsChecked]
	}
	all, err := c.s.signatures(ctx, c.out.AccountId)
	if err != nil {
		return err
	}
	others := library{}
	for _, sig := range all {
		others[sig.ID] = sig.Signature
	}
	for _, id := range ids {
		f, err := c.s.Store.Flow(ctx, id)
		if err != nil {
			return missing(err, "flow", id)
		}
		g, err := f.Graph()
		if err != nil {
			c.problem("Error", f.ID, f.Name, "the flow can't be read: %v", err)
			continue
		}
		if _, problems := flow.CompileWith(g, others); len(problems) > 0 {
			for _, p := range flowProblems(problems) {
				if p.Severity == "error" {
					c.problem("Error", f.ID, f.Name, "the flow can't run: %s", p.Text)
				}
			}
		}
	}
	return nil
}
