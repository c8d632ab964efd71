package api

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"slices"

	"ringflow/endpoints"
	"ringflow/flow"
	"ringflow/session"
	"ringflow/store"
)

// scope says which accounts' things an operation may touch. check runs before
// the handler: it loads what the request names, and what belongs to an account
// that isn't the caller's is as if it weren't there (404).
type scope struct {
	name  string
	check func(s *Server, r *Request, in any) error
}

// found is what a scope has loaded; only the member of that scope is set.
type found struct {
	kept      bool // it is known to be of the caller's customers, if he is kept to any
	accountID string
	account   *endpoints.Account
	named     bool // the request is about the account itself
	settings  *endpoints.Settings
	flow      *flow.Flow
	flowState store.FlowState
	endpoint  *endpoints.Endpoint
	customer  *endpoints.Customer
	file      *endpoints.File
	record    *session.Record
	login     *endpoints.Login
	key       *endpoints.APIKey
	outbound  *endpoints.Outbound
	webhook   *endpoints.Webhook
	report    *endpoints.Report
	message   *endpoints.Message
	global    *GlobalSettings

	conversation *endpoints.Conversation
}

// noAccount is for what shows nothing of any account.
func noAccount() scope {
	return scope{"none", func(*Server, *Request, any) error { return nil }}
}

// accountList is for lists: accountIds is narrowed to what the caller may see;
// without any, all of that.
func accountList() scope {
	return scope{"accounts of the list", func(s *Server, r *Request, in any) error {
		ids := in.(interface{ accounts() *[]string }).accounts()
		for _, id := range *ids {
			if !r.Who.may(id) {
				return notFound("account", id)
			}
		}
		if len(*ids) == 0 && !r.Who.administrator() {
			*ids = slices.Clone(r.Who.login.AccountIDs)
			if len(*ids) == 0 { // an empty filter would let everything pass
				return fail(http.StatusForbidden, "Forbidden", "the login %s has no account", r.Who.login.EmailAddress)
			}
		}
		return s.ownCustomers(r, in)
	}}
}

// accountOfNew is for what makes something: accountId, or the one account that
// the caller has (of an administrator's many, the one that the login names).
func accountOfNew() scope {
	return scope{"account", func(s *Server, r *Request, in any) error {
		id := in.(interface{ account() string }).account()
		if id == "" {
			ids := r.Who.login.AccountIDs
			if len(ids) != 1 && r.Who.administrator() {
				var err error
				if ids, err = s.accountIDs(r.Context()); err != nil {
					return err
				}
			}
			if len(ids) != 1 {
				return &endpoints.Invalid{Field: "accountId", Text: fmt.Sprintf("one of the login's %d accounts must be named", len(ids))}
			}
			id = ids[0]
		}
		if !r.Who.may(id) {
			return notFound("account", id)
		}
		a, err := s.Store.Account(r.Context(), id)
		if err != nil {
			return missing(err, "account", id)
		}
		r.found.account, r.found.accountID = a, a.ID
		return s.customerOfNew(r, in)
	}}
}

// maybeAccount is for what an account only helps with: the one that is named, or
// whose flow is, or the login's only one; else none.
func maybeAccount() scope {
	return scope{"account, if any", func(s *Server, r *Request, in any) error {
		r.found.kept = true
		if in.(interface{ account() string }).account() != "" {
			return accountOfNew().check(s, r, in)
		}
		if q, ok := in.(interface{ flow() string }); ok && q.flow() != "" {
			return oneFlow().check(s, r, in)
		}
		if ids := r.Who.login.AccountIDs; len(ids) == 1 {
			r.found.accountID = ids[0]
		}
		return nil
	}}
}

// oneAccount is for an account named by its id.
func oneAccount() scope {
	return scope{"account", func(s *Server, r *Request, in any) error {
		err := accountOfNew().check(s, r, in)
		r.found.named = err == nil
		return err
	}}
}

// oneSettings is for the settings of an account.
func oneSettings() scope {
	return scope{"account", func(s *Server, r *Request, in any) error {
		if err := accountOfNew().check(s, r, in); err != nil {
			return err
		}
		v, err := s.Store.Settings(r.Context(), r.found.accountID)
		if err != nil {
			return missing(err, "account", r.found.accountID)
		}
		r.found.settings = v
		return nil
	}}
}

// oneFlow is for a flow named by its id, as it was saved last.
func oneFlow() scope {
	return scope{"flow", func(s *Server, r *Request, in any) error {
		id := in.(interface{ flow() string }).flow()
		f, state, err := s.Store.NewestFlow(r.Context(), id)
		if err != nil || !r.Who.may(f.AccountID) {
			return missing(err, "flow", id)
		}
		r.found.flow, r.found.flowState, r.found.accountID = f, state, f.AccountID
		return s.ofCaller(r, f.CustomerID, "flow", id)
	}}
}

// liveFlow is for a flow that is to run: named by its id, as calls run it, without its graph.
func liveFlow() scope {
	return scope{"flow", func(s *Server, r *Request, in any) error {
		id := in.(interface{ flow() string }).flow()
		f, err := s.Store.BareFlow(r.Context(), id)
		if err != nil || !r.Who.may(f.AccountID) {
			return missing(err, "flow", id)
		}
		r.found.flow, r.found.accountID = f, f.AccountID
		return s.ofCaller(r, f.CustomerID, "flow", id)
	}}
}

