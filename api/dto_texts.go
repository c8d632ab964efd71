package api

import (
	"time"

	"ringflow/endpoints"
)

// Texts is how a phone number or trunk sends and gets texts. Its password, auth
// token or secret is given and never shown.
type Texts struct {
	_              struct{} `ns:"Voice.Api.Endpoints"`
	Carrier        TextCarriers
	TrunkId        string // of a number: it texts as that trunk does
	TextsPerMinute int    // segments that may leave of one number; 0: 60

	// Of Smpp.
	Host          string
	Port          int
	SystemId      string
	SystemType    string
	Password      string // given, never shown
	Tls           bool
	Window        int           // submits without an answer at once
	Rate          int           // submits a second; 0: as fast as it goes
	Alphabet      TextAlphabets // of data_coding 0
	FullReference bool          // user_message_reference is the message's whole id

	// Of Twilio.
	AccountSid string
	AuthToken  string // given, never shown
	BaseUrl    string

	// Of Http.
	Url    string // texts are posted to it; empty: they only come
	Secret string // signs requests, both ways; given, never shown

	HasSecret *bool     // ours: that there is a password, auth token or secret
	Link      *TextLink // ours: how the link by Smpp is doing, of a number with trunkId that of its trunk
}

// TextLink is how this server's link to a message centre is doing.
type TextLink struct {
	_         struct{} `ns:"Voice.Api.Endpoints"`
	Bound     bool
	Since     time.Time // it is bound, or isn't
	LastError string    // why it isn't bound, or wasn't before
}

// textMembers are how a number or trunk texts, the same in POST and PATCH.
type textMembers struct {
	_     struct{} `ns:"Voice.Api.Endpoints"`
	Texts *Texts   // an empty one takes it away
}

// applyTexts sets what the request gives: all of it anew, but for a secret that isn't given again.
func (q *textMembers) applyTexts(e *endpoints.Endpoint) {
	if q.Texts == nil {
		return
	}
	before := e.Texts
	if e.Texts = q.Texts.texts(); *e.Texts == (endpoints.Texts{}) {
		e.Texts = nil
	}
	e.Texts.Kept(before)
}

func (t *Texts) texts() *endpoints.Texts {
	out := &endpoints.Texts{Carrier: endpoints.TextCarrier(t.Carrier), TrunkID: t.TrunkId, PerMinute: t.TextsPerMinute}
	switch out.Carrier {
	case endpoints.CarrierSMPP:
		out.SMPP = endpoints.SMPPTexts{Host: t.Host, Port: t.Port, SystemID: t.SystemId, SystemType: t.SystemType, TLS: t.Tls, Window: t.Window, Rate: t.Rate,
			Alphabet: endpoints.TextAlphabet(t.Alphabet), FullReference: t.FullReference}
		out.Secret = t.Password
	case endpoints.CarrierTwilio:
		out.Twilio = endpoints.TwilioTexts{AccountSID: t.AccountSid, BaseURL: t.BaseUrl}
		out.Secret = t.AuthToken
	case endpoints.CarrierHTTP:
		out.HTTP = endpoints.HTTPTexts{URL: t.Url}
		out.Secret = t.Secret
	}
	return out
}

// textLink is how the link is doing by which an endpoint texts; nil: it texts by none.
func (s *Server) textLink(e *endpoints.Endpoint) *TextLink {
	for _, l := range s.endpointLinks(e) {
		if l.Kind == endpoints.LinkSMPP {
			return &TextLink{Bound: l.Up, Since: l.Since.UTC(), LastError: l.LastError}
		}
	}
	return nil
}

// shownTexts are an endpoint's without what nobody sees.
func (s *Server) shownTexts(e *endpoints.Endpoint) *Texts {
	t := e.Texts
	if t == nil {
		return nil
	}
	sealed := t.Secret != ""
	return &Texts{
		Carrier: TextCarriers(t.Carrier), TrunkId: t.TrunkID, TextsPerMinute: t.PerMinute,
		Host: t.SMPP.Host, Port: t.SMPP.Port, SystemId: t.SMPP.SystemID, SystemType: t.SMPP.SystemType, Tls: t.SMPP.TLS, Window: t.SMPP.Window, Rate: t.SMPP.Rate,
		Alphabet: TextAlphabets(t.SMPP.Alphabet), FullReference: t.SMPP.FullReference,
		AccountSid: t.Twilio.AccountSID, BaseUrl: t.Twilio.BaseURL, Url: t.HTTP.URL, HasSecret: &sealed,
		Link: s.textLink(e),
	}
}
