// Package storetest is the contract of store: what both databases pass.
package storetest

import (
	"errors"
	"io/fs"
	"testing"
	"time"

	"go.uber.org/zap/zaptest"

	"ringflow/endpoints"
	"ringflow/flow"
	"ringflow/session"
	"ringflow/store"
)

// Database is one empty database of a test, which can be opened more than once.
type Database struct {
	Options store.Options
	// Dump is all that the database has on disk or answers with, as raw text.
	Dump func(t *testing.T) []byte
	// Exec runs SQL behind the store's back.
	Exec func(t testing.TB, query string)
	// Indexed returns when searches find by the index all calls that are over.
	Indexed func(t *testing.T, s *store.Store)

	deadlocks func(t *testing.T) int
}

// Deadlocks is how many transactions the database has ended since they waited for each other.
func (d *Database) Deadlocks(t *testing.T) int {
	t.Helper()
	if d.deadlocks == nil {
		return 0
	}
	return d.deadlocks(t)
}

// Open opens the database until the test ends.
func (d *Database) Open(t *testing.T) *store.Store {
	t.Helper()
	o := d.Options
	o.Log = zaptest.NewLogger(t)
	s, err := store.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

// Run runs the contract; fresh gives each test an empty database.
func Run(t *testing.T, fresh func(t *testing.T) *Database) {
	for _, c := range []struct {
		name string
		run  func(*testing.T, *Database)
	}{
		{"Accounts", accounts},
		{"AccountTree", accountTree}, {"DeleteAccount", deleteAccount}, {"MaxNumbers", maxNumbers}, {"Members", members}, {"Duplicates", duplicates},
		{"Settings", settings},
		{"Customers", customers},
		{"Endpoints", endpointsKept},
		{"EndpointFilters", endpointFilters},
		{"Teams", teams},
		{"Texts", texts},
		{"Voicemail", voicemail},
		{"MessageParts", messageParts},
		{"MessagesAfter", messagesAfter},
		{"Agents", agents},
		{"Unique", unique},
		{"Bounds", bounds},
		{"Fields", fields},
		{"UniqueFields", uniqueFields},
		{"Schedules", schedules},
		{"CustomerLine", customerLine},
		{"References", references},
		{"Flows", flows},
		{"FlowVersionsStay", flowVersionsStay},
		{"Drafts", drafts}, {"CachesAreTold", cachesAreTold},
		{"Revisions", revisions}, {"MessageRevisions", messageRevisions}, {"SessionRevisions", sessionRevisions}, {"ReportRevisions", reportRevisions}, {"MetaAt", metaAt}, {"ParallelEdits", parallelEdits}, {"Repeats", repeats}, {"RepeatsAtOnce", repeatsAtOnce},
		{"FlowSignatures", flowSignatures},
		{"Logins", logins},
		{"LoginOfUser", loginOfUser}, {"LoginRights", loginRights}, {"CustomerTree", customerTree}, {"APIKeys", apiKeys}, {"LogEntries", logEntries},
		{"WebSessions", webSessions},
		{"Files", files},
		{"Retention", retention},
		{"Meta", meta},
		{"Messages", messagesKept}, {"Chats", chats}, {"ChatsOfTwo", chatsOfTwo}, {"Lanes", lanes}, {"Hurried", hurried}, {"UnreadableOutbound", unreadableOutbound}, {"ReceivedAtOnce", receivedAtOnce},
		{"ChatRoomEnds", chatRoomEnds}, {"ChatRoomLeft", chatRoomLeft}, {"ChatSettled", chatSettled}, {"ChatOpenedMeanwhile", chatOpenedMeanwhile}, {"ChatsOfNodes", chatsOfNodes},
		{"ChatRoomInvitations", chatRoomInvitations}, {"ChatRoomNamed", chatRoomNamed}, {"ChatsCross", chatsCross},
		{"Outbox", outbox}, {"TextRates", textRates}, {"ReceiptNotations", receiptNotations}, {"ReceiptOfFormerTry", receiptOfFormerTry}, {"OutboxAbandoned", outboxAbandoned}, {"OutboxClaims", outboxClaims}, {"OutboxAgain", outboxAgain},
		{"Bootstrap", bootstrap},
		{"Names", names},
		{"Bindings", bindings},
		{"Cookies", cookies},
		{"Branches", branches},
		{"Find", find},
		{"Sessions", sessions},
		{"SaveTwice", saveTwice},
		{"SessionFilters", sessionFilters},
		{"Webhooks", webhooks},
		{"Callbacks", callbacks},
		{"Searched", searched},
		{"PagesMerged", pagesMerged},
		{"SessionsWalked", sessionsWalked},
		{"DeleteSessions", deleteSessions},
		{"RedactSession", redactSession}, {"MessagesTold", messagesTold}, {"MessageReceipts", messageReceipts}, {"MessagesRedacted", messagesRedacted},
		{"Orphans", orphans},
		{"Paging", paging},
		{"Hostile", hostile},
		{"Sealed", sealed}, {"SecretData", secretData},
		{"Concurrent", concurrent},
		{"Reopen", reopen},
		{"NewerSchema", newerSchema},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, fresh(t)) })
	}
}

// The helpers below fail the test at once.

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantErr(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("got %v, want %v", err, want)
	}
}

func wantInvalid(t *testing.T, err error, field string) {
	t.Helper()
	var inv *endpoints.Invalid
	if !errors.As(err, &inv) || inv.Field != field {
		t.Errorf("got %v, want *Invalid of %q", err, field)
	}
}

func newAccount(t *testing.T, s *store.Store, name string) string {
	t.Helper()
	a := &endpoints.Account{Name: name}
	must(t, s.PutAccount(t.Context(), a))
	return a.ID
}

func newFlow(t *testing.T, s *store.Store, account, name string) *flow.Flow {
	t.Helper()
	f := &flow.Flow{AccountID: account, Name: name, Raw: flow.Raw{Nodes: []byte(`[]`)}}
	must(t, s.PutFlow(t.Context(), f))
	return f
}

func newNumber(t *testing.T, s *store.Store, account, number string) *endpoints.Endpoint {
	t.Helper()
	e := &endpoints.Endpoint{AccountID: account, Kind: endpoints.PhoneNumber, Number: number}
	must(t, s.PutEndpoint(t.Context(), e))
	return e
}

func newUser(t *testing.T, s *store.Store, account, name string) *endpoints.Endpoint {
	t.Helper()
	e := &endpoints.Endpoint{AccountID: account, Kind: endpoints.User, FirstName: name, SipUserName: name}
	e.SetSipPassword("test", "password of "+name)
	must(t, s.PutEndpoint(t.Context(), e))
	return e
}

// base is a time that both databases keep exactly.
var base = time.Date(2026, 11, 21, 12, 0, 0, 123456000, time.UTC)

func newRecord(account string) *session.Record {
	return &session.Record{
		ID: endpoints.NewID(), AccountID: account, Channel: "Voice", Direction: session.Incoming, CallState: session.Ringing,
		FromAddress: "+12025550143", ToAddress: "+18005550100", Started: base,
	}
}

func save(t *testing.T, s *store.Store, changes ...session.Change) {
	t.Helper()
	must(t, s.SaveSessions(t.Context(), changes))
}

// ids of items, in their order.
func ids[T any](items []T, id func(T) string) []string {
	out := make([]string, len(items))
	for i, it := range items {
		out[i] = id(it)
	}
	return out
}

var errUnknown = fs.ErrNotExist