// oneEndpoint is for an endpoint named by its id.
func oneEndpoint() scope {
	return scope{"endpoint", func(s *Server, r *Request, in any) error {
		id := in.(interface{ endpoint() string }).endpoint()
		e, err := s.Store.Endpoint(r.Context(), id)
		if err != nil || !r.Who.may(e.AccountID) {
			return missing(err, "endpoint", id)
		}
		r.found.endpoint, r.found.accountID = e, e.AccountID
		return s.ofCaller(r, e.CustomerID, "endpoint", id)
	}}
}

// oneCustomer is for a customer named by its id.
func oneCustomer() scope {
	return scope{"customer", func(s *Server, r *Request, in any) error {
		id := in.(interface{ customer() string }).customer()
		c, err := s.Store.Customer(r.Context(), id)
		if err != nil || !r.Who.may(c.AccountID) {
			return missing(err, "customer", id)
		}
		r.found.customer, r.found.accountID = c, c.AccountID
		return s.ofCaller(r, c.ID, "customer", id)
	}}
}

// endpointOrCustomer is for either, named by its id.
func endpointOrCustomer() scope {
	return scope{"endpoint or customer", func(s *Server, r *Request, in any) error {
		if in.(interface{ endpoint() string }).endpoint() != "" {
			return oneEndpoint().check(s, r, in)
		}
		return oneCustomer().check(s, r, in)
	}}
}

// oneFile is for a file named by its id; a phone user has only its own.
func oneFile() scope {
	return scope{"file", func(s *Server, r *Request, in any) error {
		id := in.(interface{ file() string }).file()
		f, err := s.Store.File(r.Context(), id)
		if err != nil || !r.Who.may(f.AccountID) {
			return missing(err, "file", id)
		}
		if own, confined := r.Who.ownEndpoint(); confined && (own == "" || f.UserID != own) {
			return notFound("file", id)
		}
		r.found.file, r.found.accountID = f, f.AccountID
		return s.ofCaller(r, f.CustomerID, "file", id)
	}}
}

// oneSession is for a session named by its id, live or over; a phone user has
// only those that its endpoint takes part in, chats as long as it does.
func oneSession() scope {
	return scope{"session", func(s *Server, r *Request, in any) error {
		id := in.(interface{ session() string }).session()
		rec, err := s.record(r.Context(), id)
		if err != nil || !r.Who.may(rec.AccountID) {
			return missing(err, "session", id)
		}
		if !r.Who.partOf(rec) {
			if in, err := s.inChat(r.Context(), rec, r.Who.login.EndpointID); err != nil || !in {
				return missing(err, "session", id)
			}
		}
		r.found.record, r.found.accountID = rec, rec.AccountID
		return s.ofCaller(r, rec.CustomerID, "session", id)
	}}
}

// partOf tells whether a session is the caller's to see within its account.
func (c *caller) partOf(rec *session.Record) bool {
	own, confined := c.ownEndpoint()
	if !confined {
		return true
	}
	return own != "" && (rec.EndpointID == own || slices.ContainsFunc(rec.Legs, func(l session.LegRecord) bool { return l.EndpointID == own }) ||
		slices.ContainsFunc(rec.Members, func(m session.Member) bool { return m.EndpointID == own })) // one whose phone only rings
}

// missing is the same 404 for what isn't there and for what is another
// account's; err tells when it is neither.
func missing(err error, what, id string) error {
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		if id == "" { // of a route that has none in its path
			return &endpoints.Invalid{Field: idMember(what), Text: "is missing"}
		}
		return notFound(what, id)
	}
	return err
}

// idMember is the member that names a thing.
func idMember(what string) string {
	switch what {
	case "login":
		return "userId"
	case "API key":
		return "apiKeyId"
	}
	return what + "Id"
}

// accountIDs are all accounts there are.
func (s *Server) accountIDs(ctx context.Context) ([]string, error) {
	all, _, err := s.Store.Accounts(ctx, endpoints.AccountFilter{List: endpoints.List{All: true}})
	ids := make([]string, len(all))
	for i, a := range all {
		ids[i] = a.ID
	}
	return ids, err
}

// The rest checks what a body refers to: it must be the same account's.

func (s *Server) sameAccountFlow(ctx context.Context, accountID, id string) error {
	if id == "" {
		return nil
	}
	f, err := s.Store.Flow(ctx, id)
	if err != nil || f.AccountID != accountID {
		return missing(err, "flow", id)
	}
	return s.within(ctx, f.CustomerID, "flow", id)
}

// sameAccountFlows looks after the flows that a schedule's rules and states name.
func (s *Server) sameAccountFlows(ctx context.Context, accountID string, v *endpoints.Schedule, states []endpoints.ScheduledFlow) error {
	var ids []string
	add := func(id string) {
		if id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	if v != nil {
		for _, rule := range v.Rules {
			add(rule.FlowID)
		}
	}
	for _, f := range states {
		add(f.FlowID)
	}
	if len(ids) > maxScheduled {
		return &endpoints.Invalid{Field: "schedule", Text: fmt.Sprintf("names %d flows; %d are allowed", len(ids), maxScheduled)}
	}
	id, err := s.Store.NoFlowOf(ctx, accountID, ids)
	if err != nil || id != "" {
		return missing(err, "flow", id)
	}
	if keptTo(ctx) == nil {
		return nil
	}
	for _, id := range ids {
		if err := s.sameAccountFlow(ctx, accountID, id); err != nil {
			return err
		}
	}
	return nil
}

// maxScheduled bounds the flows of a schedule.
const maxScheduled = 1_000

func (s *Server) sameAccountCustomer(ctx context.Context, accountID, id string) error {
	if id == "" {
		return nil
	}
	c, err := s.Store.Customer(ctx, id)
	if err != nil || c.AccountID != accountID {
		return missing(err, "customer", id)
	}
	return s.within(ctx, id, "customer", id)
}
