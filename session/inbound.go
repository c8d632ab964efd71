package session

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"go.uber.org/zap"

	"ringflow/endpoints"
	"ringflow/flow"
	"ringflow/sip"
)

// Invite runs a call that came in, in its own goroutine; it is the UA's
// Handler. All that the call takes is given back by the defers in here.
func (s *Switchboard) Invite(ctx context.Context, in *sip.Invite) error {
	if in.Replaces != nil {
		return s.replace(ctx, in)
	}
	if done, err := s.pickup(ctx, in); done {
		return err
	}
	if err := s.admit(false); err != nil {
		return full(jitter())
	}
	p, codecs, free, err := s.mapInvite(ctx, in)
	if err != nil {
		s.discharge()
		s.stats.refusedUnknown.Add(1)
		return err
	}
	defer free()

	c := s.newCall(ctx, p)
	l := &line{call: c, offer: in.Offer, party: &party{s: s, journal: c.journal, codecs: codecs, source: in.Source.Addr(), leg: LegRecord{
		ID: in.Leg.ID(), Direction: Incoming, EndpointID: in.Caller.ID, From: partyWords(p.from), To: p.to,
		SipCallID: in.Leg.CallID(), Started: c.session.Started,
	}}}
	l.up(in.Leg)
	s.open(c)
	var res flow.Result
	defer func() { c.finish(l, res) }()
	c.journal.leg(l.leg)
	c.journal.say("Call from %s to %s, by %s (%s)", partyWords(p.from), dialledWords(p), in.Caller.Name, in.Transport)
	if p.unrunnable != nil {
		c.journal.say("Refused with 480: %s", p.unrunnable)
		l.status = refusal("Unavailable")
		return nil
	}
	res = c.run(l)
	return nil
}

// mapInvite finds out who calls whom: the endpoint, and with it the flow.
func (s *Switchboard) mapInvite(ctx context.Context, in *sip.Invite) (spec, []string, func(), error) {
	if in.Caller.Kind == sip.User {
		p, err := s.mapUser(ctx, in)
		return p, nil, func() {}, err
	}
	trunk, err := s.cache.endpoint(ctx, in.Caller.ID)
	if err != nil {
		return spec{}, nil, nil, s.fault("read the trunk of a call", err)
	}
	free, ok := s.trunks.take(trunk.ID, trunk.Trunk.MaxCalls)
	if !ok {
		s.log().Warn("call refused: the trunk has all the calls it may", zap.String("trunk", trunk.DisplayName), zap.Int("maxCalls", trunk.Trunk.MaxCalls))
		return spec{}, nil, nil, full(jitter())
	}
	p, err := s.mapNumber(ctx, in, trunk)
	if err != nil {
		free()
		return p, nil, nil, err
	}
	return p, trunk.Trunk.Codecs, free, nil
}

// mapNumber: a trunk's call is for a number of ours, in the Request-URI or
// else in To.
func (s *Switchboard) mapNumber(ctx context.Context, in *sip.Invite, trunk *endpoints.Endpoint) (spec, error) {
	settings, err := s.cache.settingsOf(ctx, trunk.AccountID)
	if err != nil {
		return spec{}, s.fault("read the settings of an account", err)
	}
	var looked []string
	for _, dialled := range []string{in.RequestURI.User, in.To.User} {
		e164, err := s.cache.parse(dialled, settings.DefaultCountry)
		if err != nil {
			looked = append(looked, fmt.Sprintf("%.64q (no number)", dialled))
			continue
		}
		ep, err := s.cache.number(ctx, e164)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			looked = append(looked, e164)
			continue
		case err != nil:
			return spec{}, s.fault("look up a number", err)
		}
		if ep.AccountID != trunk.AccountID {
			if settings, err = s.cache.settingsOf(ctx, ep.AccountID); err != nil {
				return spec{}, s.fault("read the settings of an account", err)
			}
		}
		p := s.inboundSpec(ctx, in, ep, settings)
		p.from = s.numberParty(in, settings.DefaultCountry)
		p.to, p.destination = e164, dialled
		return p, nil
	}
	s.log().Info("call refused: no phone number of ours", zap.String("trunk", trunk.DisplayName), zap.Strings("lookedUp", looked),
		zap.String("callId", in.Leg.CallID()))
	return spec{}, &sip.Status{Code: 404}
}

