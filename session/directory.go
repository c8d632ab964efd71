package session

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"net/netip"
	"strings"
	"time"

	"go.uber.org/zap"

	"ringflow/endpoints"
	"ringflow/sip"
)

// directory is who may talk to us, and by what names they are found: an
// immutable snapshot that Reload replaces as a whole.
type directory struct {
	users   map[string]*endpoints.Endpoint // by id
	phones  map[string]sip.Credentials     // of users, by SIP user name, lower case
	names   map[string]string              // user ids by account + " " + e-mail or extension, lower case
	carrier map[string]sip.Credentials     // of trunks, by digest user name, lower case
	sources []source                       // allowedIps of all trunks
	trunks  []*endpoints.Endpoint          // all
	latest  time.Time                      // when the user changed last was changed
}

type source struct {
	allowed endpoints.AllowedIP
	caller  sip.Caller
}

// Reload reads users and trunks anew and tells the UA of the trunks. Call it
// after each change of an endpoint; all else is noticed by itself.
func (s *Switchboard) Reload(ctx context.Context) error {
	s.reloading.Lock()
	defer s.reloading.Unlock()
	old := s.dir.Load()
	d, err := s.readUsers(ctx, old)
	if err != nil {
		return fmt.Errorf("read users: %w", err)
	}
	if d.trunks, err = s.Store.Trunks(ctx); err != nil {
		return fmt.Errorf("read trunks: %w", err)
	}
	d.carrier = map[string]sip.Credentials{}
	for _, t := range d.trunks {
		d.addTrunk(t, s.UA.Realm, s.log())
	}
	s.dir.Store(d)
	s.cache.forget()
	s.UA.SetTrunks(outTrunks(d.trunks))
	s.UA.Unregister(func(user string) bool { return d.changed(old, user) })
	if old != nil {
		for user := range old.phones {
			if d.changed(old, user) {
				s.UA.DropSubscriptions(user)
			}
		}
	}
	return nil
}

// changed tells that whoever registered as user is not to be rung any more: there
// is no such user, or he has another password than in old.
func (d *directory) changed(old *directory, user string) bool {
	now, ok := d.phones[user]
	if !ok || old == nil {
		return !ok
	}
	was, ok := old.phones[user]
	return ok && (was.ID != now.ID || was.MD5 != now.MD5 || was.SHA256 != now.SHA256)
}

// changedPage is how many changed users are looked for before all are read.
const changedPage = 50

// readUsers makes a directory of all users. After the first time it reads only
// those that were changed: who adds users one by one would else pay for all of
// them each time.
func (s *Switchboard) readUsers(ctx context.Context, old *directory) (*directory, error) {
	f := endpoints.EndpointFilter{Types: []endpoints.Kind{endpoints.User}}
	if old != nil {
		f.List = endpoints.List{CountPerPage: changedPage, SortField: "dateLastModified", SortOrder: endpoints.Descend}
		changed, total, err := s.Store.Endpoints(ctx, f)
		if err != nil {
			return nil, err
		}
		// One second more than needed: times of one store are not in order to the last digit.
		since := old.latest.Add(-time.Second)
		if n := len(changed); n < changedPage || changed[n-1].DateLastModified.Before(since) {
			d := &directory{users: maps.Clone(old.users), phones: maps.Clone(old.phones), names: maps.Clone(old.names), latest: old.latest}
			for _, u := range changed {
				if before := d.users[u.ID]; before == nil || !u.DateLastModified.Before(since) {
					d.removeUser(before)
					d.addUser(u)
				}
			}
			if len(d.users) == total {
				return d, nil
			}
		}
	}
	f.List = endpoints.List{All: true, Simplified: true}
	all, _, err := s.Store.Endpoints(ctx, f)
	if err != nil {
		return nil, err
	}
	d := &directory{users: map[string]*endpoints.Endpoint{}, phones: map[string]sip.Credentials{}, names: map[string]string{}}
	for _, u := range all {
		d.addUser(u)
	}
	return d, nil
}

func (d *directory) addUser(u *endpoints.Endpoint) {
	d.users[u.ID] = u
	if u.DateLastModified.After(d.latest) {
		d.latest = u.DateLastModified
	}
	for _, name := range userNames(u) {
		d.names[name] = u.ID
	}
	if u.SipUserName != "" && u.SipHA1MD5+u.SipHA1SHA256 != "" {
		d.phones[strings.ToLower(u.SipUserName)] = sip.Credentials{
			Caller: sip.Caller{Kind: sip.User, ID: u.ID, Name: u.SipUserName, By: "digest"},
			MD5:    u.SipHA1MD5, SHA256: u.SipHA1SHA256,
		}
	}
}

