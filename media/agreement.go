package media

import (
	"bytes"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// agreement is what an offer and its answer made of a port. It is a value:
// a re-INVITE that fails goes back to the one before.
type agreement struct {
	up     bool // there is one
	codec  format
	sendPT uint8    // what the far end wants to get for codec
	others []format // further codecs that it may send, by our payload types

	event       bool // telephone-event was agreed upon
	eventSendPT uint8
	eventPT     uint8 // of what we get

	remote netip.AddrPort
	rtcp   netip.AddrPort
	mux    bool
	far    direction // what the far end does
	near   direction // what we may do
}

// slot is one m= line of our descriptions, in the order in which they first
// came: a session never loses one (RFC 3264 8).
type slot struct {
	kind, proto, first string
	audio              bool // the one that we speak on
}

// negotiation is the offer/answer engine of one port (RFC 3264). It is pure:
// descriptions in, descriptions and agreements out.
type negotiation struct {
	codecs []format // ours, by preference
	event  format

	local   netip.AddrPort
	id      uint64
	version uint64
	last    []byte // our last description but for o=
	hold    bool   // we want to hold the far end
	held    bool   // and that was agreed upon

	slots   []slot
	now     agreement
	offered *undo // an Offer was made and may still be rolled back
}

type undo struct {
	now   agreement
	slots []slot
}

const eventPT = 101

// offer describes what we have now.
func (n *negotiation) offer() []byte {
	n.offered = &undo{now: n.now, slots: slices.Clone(n.slots)}
	if len(n.slots) == 0 {
		n.slots = []slot{{kind: "audio", proto: "RTP/AVP", first: fmt.Sprint(n.codecs[0].pt), audio: true}}
	}
	formats := n.ours()
	dir := sendrecv
	if n.hold {
		dir = sends
	}
	return n.describe(formats, dir, n.now.up && n.now.mux)
}

// ours are the codecs that we offer, with the payload types that were agreed
// upon before: those may not change their meaning in a session.
func (n *negotiation) ours() []format {
	out := slices.Clone(n.codecs)
	e := n.event
	if n.now.event {
		e.pt = n.now.eventPT
	}
	return append(out, e)
}

// accept applies an answer to our offer. It may come again with another one.
func (n *negotiation) accept(answer []byte) error {
	if n.offered == nil && !n.now.up {
		return fmt.Errorf("%w: an answer without an offer", ErrBadSDP)
	}
	r, err := parseSDP(answer)
	if err != nil {
		return err
	}
	again := n.offered != nil && n.offered.now.up
	i := slices.IndexFunc(n.slots, func(s slot) bool { return s.audio })
	if i < 0 && again {
		n.switchOff() // it was off, and we left it so
		return nil
	}
	if i < 0 || i >= len(r.media) {
		return fmt.Errorf("%w: the answer lacks our audio", ErrNoCodec)
	}
	m := &r.media[i]
	if again && m.kind == "audio" && m.port == 0 {
		n.switchOff()
		return nil
	}
	if m.kind != "audio" || m.port == 0 || !plainRTP(m.proto) {
		return fmt.Errorf("%w: audio was declined", ErrNoCodec)
	}
	a, ok := n.match(m, m.formats)
	if !ok {
		return fmt.Errorf("%w: the answer has %s, offered were %s", ErrNoCodec, names(m.formats), names(n.codecs))
	}
	// What comes to us bears the payload types of our offer.
	a.codec.pt = n.byName(a.codec.name).pt
	a.eventPT = n.event.pt
	if n.now.event {
		a.eventPT = n.now.eventPT
	}
	for _, f := range n.codecs {
		if f.name != a.codec.name {
			a.others = append(a.others, f)
		}
	}
	a.near = m.dir.complement()
	if n.hold {
		a.near &^= receives
	}
	a.mux = m.mux && n.now.mux
	n.now, n.held = a, n.hold
	return nil
}

// answer makes and applies the answer to an offer.
func (n *negotiation) answer(offer []byte) ([]byte, error) {
	r, err := parseSDP(offer)
	if err != nil {
		return nil, err
	}
	best := -1
	var a agreement
	for i := range r.media {
		m := &r.media[i]
		if m.kind != "audio" || m.port == 0 || !plainRTP(m.proto) {
			continue
		}
		var ok bool
		if a, ok = n.match(m, n.codecs); ok {
			best = i
			break
		}
	}
	if best < 0 && n.now.up && r.off() {
		n.switchOff()
		n.slots, n.offered = r.slots(best), nil
		return n.describe(nil, inactive, false), nil
	}
	if best < 0 {
		return nil, fmt.Errorf("%w: offered is %s; we speak %s over RTP/AVP", ErrNoCodec, offered(r), names(n.codecs))
	}
	m := &r.media[best]
	a.near = m.dir.complement()
	if n.hold {
		a.near &^= receives
	}
	a.mux = m.mux
	n.slots = r.slots(best)
	n.now, n.held, n.offered = a, n.hold, nil
	formats := []format{a.codec}
	if a.event {
		formats = append(formats, format{a.eventPT, telephoneEvent, n.event.clock})
	}
	return n.describe(formats, a.near, a.mux), nil
}

// switchOff is what port 0 makes of audio in a session that stands (RFC 3264
// 8.2): nobody sends and nobody listens, until an offer brings it back. It is not
// the end of the call: the parties hear silence, as on hold.
func (n *negotiation) switchOff() {
	n.now.far, n.now.near = inactive, inactive
	n.now.remote, n.now.rtcp = netip.AddrPort{}, netip.AddrPort{}
	n.held = n.hold
	for i := range n.slots {
		n.slots[i].audio = false
	}
}

// off tells whether all media are switched off, audio among them. With another
// one on, such as a fax instead of audio, an offer is not one to give in to: it
// is refused, and the audio stays.
func (r *remoteSDP) off() bool {
	audio := false
	for i := range r.media {
		if r.media[i].port != 0 {
			return false
		}
		audio = audio || r.media[i].kind == "audio"
	}
	return audio
}

// slots are its m= lines; we speak on the one with that index.
func (r *remoteSDP) slots(audio int) []slot {
	out := make([]slot, 0, len(r.media))
	for i := range r.media {
		x := &r.media[i]
		out = append(out, slot{kind: x.kind, proto: x.proto, first: x.first, audio: i == audio})
	}
	return out
}

// rollback forgets the last offer.
func (n *negotiation) rollback() {
	if u := n.offered; u != nil {
		n.now, n.slots, n.hold, n.offered = u.now, u.slots, n.held, nil
	}
}

// match picks the first codec of preferred that both have, and
// telephone-event at its clock rate.
func (n *negotiation) match(m *remoteMedia, preferred []format) (agreement, bool) {
	a := agreement{up: true, far: m.dir, remote: netip.AddrPortFrom(m.addr, uint16(m.port)), rtcp: m.rtcp}
	for _, want := range preferred {
		for _, f := range m.formats {
			if f.name == want.name && f.clock == want.clock && n.byName(f.name).name != "" {
				a.codec, a.sendPT = f, f.pt
				for _, e := range m.formats {
					if e.name == telephoneEvent && e.clock == f.clock {
						a.event, a.eventPT, a.eventSendPT = true, e.pt, e.pt
						break
					}
				}
				return a, true
			}
		}
	}
	return a, false
}

func (n *negotiation) byName(name string) format {
	for _, f := range n.codecs {
		if f.name == name {
			return f
		}
	}
	return format{}
}

// describe writes our SDP. The version in o= grows only when something else
// changed (RFC 3264 8).
func (n *negotiation) describe(formats []format, dir direction, mux bool) []byte {
	ip := "IP4"
	if n.local.Addr().Is6() {
		ip = "IP6"
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "s=-\r\nc=IN %s %s\r\nt=0 0\r\n", ip, n.local.Addr())
	for _, s := range n.slots {
		if !s.audio {
			fmt.Fprintf(&b, "m=%s 0 %s %s\r\n", s.kind, s.proto, s.first)
			continue
		}
		fmt.Fprintf(&b, "m=audio %d %s", n.local.Port(), s.proto)
		for _, f := range formats {
			fmt.Fprintf(&b, " %d", f.pt)
		}
		b.WriteString("\r\n")
		for _, f := range formats {
			name := f.name
			if name == telephoneEvent {
				name = "telephone-event"
			}
			fmt.Fprintf(&b, "a=rtpmap:%d %s/%d\r\n", f.pt, name, f.clock)
			if f.name == telephoneEvent {
				fmt.Fprintf(&b, "a=fmtp:%d 0-15\r\n", f.pt)
			}
		}
		b.WriteString("a=ptime:20\r\n")
		if mux {
			b.WriteString("a=rtcp-mux\r\n")
		}
		fmt.Fprintf(&b, "a=%s\r\n", dir)
	}
	if !bytes.Equal(b.Bytes(), n.last) {
		if n.last != nil {
			n.version++
		}
		n.last = b.Bytes()
	}
	return fmt.Appendf(nil, "v=0\r\no=- %d %d IN %s %s\r\n%s", n.id, n.version, ip, n.local.Addr(), n.last)
}

// plainRTP tells whether we speak a profile. Those with SRTP are refused
// rather than answered in the clear.
func plainRTP(proto string) bool {
	return strings.EqualFold(proto, "RTP/AVP") || strings.EqualFold(proto, "RTP/AVPF")
}

func names(fs []format) string {
	var s []string
	for _, f := range fs {
		s = append(s, fmt.Sprintf("%s/%d", f.name, f.clock))
	}
	if len(s) == 0 {
		return "nothing known"
	}
	return strings.Join(s, ", ")
}

func offered(r *remoteSDP) string {
	var s []string
	for i := range r.media {
		if len(s) == 3 {
			s = append(s, "…")
			break
		}
		s = append(s, fmt.Sprintf("%q over %q with %s", r.media[i].kind, r.media[i].proto, clip(names(r.media[i].formats))))
	}
	return strings.Join(s, "; ")
}
