package storetest

import (
	"context"
	"errors"
	"io/fs"
	"strconv"
	"sync"
	"testing"

	"ringflow/endpoints"
	"ringflow/flow"
	"ringflow/store"
)

// edited is one kind of what can be edited: read gives what there is, put
// keeps it with another name, and name and revision tell of it.
type edited struct {
	what string
	read func(ctx context.Context) (any, error)
	put  func(ctx context.Context, v any, name string) error
	tell func(v any) (name string, revision int64)
	drop func(ctx context.Context) error // nil: it stays
}

// kinds are all that can be edited, one of each.
func kinds(t *testing.T, s *store.Store) []edited {
	ctx := t.Context()
	a := &endpoints.Account{Name: "A"}
	must(t, s.PutAccount(ctx, a))
	c := &endpoints.Customer{AccountID: a.ID, Name: "0"}
	must(t, s.PutCustomer(ctx, c))
	e := newNumber(t, s, a.ID, "+18005550100")
	f := newFlow(t, s, a.ID, "0")
	l := &endpoints.Login{EmailAddress: "a@example.com", FirstName: "0", PasswordHash: "x", Roles: []endpoints.Role{endpoints.Manager}, AccountIDs: []string{a.ID}}
	must(t, s.PutLogin(ctx, l))
	file := &endpoints.File{AccountID: a.ID, Type: endpoints.Upload, FileName: "0", ContentType: "audio/wav"}
	must(t, s.PutFile(ctx, file))
	return []edited{
		{
			"account", func(ctx context.Context) (any, error) { return s.Account(ctx, a.ID) },
			func(ctx context.Context, v any, name string) error {
				v.(*endpoints.Account).Name = name
				return s.PutAccount(ctx, v.(*endpoints.Account))
			},
			func(v any) (string, int64) { return v.(*endpoints.Account).Name, v.(*endpoints.Account).Revision }, nil,
		},
		{
			"settings", func(ctx context.Context) (any, error) { return s.Settings(ctx, a.ID) },
			func(ctx context.Context, v any, name string) error {
				v.(*endpoints.Settings).Documentation = name
				return s.PutSettings(ctx, v.(*endpoints.Settings))
			},
			func(v any) (string, int64) {
				return v.(*endpoints.Settings).Documentation, v.(*endpoints.Settings).Revision
			}, nil,
		},
		{
			"customer", func(ctx context.Context) (any, error) { return s.Customer(ctx, c.ID) },
			func(ctx context.Context, v any, name string) error {
				v.(*endpoints.Customer).Name = name
				return s.PutCustomer(ctx, v.(*endpoints.Customer))
			},
			func(v any) (string, int64) { return v.(*endpoints.Customer).Name, v.(*endpoints.Customer).Revision },
			func(ctx context.Context) error { return s.DeleteCustomer(ctx, c.ID) },
		},
		{
			"endpoint", func(ctx context.Context) (any, error) { return s.Endpoint(ctx, e.ID) },
			func(ctx context.Context, v any, name string) error {
				v.(*endpoints.Endpoint).DisplayName = name
				return s.PutEndpoint(ctx, v.(*endpoints.Endpoint))
			},
			func(v any) (string, int64) {
				return v.(*endpoints.Endpoint).DisplayName, v.(*endpoints.Endpoint).Revision
			},
			func(ctx context.Context) error { return s.DeleteEndpoint(ctx, e.ID) },
		},
		{
			"flow", func(ctx context.Context) (any, error) { return s.Flow(ctx, f.ID) },
			func(ctx context.Context, v any, name string) error {
				v.(*flow.Flow).Name = name
				return s.PutFlow(ctx, v.(*flow.Flow))
			},
			func(v any) (string, int64) { return v.(*flow.Flow).Name, v.(*flow.Flow).Revision },
			func(ctx context.Context) error { return s.DeleteFlow(ctx, f.ID) },
		},
		{
			"login", func(ctx context.Context) (any, error) { return s.Login(ctx, l.ID) },
			func(ctx context.Context, v any, name string) error {
				v.(*endpoints.Login).FirstName = name
				return s.PutLogin(ctx, v.(*endpoints.Login))
			},
			func(v any) (string, int64) { return v.(*endpoints.Login).FirstName, v.(*endpoints.Login).Revision },
			func(ctx context.Context) error { return s.DeleteLogin(ctx, l.ID) },
		},
		{
			"file", func(ctx context.Context) (any, error) { return s.File(ctx, file.ID) },
			func(ctx context.Context, v any, name string) error {
				v.(*endpoints.File).FileName = name
				return s.PutFile(ctx, v.(*endpoints.File))
			},
			func(v any) (string, int64) { return v.(*endpoints.File).FileName, v.(*endpoints.File).Revision },
			func(ctx context.Context) error { return s.DeleteFile(ctx, file.ID) },
		},
	}
}

// revisions: a put of what was read is refused once somebody else has put, and
// a deletion may ask for the same.
func revisions(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	for _, k := range kinds(t, s) {
		first, err := k.read(ctx)
		must(t, err)
		second, err := k.read(ctx)
		must(t, err)
		_, was := k.tell(first)
		must(t, k.put(ctx, first, "first"))
		if _, is := k.tell(first); is != was+1 || was < 1 {
			t.Errorf("%s: after revision %d comes %d", k.what, was, is)
		}
		wantErr(t, k.put(ctx, second, "second"), endpoints.ErrStale)
		if _, is := k.tell(second); is != was {
			t.Errorf("%s: what was refused counts itself %d, and was %d", k.what, is, was)
		}
		wantErr(t, k.put(ctx, second, "second"), endpoints.ErrStale) // and again
		now, err := k.read(ctx)
		must(t, err)
		if name, is := k.tell(now); name != "first" || is != was+1 {
			t.Errorf("%s is %q at %d", k.what, name, is)
		}
		must(t, k.put(ctx, first, "third")) // it goes on from what it put
		if k.drop == nil {
			continue
		}
		id := idOf(now)
		wantErr(t, k.drop(endpoints.At(ctx, id, was)), endpoints.ErrStale)
		must(t, k.drop(endpoints.At(ctx, id, was+2)))
	}
}

func idOf(v any) string {
	switch v := v.(type) {
	case *endpoints.Customer:
		return v.ID
	case *endpoints.Endpoint:
		return v.ID
	case *flow.Flow:
		return v.ID
	case *endpoints.Login:
		return v.ID
	case *endpoints.File:
		return v.ID
	}
	return ""
}

// parallelEdits: 40 editors add their word to each kind; none is lost.
func parallelEdits(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	const editors = 40
	for _, k := range kinds(t, s) {
		var wg sync.WaitGroup
		for range editors {
			wg.Go(func() {
				for {
					v, err := k.read(ctx)
					if err == nil {
						name, _ := k.tell(v)
						n, _ := strconv.Atoi(name) // the first name may be none
						if n > editors {
							n = 0
						}
						err = k.put(ctx, v, strconv.Itoa(n+1))
					}
					if err == nil {
						return
					}
					if !errors.Is(err, endpoints.ErrStale) {
						t.Errorf("%s: %v", k.what, err)
						return
					}
				}
			})
		}
		wg.Wait()
		v, err := k.read(ctx)
		must(t, err)
		if name, _ := k.tell(v); name != strconv.Itoa(editors) {
			t.Errorf("%s counts %s, by %d editors", k.what, name, editors)
		}
		if k.drop != nil && k.what == "file" {
			must(t, k.drop(ctx))
			wantErr(t, k.put(ctx, v, "back"), fs.ErrNotExist) // nothing comes back by being edited
		}
	}
}