func (d *directory) removeUser(u *endpoints.Endpoint) {
	if u == nil {
		return
	}
	delete(d.users, u.ID)
	for _, name := range userNames(u) {
		if d.names[name] == u.ID {
			delete(d.names, name)
		}
	}
	if name := strings.ToLower(u.SipUserName); d.phones[name].ID == u.ID {
		delete(d.phones, name)
	}
}

// userNames are what a user is found by, beside the SIP user name.
func userNames(u *endpoints.Endpoint) (names []string) {
	for _, name := range []string{u.SipUserName, u.EmailAddress, extension(u)} {
		if name != "" {
			names = append(names, u.AccountID+" "+strings.ToLower(name))
		}
	}
	return names
}

// extension is the value of a user's field of that name.
func extension(u *endpoints.Endpoint) string {
	v := flowValue(u.Data["Extension"])
	return strings.TrimSpace(v.Text())
}

func (d *directory) addTrunk(t *endpoints.Endpoint, realm string, log *zap.Logger) {
	if t.Trunk == nil {
		return
	}
	caller := sip.Caller{Kind: sip.Trunk, ID: t.ID, Name: t.DisplayName, By: "address"}
	for _, text := range t.Trunk.AllowedIPs {
		a, err := endpoints.ParseAllowedIP(text)
		if err != nil {
			log.Error("a trunk's allowedIps can't be read; that source isn't trusted", zap.String("trunk", t.DisplayName), zap.Error(err))
			continue
		}
		d.sources = append(d.sources, source{a, caller})
	}
	if name := t.Trunk.UserName; name != "" && t.Trunk.Password != "" {
		caller.By = "digest"
		d.carrier[strings.ToLower(name)] = sip.Credentials{
			Caller: caller,
			MD5:    endpoints.HA1MD5(name, realm, t.Trunk.Password),
			SHA256: endpoints.HA1SHA256(name, realm, t.Trunk.Password),
		}
	}
}

// Credentials and TrunkBySource make the switchboard the UA's sip.Directory.
func (s *Switchboard) Credentials(_ context.Context, userName string) (sip.Credentials, error) {
	d, name := s.directory(), strings.ToLower(userName)
	c, ok := d.phones[name]
	if !ok {
		c, ok = d.carrier[name]
	}
	if !ok {
		return c, nobody(userName)
	}
	return c, nil
}

// nobody is the error for a name that is not known. Its words are made only when
// somebody reads them: to refuse the name takes no longer than a wrong password.
type nobody string

func (n nobody) Error() string { return fmt.Sprintf("SIP user %q: %v", string(n), fs.ErrNotExist) }
func (n nobody) Unwrap() error { return fs.ErrNotExist }

// TrunkBySource is the trunk with the narrowest allowed network around src.
func (s *Switchboard) TrunkBySource(src netip.AddrPort) (sip.Caller, bool) {
	var best *source
	src = netip.AddrPortFrom(src.Addr().Unmap(), src.Port())
	for i, o := range s.directory().sources {
		if o.allowed.Match(src) && (best == nil || narrower(o.allowed, best.allowed)) {
			best = &s.directory().sources[i]
		}
	}
	if best == nil {
		return sip.Caller{}, false
	}
	return best.caller, true
}

func narrower(a, b endpoints.AllowedIP) bool {
	if (a.Port != 0) != (b.Port != 0) {
		return a.Port != 0
	}
	return a.Prefix.Bits() > b.Prefix.Bits()
}

func (s *Switchboard) directory() *directory {
	if d := s.dir.Load(); d != nil {
		return d
	}
	return &directory{}
}

// outTrunks are the trunks as the UA wants them, to dial and to register. Their
// calls are counted here, both ways (trunkCalls).
func outTrunks(trunks []*endpoints.Endpoint) []sip.OutTrunk {
	out := make([]sip.OutTrunk, 0, len(trunks))
	for _, t := range trunks {
		if t.Trunk == nil || t.Trunk.Host == "" {
			continue
		}
		out = append(out, sip.OutTrunk{
			ID: t.ID, Name: t.DisplayName, Host: t.Trunk.Host, Port: t.Trunk.Port, Transport: t.Trunk.Transport,
			UserName: t.Trunk.UserName, Password: t.Trunk.Password, Register: t.Trunk.Register,
		})
	}
	return out
}

var _ sip.Directory = (*Switchboard)(nil)
