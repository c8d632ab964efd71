package storetest

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"

	"ringflow/endpoints"
	"ringflow/flow"
	"ringflow/session"
	"ringflow/store"
)

// payloads are what attackers write where a database may read it.
func payloads() []string {
	out := []string{
		`'`, `"`, `\`, `\'`, `''`, "`", `;`, `--`, `/*`, `?`, `??`, `?0`, `?TableAlias`, `$1`, `:a`, `@a`, `%`, `_`, `%s`, `{}`, "\x00", "a\x00b", "\xff\xfe", "\r\n", "\u202e",
		`' OR '1'='1`, `' OR 1=1 --`, `1; DROP TABLE sessions`, `'; DROP TABLE sessions; --`, `') OR ('1'='1`, `\'; DROP TABLE sessions; --`, `E'\'; DROP TABLE sessions; --'`,
		`' UNION SELECT password_hash FROM logins --`, `'||(SELECT value FROM meta)||'`, `'; ATTACH DATABASE '/tmp/x' AS y; --`, `'; COPY sessions TO PROGRAM 'id'; --`,
		`' AND pg_sleep(5) --`, `'||pg_sleep(5)||'`, `' AND randomblob(1000000000) --`, `$$; DROP TABLE sessions; $$`, `name'); DELETE FROM logins; --`, strings.Repeat("'", 5000), strings.Repeat("x", 100_000),
	}
	for _, quote := range []string{`'`, `"`, `\'`, "\u02bc", "\uff07", "%27", "\x00'"} {
		for _, tail := range []string{` OR TRUE --`, `; SELECT 1; --`, `) --`, `::int`, ` LIKE '%`, ` COLLATE NOCASE`, `+CAST((SELECT 1) AS int)`, `/**/OR/**/1=1`} {
			out = append(out, quote+tail)
		}
	}
	return out
}

