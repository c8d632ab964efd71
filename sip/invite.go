package sip

import (
	"net/netip"
)

// Invite is an incoming INVITE that passed "who is calling".
type Invite struct {
	Leg        *Leg
	Caller     Caller
	RequestURI Party
	To, From   Party
	Source     netip.AddrPort
	Transport  string // UDP, TCP, TLS
	// MaxForwards is what is left of it; a call that goes on to somebody else
	// passes one less, so that loops end.
	MaxForwards int
	Offer       []byte // SDP; empty: we are to make the offer, in the 200
	// Replaces is the leg whose place the caller wants (RFC 3891), nil for a call like any
	// other. It is up, or one that rings at the far end of a Dial: then its Tag
	// tells which. Whether this caller may have it is the handler's to say; it
	// answers Leg, and hangs Replaces up itself, answered or not.
	Replaces *Leg

	header   map[string][]string
	replaces *replaces
}

// Party is one end as a header or a Request-URI names it.
type Party struct {
	Name string // display name, without quotes and escapes
	User string // percent-decoded; of a tel: URI the number
	Host string
	URI  string // as it was on the wire
}

// Header is the first value of a header by its canonical full name, such as
// "P-Asserted-Identity". Nothing in it is trusted.
func (in *Invite) Header(name string) string {
	if v := in.header[canonical(name)]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// Headers are the headers of the INVITE that are not SIP's own machinery, by
// canonical name. The caller must not change them.
func (in *Invite) Headers() map[string][]string { return in.header }
