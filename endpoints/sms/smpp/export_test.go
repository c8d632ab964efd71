package smpp

import "ringflow/endpoints"

// ReadText is what a link makes of the body of a deliver_sm.
func ReadText(body []byte, a endpoints.TextAlphabet) (text string, part int, receipt bool, err error) {
	m, err := ParseMessage(body)
	if err != nil {
		return "", 0, false, err
	}
	if _, ok := parseReceipt(m); ok {
		return "", 0, true, nil
	}
	l := &link{of: &endpoints.Endpoint{Texts: &endpoints.Texts{SMPP: endpoints.SMPPTexts{Alphabet: a}}}}
	p, text, err := l.content(m)
	return text, p.Seq, false, err
}

// ReadReceipt is the receipt that m is.
func ReadReceipt(m Message) (id string, s endpoints.MessageState, why string, ok bool) {
	r, ok := parseReceipt(m)
	return r.id, r.state, r.why, ok
}

// AddressOf and Party are how addresses are written and read.
var AddressOf = addressOf

func (a Address) Party(country string) string { return a.party(country) }

// WriteText is how a text leaves.
func WriteText(text string, a endpoints.TextAlphabet) (pieces [][]byte, coding byte) {
	return alphabet(a).encode(text, 0x2a)
}