// hostile: whatever stands in a header, a filter or a sort field, it is kept or
// compared as text, or refused as *Invalid. Nothing else ever happens.
func hostile(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	a := newAccount(t, s, "A")
	newUser(t, s, a, "alice")
	fl := newFlow(t, s, a, "Menu")
	clean := newRecord(a)
	save(t, s, session.Change{Record: clean, New: true, Log: lines(base, "clean")})
	fine := func(what, p string, err error) {
		t.Helper()
		var inv *endpoints.Invalid
		if err != nil && !errors.As(err, &inv) && !errors.Is(err, errUnknown) {
			t.Errorf("%s %.80q: %v", what, p, err)
		}
	}
	for i, p := range payloads() {
		r := newRecord(a)
		r.FromName, r.FromAddress, r.ToAddress, r.Destination, r.SipCallID, r.Outcome, r.ConsoleData = p, p, p, p, p, p, p
		save(t, s, session.Change{Record: r, New: true, Log: lines(base.Add(time.Duration(i)), p), Legs: []session.LegRecord{{ID: "l", From: p, To: p, Cause: p, SipCallID: p}}})
		got, err := s.Record(ctx, r.ID)
		must(t, err)
		if want := strings.ToValidUTF8(strings.ReplaceAll(p, "\x00", "\ufffd"), "\ufffd"); got.FromName != want || got.Legs[0].Cause != want {
			t.Errorf("%.80q was kept as %.80q", p, got.FromName)
		}
		list, _, err := s.Records(ctx, store.RecordFilter{From: p, To: p, Log: p, ParentSessionID: p, List: endpoints.List{SpecificIDs: []string{clean.ID, p}}})
		fine("sessions by", p, err)
		if len(list) > 0 {
			t.Errorf("sessions by %.80q: found what hasn't it", p)
		}
		for what, f := range map[string]store.RecordFilter{
			"account": {AccountIDs: []string{p}}, "endpoint": {EndpointIDs: []string{p}}, "flow": {FlowIDs: []string{p}}, "direction": {Direction: session.Direction(p)},
			"ids": {List: endpoints.List{SpecificIDs: []string{p}}},
		} {
			list, _, err := s.Records(ctx, f)
			fine(what, p, err)
			if len(list) > 0 {
				t.Errorf("%s %.80q: found %d", what, p, len(list))
			}
		}
		for what, l := range map[string]endpoints.List{"sort": {SortField: p}, "order": {SortOrder: endpoints.SortOrder(p)}} {
			_, _, err := s.Records(ctx, store.RecordFilter{List: l})
			fine(what, p, err)
			_, _, err = s.Endpoints(ctx, endpoints.EndpointFilter{List: l})
			fine(what, p, err)
			if err == nil {
				t.Errorf("%s %.80q passed", what, p)
			}
		}
		_, _, err = s.Endpoints(ctx, endpoints.EndpointFilter{
			AccountIDs: []string{p}, CustomerIDs: []string{p}, ReferenceIDs: []string{p}, FlowIDs: []string{p}, Types: []endpoints.Kind{endpoints.Kind(p)},
			NameFilter: p, PhoneNumberFilter: p, UserMode: endpoints.UserMode(p), SipUserName: p,
		})
		fine("endpoints by", p, err)
		_, _, err = s.Flows(ctx, store.FlowFilter{AccountIDs: []string{p}, CustomerIDs: []string{p}, NameFilter: p, Role: p})
		fine("flows by", p, err)
		_, _, err = s.Logins(ctx, endpoints.LoginFilter{AccountIDs: []string{p}, EmailFilter: p, EndpointID: p})
		fine("logins by", p, err)
		_, _, err = s.Files(ctx, endpoints.FileFilter{AccountIDs: []string{p}, SessionID: p, UserID: p, FileName: p, ContentType: p, From: p, To: p})
		fine("files by", p, err)
		_, _, err = s.Customers(ctx, endpoints.CustomerFilter{NameFilter: p, ParentCustomerIDs: []string{p}})
		fine("customers by", p, err)
		_, _, err = s.Accounts(ctx, endpoints.AccountFilter{NameFilter: p})
		fine("accounts by", p, err)
		_, err = s.Endpoint(ctx, p)
		wantErr(t, err, errUnknown)
		_, err = s.EndpointByNumber(ctx, p)
		wantErr(t, err, errUnknown)
		_, err = s.UserBySipName(ctx, p)
		wantErr(t, err, errUnknown)
		_, err = s.LoginByEmail(ctx, p)
		wantErr(t, err, errUnknown)
		_, err = s.OwnedNumbers(ctx, p)
		must(t, err)
		must(t, s.PutMeta(ctx, "x", p))
		fl.Description = p
		fine("description", p, s.PutFlow(ctx, fl))
	}
	if _, n, err := s.Records(ctx, store.RecordFilter{AccountIDs: []string{a}}); n != len(payloads())+1 || err != nil {
		t.Errorf("%d sessions are left, %v", n, err)
	}
	if _, err := s.UserBySipName(ctx, "alice"); err != nil {
		t.Error(err)
	}
}

// sealed: who steals the database has no secret of it.
func sealed(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	a := newAccount(t, s, "A")
	u := newUser(t, s, a, "alice")
	trunk := &endpoints.Endpoint{AccountID: a, Kind: endpoints.SipTrunk, DisplayName: "Carrier", Trunk: &endpoints.Trunk{Host: "h", UserName: "visible-name", Password: "hidden-password-of-the-trunk"}}
	must(t, s.PutEndpoint(ctx, trunk))
	must(t, s.PutEndpoint(ctx, trunk)) // and again, as an update
	withSecretFields(t, s, a)
	dump := d.Dump(t)
	if !bytes.Contains(dump, []byte("visible-name")) {
		t.Fatal("the dump doesn't show what it should: the test is blind")
	}
	for _, secret := range []string{"hidden-password-of-the-trunk", "password of alice", u.SipHA1MD5, u.SipHA1SHA256, "pin-of-a-number", "pin-of-a-customer", "key-of-the-account", "pin-of-nobody"} {
		b64 := base64.RawStdEncoding.EncodeToString([]byte(secret))
		for _, form := range []string{secret, strings.ToUpper(secret), hex.EncodeToString([]byte(secret)), b64[:len(b64)-2]} {
			if bytes.Contains(dump, []byte(form)) {
				t.Errorf("the database shows %q", form)
			}
		}
	}
	o := d.Options
	o.Key = bytes.Repeat([]byte{7}, 32)
	if other, err := store.Open(ctx, o); err == nil {
		other.Close()
		t.Error("another key opened it")
	} else if !strings.Contains(err.Error(), "sealing key") {
		t.Errorf("another key: %v", err)
	}
}

