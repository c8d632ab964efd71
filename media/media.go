// Package media is the sound of a call: sockets, RTP and RTCP, SDP, codecs,
// the jitter buffer, digits, mixing, playing and recording.
//
// A Port is one party's audio. The network pushes packets into its jitter
// buffer; one clock, the Pacer, pulls a frame out of it every 20 ms, and
// nothing else in the house paces. A Bridge joins ports. A Port has the five
// verbs of sip.Negotiator, and knows nothing of SIP beyond them.
//
// The way of a packet and the reasons are in DESIGN.md.
package media

import "errors"

// Errors that tell a caller what to do. Ask with errors.Is.
var (
	// ErrNoCodec: the far end's SDP has no audio that we speak, or asks for
	// a profile that we refuse. In SIP: 488 Not Acceptable Here.
	ErrNoCodec = errors.New("media: no codec in common")
	// ErrBadSDP: the far end's SDP cannot be read at all. In SIP: 400.
	ErrBadSDP = errors.New("media: bad SDP")
	// ErrNoPorts: the port range is used up. In SIP: 503.
	ErrNoPorts = errors.New("media: no RTP port free")
	// ErrNoMedia: neither RTP nor RTCP came for Engine.Timeout.
	ErrNoMedia = errors.New("media: timeout, nothing heard from the far end")
	// ErrClosed: the port was closed.
	ErrClosed = errors.New("media: port closed")
	// ErrReplaced: another sound was started on the port.
	ErrReplaced = errors.New("media: another sound was started")
	// ErrBadDigit: not 0 to 9, *, #, A to D, or w (a pause of half a second).
	ErrBadDigit = errors.New("media: not a digit")
	// ErrBusy: too many digits wait to be sent.
	ErrBusy = errors.New("media: too many digits waiting")
)
