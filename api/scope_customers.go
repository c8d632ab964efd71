package api

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"ringflow/endpoints"
	"ringflow/store"
)

// A login that belongs to customers is kept to these and all below them, in every
// operation: scopes say of which customer a thing is, and what has passed no
// such question isn't for it.

type keptKey struct{}

// keptTo are the customers that the caller of a request is kept to; nil: to none.
func keptTo(ctx context.Context) []string {
	ids, _ := ctx.Value(keptKey{}).([]string)
	return ids
}

// keep lets everything below a request know what its caller is kept to.
func (r *Request) keep() {
	if r.Who != nil && len(r.Who.customers) > 0 {
		r.Request = r.WithContext(context.WithValue(r.Context(), keptKey{}, r.Who.customers))
	}
}

// within refuses what belongs to none of the caller's customers, as if it weren't there.
func (s *Server) within(ctx context.Context, customerID, what, id string) error {
	mine := keptTo(ctx)
	if mine == nil {
		return nil
	}
	ok, err := s.Store.CustomerWithin(ctx, customerID, mine)
	if err == nil && !ok {
		return notFound(what, id)
	}
	return err
}

// ofCaller is within for what a scope has loaded.
func (s *Server) ofCaller(r *Request, customerID, what, id string) error {
	r.found.kept = true
	return s.within(r.Context(), customerID, what, id)
}

// ownCustomers narrows a list to the caller's customers.
func (s *Server) ownCustomers(r *Request, in any) error {
	mine := keptTo(r.Context())
	if mine == nil {
		return nil
	}
	if q, ok := in.(interface{ customersWithin(ids []string) }); ok {
		q.customersWithin(mine)
		r.found.kept = true
		return nil
	}
	ids, ok := memberOf[[]string](in, "CustomerIds")
	if !ok {
		return nil // not kept: see mustKeep
	}
	r.found.kept = true
	if len(*ids) == 0 {
		*ids = mine
		return nil
	}
	for _, id := range *ids {
		if err := s.within(r.Context(), id, "customer", id); err != nil {
			return err
		}
	}
	return nil
}

// customerOfNew makes what the caller makes his customer's.
func (s *Server) customerOfNew(r *Request, in any) error {
	mine := keptTo(r.Context())
	if mine == nil {
		return nil
	}
	if r.Operation.needs() == endpoints.ScopeRead { // an account's settings and fields
		r.found.kept = true
		return nil
	}
	id, ok := memberOf[string](in, "CustomerId")
	field := "customerId"
	if !ok {
		id, ok = memberOf[string](in, "ParentCustomerId")
		field = "parentCustomerId"
	}
	if !ok {
		return nil // it changes the account itself: see mustKeep
	}
	r.found.kept = true
	if *id == "" && len(mine) > 1 {
		return &endpoints.Invalid{Field: field, Text: "is missing: the login has several customers"}
	}
	if *id == "" {
		*id = mine[0]
	}
	return s.within(r.Context(), *id, "customer", *id)
}

// mustKeep refuses what no scope has kept to the caller's customers, and bodies
// that name other's things.
func (s *Server) mustKeep(r *Request, in any) error {
	mine := keptTo(r.Context())
	if mine == nil || r.Operation.Scope.name == noAccount().name {
		return nil
	}
	if !r.found.kept {
		return fail(http.StatusForbidden, "Forbidden", "Invalid Permission: %s is about the whole account, and the login %s belongs to customers", r.Operation.Name, r.Who.login.EmailAddress)
	}
	if _, list := in.(interface{ accounts() *[]string }); list {
		return nil
	}
	if _, chat := in.(*DeleteChatMember); chat { // its members may be others'
		return nil
	}
	v := reflect.ValueOf(in).Elem()
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if !f.IsExported() {
			continue
		}
		for _, id := range idsOf(v.Field(i)) {
			if err := s.refers(r.Context(), f.Name, id); err != nil {
				return err
			}
		}
	}
	return nil
}

// idsOf are the texts of a member that is given.
func idsOf(v reflect.Value) []string {
	if v.Kind() == reflect.Pointer && v.Type().Elem().Kind() == reflect.String && !v.IsNil() {
		return []string{v.Elem().String()}
	}
	switch v.Kind() {
	case reflect.String:
		if v.String() != "" {
			return []string{v.String()}
		}
	case reflect.Slice:
		if ids, ok := v.Interface().([]string); ok {
			return ids
		}
	}
	return nil
}

// refers checks an id by the name of the member that it stands in: of whose
// customer is it?
func (s *Server) refers(ctx context.Context, name, id string) (err error) {
	name = strings.TrimSuffix(name, "s")
	what, customer := "", ""
	switch {
	case strings.HasSuffix(name, "CustomerId"): // empty: it would become the account's
		return s.within(ctx, id, "customer", id)
	case id == "":
		return nil
	case strings.HasSuffix(name, "FlowId"):
		f, e := s.Store.Flow(ctx, id)
		if err = e; err == nil {
			customer = f.CustomerID
		}
		what = "flow"
	case strings.HasSuffix(name, "EndpointId"), name == "MemberId", name == "UserId":
		p, e := s.Store.Endpoint(ctx, id)
		if err = e; err == nil {
			customer = p.CustomerID
		}
		what = "endpoint"
	case strings.HasSuffix(name, "FileId"):
		f, e := s.Store.File(ctx, id)
		if err = e; err == nil {
			customer = f.CustomerID
		}
		what = "file"
	case strings.HasSuffix(name, "SessionId"):
		rec, e := s.record(ctx, id)
		if err = e; err == nil {
			customer = rec.CustomerID
		}
		what = "session"
	default:
		return nil
	}
	if errors.Is(err, fs.ErrNotExist) {
		return notFound(what, id)
	}
	if err != nil {
		return err
	}
	return s.within(ctx, customer, what, id)
}

// memberOf is a member of a DTO by its name, if it has one of that type.
func memberOf[T any](in any, name string) (*T, bool) {
	f := reflect.ValueOf(in).Elem().FieldByName(name)
	if !f.IsValid() || f.Type() != reflect.TypeFor[T]() {
		return nil, false
	}
	return f.Addr().Interface().(*T), true
}

// Accounts show nothing of a customer's, customers are narrowed by the store, and
// a portal's files by their handler.
func (*ListAccounts) customersWithin([]string)  {}
func (*ListCustomers) customersWithin([]string) {}
func (*AppGetFiles) customersWithin([]string)   {}

// signaturesOf keeps the flows of customers and all below them.
func (s *Server) signaturesOf(ctx context.Context, all []store.FlowSignature, accountID string, customers []string) ([]store.FlowSignature, error) {
	heads, _, err := s.Store.FlowHeads(ctx, store.FlowFilter{List: endpoints.List{All: true, Most: maxAll}, AccountIDs: []string{accountID}, CustomerIDs: customers})
	if err != nil {
		return nil, err
	}
	own := map[string]bool{}
	for _, h := range heads {
		own[h.ID] = true
	}
	return slices.DeleteFunc(all, func(f store.FlowSignature) bool { return !own[f.ID] }), nil
}
