package api

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"

	"ringflow/api/form"
	"ringflow/endpoints"
)

// The audit log is written here and nowhere else: what an operation is, who
// called it and which members he gave are known at the edge. Values are never
// written, so no secret is.

const (
	auditTime  = 5 * time.Second // for the entry; the change has been made
	maxAudited = 1_000           // bytes of a description
	auditName  = 120             // bytes of a thing's name in it
)

// note writes what a changing operation has done, before its answer goes out:
// what a client was told is in the log. One that can't be written goes to the
// server's own log, whole.
func (h *handler) note(r *Request, in, out any) {
	o := r.Operation
	who := r.did
	if who == nil && r.Who != nil && !o.Anonymous {
		who = r.Who.login
	}
	if who == nil || r.did == nil && o.needs() == endpoints.ScopeRead {
		return
	}
	e := &endpoints.LogEntry{
		AccountID: r.found.accountID, Operation: o.Name, UserName: who.EmailAddress, IPAddress: h.auth.address(r.Request),
	}
	if r.Who != nil && r.Who.key != nil {
		e.APIKeyName = r.Who.key.Name
	}
	name := r.found.name(e)
	about(out, e, &name)
	if e.CustomerID == "" {
		if id, ok := memberOf[string](in, "CustomerId"); ok {
			e.CustomerID = *id
		}
	}
	if e.AccountID == "" && len(who.AccountIDs) == 1 && !who.Has(endpoints.SystemAdministrator) {
		e.AccountID = who.AccountIDs[0]
	}
	e.CreatedBy = who.EmailAddress
	e.Description = describe(o.Name, name, e.EntityID, given(h.codec.Shape(o.request), in, e.EntityID))
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), auditTime) // though the client be gone
	defer cancel()
	if err := h.s.Store.AddLogEntry(ctx, e); err != nil {
		h.s.log().Error("a change isn't in the audit log", zap.String("user", e.UserName), zap.String("apiKey", e.APIKeyName), zap.String("account", e.AccountID),
			zap.String("description", e.Description), zap.String("ip", e.IPAddress), zap.Error(err))
		return
	}
	h.s.trimLog(ctx)
}

// describe is one line: PatchFlow "Main menu" 3f…: name, nodes.
func describe(operation, name, id string, members []string) string {
	text := operation
	if name != "" && name != id {
		text += fmt.Sprintf(" %q", shortened(name, auditName))
	}
	if id != "" {
		text += " " + shortened(id, auditName)
	}
	if len(members) > 0 {
		text += ": " + strings.Join(members, ", ")
	}
	return shortened(text, maxAudited)
}

// shortened is at most n bytes of a text, and valid.
func shortened(s string, n int) string {
	s = strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "")
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n-len("…")], "") + "…"
}

// name is that of the thing that a scope has loaded; e gets its id and customer.
func (f *found) name(e *endpoints.LogEntry) string {
	switch {
	case f.flow != nil:
		e.EntityID, e.CustomerID = f.flow.ID, f.flow.CustomerID
		return f.flow.Name
	case f.endpoint != nil:
		e.EntityID, e.CustomerID = f.endpoint.ID, f.endpoint.CustomerID
		return f.endpoint.DisplayName
	case f.customer != nil:
		e.EntityID, e.CustomerID = f.customer.ID, f.customer.ID
		return f.customer.Name
	case f.file != nil:
		e.EntityID, e.CustomerID = f.file.ID, f.file.CustomerID
		return f.file.FileName
	case f.record != nil:
		e.EntityID, e.CustomerID = f.record.ID, f.record.CustomerID
	case f.login != nil:
		e.EntityID = f.login.ID
		if len(f.login.AccountIDs) > 0 {
			e.AccountID = f.login.AccountIDs[0]
		}
		return f.login.EmailAddress
	case f.key != nil:
		e.EntityID = f.key.ID
		return f.key.Name
	case f.report != nil:
		e.EntityID, e.CustomerID = f.report.ID, f.report.CustomerID
	case f.message != nil:
		e.EntityID, e.CustomerID = f.message.ID, f.message.CustomerID
	case f.conversation != nil:
		e.EntityID, e.CustomerID = f.conversation.ID, f.conversation.CustomerID
	case f.outbound != nil:
		e.EntityID = f.outbound.ID
	}
	return ""
}

// about reads what was made or changed from the answer.
func about(out any, e *endpoints.LogEntry, name *string) {
	v := reflect.ValueOf(out)
	for v.Kind() == reflect.Pointer && !v.IsNil() {
		v = v.Elem()
	}
	if v.Kind() != reflect.Struct {
		return
	}
	text := func(field string) string {
		if f := v.FieldByName(field); f.IsValid() && f.Kind() == reflect.String {
			return f.String()
		}
		return ""
	}
	if id := text("Id"); id != "" {
		if e.EntityID != id {
			*name = ""
		}
		e.EntityID = id
	}
	if id := text("AccountId"); id != "" {
		e.AccountID = id
	}
	if id := text("CustomerId"); id != "" {
		e.CustomerID = id
	}
	for _, field := range []string{"DisplayName", "Name", "FileName", "EmailAddress"} {
		if *name == "" {
			*name = text(field)
		}
	}
}

// given are the members of a request that somebody has set.
func given(s *form.Shape, in any, id string) []string {
	v := reflect.ValueOf(in).Elem()
	var out []string
	for _, m := range s.Members {
		f := v.FieldByIndex(m.Index)
		if f.IsZero() || m.Name == "AccountId" || f.Kind() == reflect.String && f.String() == id {
			continue
		}
		out = append(out, m.JSON)
	}
	slices.Sort(out)
	return out
}

const (
	// trimEach entries, and once at the start, the log is made shorter; the newest
	// maxEntries stay, and of these what is younger than logRetentionDays.
	trimEach   = 1_000
	maxEntries = 1_000_000
)

// trimLog forgets what is too old.
func (s *Server) trimLog(ctx context.Context) {
	if s.audited.Add(1)%trimEach != 1 {
		return
	}
	g, err := s.globals(ctx)
	if err == nil {
		_, err = s.Store.TrimLog(ctx, time.Now().AddDate(0, 0, -g.LogRetentionDays), maxEntries)
	}
	if err != nil {
		s.log().Warn("the audit log isn't made shorter", zap.Error(err))
	}
}
