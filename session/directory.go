package session

import (
	"context"
	"fmt"
	"io/fs"
	"net/netip"
	"strings"

	"go.uber.org/zap"

	"ringflow/endpoints"
	"ringflow/sip"
)

// directory is who may talk to us, and by what names they are found: an
// immutable snapshot that Reload replaces as a whole.
type directory struct {
	credentials map[string]sip.Credentials // by digest user name, lower case
	sources     []source                   // allowedIps of all trunks
	trunks      []*endpoints.Endpoint      // all
	names       map[string]string          // user ids by account + " " + e-mail or extension, lower case
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
	users, _, err := s.Store.Endpoints(ctx, endpoints.EndpointFilter{List: endpoints.List{All: true, Simplified: true}, Types: []endpoints.Kind{endpoints.User}})
	if err != nil {
		return fmt.Errorf("read users: %w", err)
	}
	trunks, err := s.Store.Trunks(ctx)
	if err != nil {
		return fmt.Errorf("read trunks: %w", err)
	}
	d := &directory{credentials: map[string]sip.Credentials{}, names: map[string]string{}, trunks: trunks}
	for _, t := range trunks {
		d.addTrunk(t, s.UA.Realm, s.log())
	}
	for _, u := range users {
		d.addUser(u)
	}
	s.dir.Store(d)
	s.cache.forget()
	s.UA.SetTrunks(outTrunks(trunks))
	return nil
}

func (d *directory) addUser(u *endpoints.Endpoint) {
	for _, name := range []string{u.EmailAddress, extension(u)} {
		if name != "" {
			d.names[u.AccountID+" "+strings.ToLower(name)] = u.ID
		}
	}
	if u.SipUserName == "" || u.SipHA1MD5 == "" && u.SipHA1SHA256 == "" {
		return
	}
	d.credentials[strings.ToLower(u.SipUserName)] = sip.Credentials{
		Caller: sip.Caller{Kind: sip.User, ID: u.ID, Name: u.SipUserName, By: "digest"},
		MD5:    u.SipHA1MD5, SHA256: u.SipHA1SHA256,
	}
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
		d.credentials[strings.ToLower(name)] = sip.Credentials{
			Caller: caller,
			MD5:    endpoints.HA1MD5(name, realm, t.Trunk.Password),
			SHA256: endpoints.HA1SHA256(name, realm, t.Trunk.Password),
		}
	}
}

// Credentials and TrunkBySource make the switchboard the UA's sip.Directory.
func (s *Switchboard) Credentials(_ context.Context, userName string) (sip.Credentials, error) {
	c, ok := s.directory().credentials[strings.ToLower(userName)]
	if !ok {
		return c, fmt.Errorf("SIP user %q: %w", userName, fs.ErrNotExist)
	}
	return c, nil
}

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
