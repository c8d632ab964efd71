package sip

import (
	"context"
	"net/netip"

	msg "github.com/emiago/sipgo/sip"
	"go.uber.org/zap"
)

// access is who may talk to us and how we are reached: who is calling, the
// registrar, the keep-alive of its bindings, and the trunks' registrations. It
// is the core's gate. It works on whole messages and owns no socket.
type access struct {
	directory Directory
	realm     string
	domains   []string
	log       *zap.Logger
	wire      wire

	digest    *digestServer
	guard     *guard
	registrar *registrar
	trunks    *trunks
	locator   *locator
}

// wire is what access needs of the rest of the UA.
type wire interface {
	// request sends req to a target and waits for its final answer; Via and
	// whatever else lacks is added.
	request(ctx context.Context, req *msg.Request, to target) (*msg.Response, error)
	// connected tells whether a stream connection to just this far end is open.
	connected(network string, addr netip.AddrPort) bool
	// contact is our own URI as the far end at to is to use it: host, port and
	// transport, without a user.
	contact(to target) (msg.Uri, error)
	// own tells whether addr is one of our listening sockets.
	own(addr netip.AddrPort) bool
	// note counts why a message went no further.
	note(why refusal)
	// drains tells whether we are about to stop.
	drains() bool
}

var _ gate = (*access)(nil)

// newAccess prepares everything; nothing runs before start.
func newAccess(ua *UA, w wire) *access {
	a := &access{directory: ua.Directory, realm: ua.Realm, domains: ua.Domains, log: ua.Log, wire: w}
	if a.log == nil {
		a.log = zap.NewNop()
	}
	if a.realm == "" {
		a.realm = "ringflow"
	}
	a.digest = newDigestServer(a.realm)
	a.guard = newGuard()
	a.locator = newLocator(ua.Resolver)
	a.registrar = newRegistrar(a, ua.Store, ua.OnBinding)
	a.registrar.greet = ua.OnPhone
	a.trunks = newTrunks(a)
	return a
}

// start loads what was registered before, and begins keep-alives and
// registrations.
func (a *access) start() {
	a.registrar.start()
	a.trunks.start()
}

// stop ends all and waits: trunks unregister (2 s at most), the store gets what
// is still to be written. The sockets must still be open.
func (a *access) stop() {
	a.trunks.stop()
	a.registrar.stop()
}

// gone tells that a connection ended, with whom it was.
func (a *access) gone(network string, addr netip.AddrPort) { a.registrar.gone(network, addr) }

// drain takes our registrations back at the carriers, or makes them again. It
// does not wait.
func (a *access) drain(on bool) { a.trunks.drain(on) }

// Bindings are the live bindings of a user: those that answer first, then by q,
// then the latest first.
func (ua *UA) Bindings(user string) []Binding { return ua.start().access.registrar.bindings(user) }

// Unregister drops the bindings of all users whom gone names: who is deleted, or
// has another password now, is not rung where he was. gone must not block.
func (ua *UA) Unregister(gone func(user string) bool) { ua.start().access.registrar.drop(gone) }

// SetTrunks replaces the trunks that we call through. Only what changed is
// touched: a registration with the same settings goes on.
func (ua *UA) SetTrunks(t []OutTrunk) { ua.start().access.trunks.set(t) }

// TrunkState is what is known of an outbound trunk; false: there is none of this id.
func (ua *UA) TrunkState(id string) (TrunkState, bool) {
	return ua.start().access.trunks.state(id)
}

func (c *core) note(why refusal) { c.stats.refuse(why) }