// concurrent: many write and read at once, and nobody loses anything.
func concurrent(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	a := newAccount(t, s, "A")
	f := newFlow(t, s, a, "Menu")
	const workers, rounds = 8, 10
	var wg sync.WaitGroup
	won := make(chan string, workers)
	for w := range workers {
		wg.Go(func() {
			// All want the same number: one gets it.
			if err := s.PutEndpoint(ctx, &endpoints.Endpoint{AccountID: a, Kind: endpoints.PhoneNumber, Number: "+18005550100"}); err == nil {
				won <- fmt.Sprint(w)
			}
			for i := range rounds {
				r := newRecord(a)
				for n := range 3 {
					c := session.Change{Record: r, New: n == 0, Log: lines(base.Add(time.Duration(n)*time.Second), fmt.Sprint(n)), Legs: []session.LegRecord{{ID: "l"}}}
					if err := s.SaveSessions(ctx, []session.Change{c}); err != nil {
						t.Errorf("save: %v", err)
					}
				}
				if got, err := s.Record(ctx, r.ID); err != nil || len(got.Log) != 3 {
					t.Errorf("read back: %v, %v", got, err)
				}
				if _, _, err := s.Records(ctx, store.RecordFilter{Log: "2"}); err != nil {
					t.Errorf("list: %v", err)
				}
				mine := flow.Flow{ID: f.ID, AccountID: a, Name: fmt.Sprintf("by %d, %d", w, i)}
				if err := s.PutFlow(ctx, &mine); err != nil { // all want the next version number
					t.Errorf("save a flow: %v", err)
				}
				if err := s.Heartbeat(ctx, []string{r.ID}, time.Now()); err != nil {
					t.Errorf("heartbeat: %v", err)
				}
			}
		})
	}
	wg.Wait()
	if len(won) != 1 {
		t.Errorf("%d got the number", len(won))
	}
	if _, n, err := s.Records(ctx, store.RecordFilter{}); n != workers*rounds || err != nil {
		t.Errorf("%d sessions, %v", n, err)
	}
	if got, err := s.Flow(ctx, f.ID); err != nil || got.Version != 1+workers*rounds {
		t.Errorf("flow %+v, %v", got, err)
	}
}

func reopen(t *testing.T, d *Database) {
	ctx := t.Context()
	s, err := store.Open(ctx, d.Options)
	must(t, err)
	a := newAccount(t, s, "A")
	u := newUser(t, s, a, "alice")
	must(t, s.Close())
	s = d.Open(t)
	if got, err := s.UserBySipName(ctx, "alice"); err != nil || got.SipHA1MD5 != u.SipHA1MD5 {
		t.Errorf("%+v, %v", got, err)
	}
	if err := s.Ping(ctx); err != nil {
		t.Error(err)
	}
}

func newerSchema(t *testing.T, d *Database) {
	s, err := store.Open(t.Context(), d.Options)
	must(t, err)
	must(t, s.Close())
	d.Exec(t, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, TRUE)")
	o := d.Options
	o.Log = zap.NewNop()
	if s, err := store.Open(t.Context(), o); err == nil {
		s.Close()
		t.Error("a schema from the future was opened")
	} else if !strings.Contains(err.Error(), "99999") || !strings.Contains(err.Error(), "newer program") {
		t.Errorf("the refusal says: %v", err)
	}
}
