package store

import (
	"context"
	"time"

	"ringflow/endpoints"
	"ringflow/session"
	"ringflow/sip"
)

func (s *Store) Account(ctx context.Context, id string) (*endpoints.Account, error) { return nil, nil }
func (s *Store) Accounts(ctx context.Context, f endpoints.AccountFilter) ([]*endpoints.Account, int, error) {
	return nil, 0, nil
}
func (s *Store) PutAccount(ctx context.Context, a *endpoints.Account) error { return nil }
func (s *Store) Settings(ctx context.Context, accountID string) (*endpoints.Settings, error) {
	return nil, nil
}
func (s *Store) PutSettings(ctx context.Context, v *endpoints.Settings) error { return nil }

func (s *Store) Customer(ctx context.Context, id string) (*endpoints.Customer, error) {
	return nil, nil
}
func (s *Store) Customers(ctx context.Context, f endpoints.CustomerFilter) ([]*endpoints.Customer, int, error) {
	return nil, 0, nil
}
func (s *Store) PutCustomer(ctx context.Context, c *endpoints.Customer) error { return nil }
func (s *Store) DeleteCustomer(ctx context.Context, id string) error          { return nil }

func (s *Store) Endpoint(ctx context.Context, id string) (*endpoints.Endpoint, error) {
	return nil, nil
}
func (s *Store) Endpoints(ctx context.Context, f endpoints.EndpointFilter) ([]*endpoints.Endpoint, int, error) {
	return nil, 0, nil
}

// EndpointByNumber finds the PhoneNumber endpoint of an E.164 number.
func (s *Store) EndpointByNumber(ctx context.Context, e164 string) (*endpoints.Endpoint, error) {
	return nil, nil
}
func (s *Store) UserBySipName(ctx context.Context, name string) (*endpoints.Endpoint, error) {
	return nil, nil
}

// Trunks are all SipTrunk endpoints of the server.
func (s *Store) Trunks(ctx context.Context) ([]*endpoints.Endpoint, error) { return nil, nil }

// OwnedNumbers are the numbers the account may show as caller ID.
func (s *Store) OwnedNumbers(ctx context.Context, accountID string) ([]string, error) {
	return nil, nil
}

// PutEndpoint inserts (no ID, or an unknown one) or updates; it sets ID and times.
func (s *Store) PutEndpoint(ctx context.Context, e *endpoints.Endpoint) error { return nil }
func (s *Store) DeleteEndpoint(ctx context.Context, id string) error          { return nil }

// FreeSipName is a sipUserName made of the person's name that nobody has yet.
func (s *Store) FreeSipName(ctx context.Context, first, last string) (string, error) {
	return "", nil
}

func (s *Store) Login(ctx context.Context, id string) (*endpoints.Login, error) { return nil, nil }
func (s *Store) LoginByEmail(ctx context.Context, email string) (*endpoints.Login, error) {
	return nil, nil
}
func (s *Store) Logins(ctx context.Context, f endpoints.LoginFilter) ([]*endpoints.Login, int, error) {
	return nil, 0, nil
}
func (s *Store) PutLogin(ctx context.Context, l *endpoints.Login) error { return nil }
func (s *Store) DeleteLogin(ctx context.Context, id string) error       { return nil }

func (s *Store) File(ctx context.Context, id string) (*endpoints.File, error) { return nil, nil }
func (s *Store) Files(ctx context.Context, f endpoints.FileFilter) ([]*endpoints.File, int, error) {
	return nil, 0, nil
}
func (s *Store) PutFile(ctx context.Context, f *endpoints.File) error { return nil }
func (s *Store) DeleteFile(ctx context.Context, id string) error      { return nil }

// RecordFilter chooses sessions.
type RecordFilter struct {
	endpoints.List
	AccountIDs, CustomerIDs, EndpointIDs, FlowIDs []string
	ParentSessionID                               string
	From, To, Log                                 string    // contains
	Start, End                                    time.Time // Started in [Start, End); zero: open
	Direction                                     session.Direction
	Live                                          *bool
}

// OpenRecord, UpdateRecord, AppendLog, PutLeg and CloseRecord hand their data
// to the store's writer and return at once; see Flush.
func (s *Store) OpenRecord(ctx context.Context, r *session.Record) error   { return nil }
func (s *Store) UpdateRecord(ctx context.Context, r *session.Record) error { return nil }
func (s *Store) AppendLog(ctx context.Context, sessionID string, lines []session.LogLine) error {
	return nil
}
func (s *Store) PutLeg(ctx context.Context, l session.LegRecord) error    { return nil }
func (s *Store) CloseRecord(ctx context.Context, r *session.Record) error { return nil }

// Flush returns once all that was handed over before is on disk.
func (s *Store) Flush(ctx context.Context) error { return nil }
func (s *Store) Record(ctx context.Context, id string) (*session.Record, error) {
	return nil, nil
}
func (s *Store) Records(ctx context.Context, f RecordFilter) ([]*session.Record, int, error) {
	return nil, 0, nil
}
func (s *Store) DeleteRecords(ctx context.Context, accountID string, start, end time.Time) (int, error) {
	return 0, nil
}

// Heartbeat notes that these sessions live at t.
func (s *Store) Heartbeat(ctx context.Context, ids []string, t time.Time) error { return nil }

// CloseOrphans closes what an earlier run of this server left open.
func (s *Store) CloseOrphans(ctx context.Context) (int, error) { return 0, nil }

func (s *Store) Bindings(ctx context.Context) ([]sip.Binding, error)           { return nil, nil }
func (s *Store) PutBinding(ctx context.Context, b sip.Binding) error           { return nil }
func (s *Store) DeleteBinding(ctx context.Context, user, contact string) error { return nil }

func (s *Store) Meta(ctx context.Context, key string) (string, error) { return "", nil }
func (s *Store) PutMeta(ctx context.Context, key, value string) error { return nil }

// Realm is the digest realm, fixed at the first start: want is kept if there is none yet.
func (s *Store) Realm(ctx context.Context, want string) (string, error) { return want, nil }

// Names are the shown names of accounts, customers, flows and endpoints by id.
func (s *Store) Names(ctx context.Context, ids ...string) (map[string]string, error) {
	return nil, nil
}

// Bootstrap gives an empty store its account and its first login. It returns
// the password that it made up, "" if one was given or nothing was to do.
func (s *Store) Bootstrap(ctx context.Context, email, password string) (string, error) {
	return "", nil
}

// Revision grows with each change of what calls depend on (endpoints, flows,
// settings, accounts, customers), so that a cache knows when to look again.
func (s *Store) Revision() uint64 { return 0 }

// SaveSessions keeps changes of many sessions in one transaction, and returns
// when they are on disk.
func (s *Store) SaveSessions(ctx context.Context, changes []session.Change) error { return nil }
