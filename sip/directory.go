package sip

import (
	"context"
	"net/netip"
	"time"
)

// Kind says what a caller is to us.
type Kind string

const (
	User  Kind = "User"
	Trunk Kind = "SipTrunk"
)

// Caller is who stands behind a request, once proved.
type Caller struct {
	Kind Kind
	ID   string // endpoint id
	Name string // sipUserName of a user; display name of a trunk
	By   string // "digest" or "address"
}

// Credentials are what a digest is checked against: HA1s for the UA's realm
// (RFC 7616 3.4.2), in hex.
type Credentials struct {
	Caller
	MD5, SHA256 string
}

// Directory tells the UA who may talk to it. It is asked on the path of every
// new dialog and REGISTER, so it answers from memory.
type Directory interface {
	// Credentials of a user or trunk by its digest user name. fs.ErrNotExist: nobody.
	Credentials(ctx context.Context, userName string) (Credentials, error)
	// TrunkBySource is the trunk in whose allowedIps src stands.
	TrunkBySource(src netip.AddrPort) (Caller, bool)
}

// Binding is one registered contact of a user (RFC 3261 10).
type Binding struct {
	User      string // sipUserName, lower case
	Contact   string // the contact URI as registered
	Source    netip.AddrPort
	Transport string // UDP, TCP, TLS
	Path      []string
	Instance  string // +sip.instance and reg-id (RFC 5626 4.1): the same device, whatever its contact; may be empty
	CallID    string
	CSeq      uint32
	Q         float64
	UserAgent string
	Expires   time.Time
	LastSeen  time.Time
	Offline   bool // three keep-alives unanswered: rung last, never removed before it expires
}

// BindingStore keeps bindings over a restart. The registrar works from memory
// and writes through; a store that is away is logged and never refuses a REGISTER.
type BindingStore interface {
	Bindings(ctx context.Context) ([]Binding, error)
	PutBinding(ctx context.Context, b Binding) error
	DeleteBinding(ctx context.Context, user, contact string) error
}