// mapUser: a user's call runs the user's own flow, whatever was dialled.
func (s *Switchboard) mapUser(ctx context.Context, in *sip.Invite) (spec, error) {
	ep, err := s.cache.endpoint(ctx, in.Caller.ID)
	if err != nil {
		return spec{}, s.fault("read the user of a call", err)
	}
	settings, err := s.cache.settingsOf(ctx, ep.AccountID)
	if err != nil {
		return spec{}, s.fault("read the settings of an account", err)
	}
	p := s.inboundSpec(ctx, in, ep, settings)
	p.caller = ep
	p.from = flow.Party{EndpointID: ep.ID, Name: ep.DisplayName, Address: ep.SipUserName}
	p.destination = in.RequestURI.User
	p.to = p.destination
	if e164, err := s.cache.parse(p.destination, settings.DefaultCountry); err == nil {
		p.to = e164
	}
	return p, nil
}

func (s *Switchboard) inboundSpec(ctx context.Context, in *sip.Invite, ep *endpoints.Endpoint, settings *endpoints.Settings) spec {
	p := spec{direction: Incoming, endpoint: ep, settings: settings, account: ep.AccountID, sipCallID: in.Leg.CallID(), hops: max(in.MaxForwards-1, 1)}
	s.runs(ctx, &p, ep)
	p.header = make(map[string]string, len(in.Headers()))
	for k, v := range in.Headers() {
		if len(v) > 0 {
			p.header[k] = v[0]
		}
	}
	p.forwardedFrom = uriUser(p.header["Diversion"])
	if e164, err := s.cache.parse(p.forwardedFrom, settings.DefaultCountry); err == nil {
		p.forwardedFrom = e164
	}
	if in.Caller.Kind == sip.Trunk { // anybody can write it, a trunk is believed
		p.stirVerstat = verstat(p.header["P-Asserted-Identity"], in.From.URI)
	}
	return p
}

// fault logs what went wrong on our side while a call was looked up.
func (s *Switchboard) fault(what string, err error) error {
	s.log().Error("call refused: could not "+what, zap.Error(err))
	if errors.Is(err, fs.ErrNotExist) {
		return &sip.Status{Code: 404}
	}
	return &sip.Status{Code: 500}
}

// numberParty is who calls on a trunk: a number in E.164, else the SIP user
// part; anonymous stays so. An asserted identity of the trusted trunk wins over
// From (RFC 3325), unless privacy is asked for.
func (s *Switchboard) numberParty(in *sip.Invite, country string) flow.Party {
	p := flow.Party{Name: in.From.Name, Address: in.From.User}
	if pai := uriUser(in.Header("P-Asserted-Identity")); pai != "" && !strings.EqualFold(p.Address, "anonymous") {
		p.Address = pai
	}
	if e164, err := s.cache.parse(p.Address, country); err == nil {
		p.Address = e164
	}
	return p
}

// uriUser is the user part of the URI in a name-addr header: <sip:+1555@host>, <tel:+1555>.
func uriUser(header string) string {
	_, rest, ok := strings.Cut(header, ":")
	if !ok {
		return ""
	}
	if i := strings.IndexAny(rest, "@;>? \t"); i >= 0 {
		rest = rest[:i]
	}
	return rest
}

// verstat is what the carrier found when it verified the caller's number
// (RFC 8224): the parameter of that name, of the first identity that has one.
func verstat(identities ...string) string {
	for _, id := range identities {
		_, value, ok := strings.Cut(id, ";verstat=")
		if !ok {
			continue
		}
		if i := strings.IndexAny(value, "@;>? \t"); i >= 0 {
			value = value[:i]
		}
		return value
	}
	return ""
}

func partyWords(p flow.Party) string {
	switch {
	case p.Name == "" || p.Name == p.Address:
		return p.Address
	case p.Address == "":
		return p.Name
	}
	return p.Name + " (" + p.Address + ")"
}

func dialledWords(p spec) string {
	if p.to != p.destination && p.destination != "" {
		return fmt.Sprintf("%s (dialled %s)", p.to, p.destination)
	}
	return p.to
}
