package sip

// Negotiator is what a leg needs of whoever does its audio. Bodies are SDP.
//
// Offer and Answer prepare, Accept applies; so a failed re-INVITE leaves what
// was (RFC 3261 14.1). The calls for one leg never overlap.
type Negotiator interface {
	// Offer makes an offer of what we have now (first INVITE, hold, target refresh).
	Offer() ([]byte, error)
	// Answer makes the answer to the far end's offer and applies both once it
	// has been sent; direction is the complement of what was offered.
	// An error that wraps a *Status (488) refuses the offer.
	Answer(offer []byte) ([]byte, error)
	// Accept applies the far end's answer to our last Offer. It may come
	// several times for one offer: early media, then the answer of another fork.
	Accept(answer []byte) error
	// Rollback forgets the last Offer; what was agreed before stays.
	Rollback()
	// Close frees the media. It is called once, when the leg is over.
	Close() error
}
