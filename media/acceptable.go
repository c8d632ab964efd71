package media

import "net/netip"

// Acceptable tells, before a port is spent on it, whether an offer could be
// answered: ErrBadSDP, ErrNoCodec, or nil.
func Acceptable(offer []byte, codecs []string) error {
	formats, err := formatsFor(codecs)
	if err != nil {
		return err
	}
	n := negotiation{codecs: formats, event: format{pt: eventPT, name: telephoneEvent, clock: 8000}, local: netip.AddrPortFrom(netip.IPv4Unspecified(), 9)}
	_, err = n.answer(offer)
	return err
}
