package sip

import (
	"strconv"
	"strings"

	msg "github.com/emiago/sipgo/sip"
)

// request is a request that passed intake, with what dispatch needs of it read once.
type request struct {
	*msg.Request
	top      via
	vias     []string // as they go into the answer; the first one stamped
	callID   string
	cseq     uint32
	from, to address
	fromTag  string
	toTag    string
	sdp      []byte // body, or the SDP part of a multipart one
	src      hop
	back     hop // where the answer goes
}

// response is a response that passed intake.
type response struct {
	*msg.Response
	branch string
	callID string
	cseq   uint32
	method string // CSeq's
	toTag  string
	sdp    []byte
	src    hop
}

// validate understands a packet. Exactly one of the results is not nil,
// except that a faulty request may come with its fault, to be answered.
func validate(p *packet, src hop) (*request, *response, *fault) {
	if strings.HasPrefix(p.line, "SIP/") {
		res, f := p.response(src)
		return nil, res, f
	}
	req, f := p.request(src)
	return req, nil, f
}

func (p *packet) response(src hop) (*response, *fault) {
	none := func(text string) (*response, *fault) { return nil, &fault{0, text} }
	version, rest, _ := strings.Cut(p.line, " ")
	text, reason, _ := strings.Cut(rest, " ")
	code, err := strconv.Atoi(text)
	if version != "SIP/2.0" || err != nil || code < 100 || code > 699 {
		return none("bad status line")
	}
	r := &response{Response: msg.NewResponse(code, reason), src: src}
	v, ok := p.get("Via")
	if !ok {
		return none("no Via")
	}
	top, err := parseVia(v)
	if err != nil {
		return none("bad Via")
	}
	r.branch, _ = top.params.get("branch")
	if r.callID, ok = p.get("Call-ID"); !ok || r.callID == "" {
		return none("no Call-ID")
	}
	if r.cseq, r.method, ok = p.sequence(); !ok {
		return none("bad CSeq")
	}
	to, ok := p.get("To")
	if !ok {
		return none("no To")
	}
	a, err := parseAddress(to)
	if err != nil {
		return none("bad To")
	}
	r.toTag = a.tag()
	if f, ok := p.get("From"); !ok {
		return none("no From")
	} else if _, err := parseAddress(f); err != nil {
		return none("bad From")
	}
	if f := p.trim(); f != nil {
		return none(f.text)
	}
	for _, f := range p.fields {
		r.AppendHeader(msg.NewHeader(f.name, f.value))
	}
	if len(p.body) > 0 {
		body := append([]byte(nil), p.body...)
		r.SetBody(body)
		ct, _ := p.get("Content-Type")
		r.sdp, _ = sdpPart(ct, body)
	}
	return r, nil
}

// sequence reads CSeq. A number over 2^31-1 is refused (RFC 3261 8.1.1.5).
func (p *packet) sequence() (uint32, string, bool) {
	v, _ := p.get("CSeq")
	n, method, ok := strings.Cut(v, " ")
	seq, err := strconv.ParseUint(n, 10, 31)
	return uint32(seq), strings.TrimSpace(method), ok && err == nil && method != ""
}

// trim cuts the body to Content-Length: what follows in a datagram is ignored
// (RFC 3261 18.3), and too little is a fault.
func (p *packet) trim() *fault {
	v, ok := p.get("Content-Length")
	if !ok {
		return nil
	}
	n, err := strconv.ParseUint(v, 10, 31)
	if err != nil {
		return bad("bad Content-Length")
	}
	if int(n) > len(p.body) {
		return bad("Content-Length over the body's length")
	}
	p.body = p.body[:n]
	return nil
}

// request understands a request. Faults are collected so that the answer goes
// out with as much as could be read: Via, From, To, Call-ID and CSeq.
func (p *packet) request(src hop) (*request, *fault) {
	r := &request{src: src}
	var flt *fault
	note := func(f *fault) {
		if flt == nil {
			flt = f
		}
	}
	method, rest, _ := strings.Cut(p.line, " ")
	uri, version, ok := strings.Cut(rest, " ")
	if !token(method) {
		return nil, &fault{0, "bad request line"}
	}
	switch {
	case !ok || strings.IndexByte(version, ' ') >= 0 || uri == "":
		note(bad("bad request line"))
	case version != "SIP/2.0" && strings.HasPrefix(version, "SIP/"):
		note(&fault{505, "version " + version})
	case version != "SIP/2.0":
		note(bad("bad request line"))
	}
	var ruri msg.Uri
	if flt == nil {
		if err := parseURI(uri, &ruri); err != nil {
			note(bad("bad Request-URI"))
		} else if s := ruri.Scheme; s != "sip" && s != "sips" && s != "tel" {
			note(&fault{416, "scheme " + s})
		} else if len(ruri.Headers) > 0 {
			note(bad("headers in the Request-URI"))
		}
	}
	r.Request = msg.NewRequest(msg.RequestMethod(method), ruri)
	for _, f := range p.fields {
		r.AppendHeader(msg.NewHeader(f.name, f.value))
		if f.name == "Via" {
			r.vias = append(r.vias, f.value)
		}
	}
	r.SetTransport(src.network())
	r.SetSource(src.addr.String())

	if len(r.vias) == 0 {
		return nil, &fault{0, "no Via"}
	}
	top, err := parseVia(r.vias[0])
	if err != nil {
		note(bad("bad Via"))
	}
	for _, v := range r.vias[1:] {
		if _, err := parseVia(v); err != nil {
			note(bad("bad Via"))
		}
	}
	r.top = top
	r.back = src
	if src.conn == nil {
		r.back.addr = r.top.back(src.addr)
	}
	if err == nil {
		r.vias[0] = r.top.stamp(r.vias[0], src.addr)
	}
	if r.callID, ok = p.get("Call-ID"); !ok || r.callID == "" || len(r.callID) > 512 {
		note(bad("no Call-ID"))
	}
	var seqMethod string
	if r.cseq, seqMethod, ok = p.sequence(); !ok {
		note(bad("bad CSeq"))
	} else if seqMethod != method {
		note(bad("CSeq is of another method"))
	}
	r.from, r.fromTag = p.party("From", note)
	r.to, r.toTag = p.party("To", note)
	if v, ok := p.get("Max-Forwards"); ok {
		if n, err := strconv.ParseUint(v, 10, 31); err != nil || n > 255 {
			note(bad("bad Max-Forwards"))
		}
	}
	p.contacts(note)
	if f := p.trim(); f != nil {
		note(f)
	}
	if flt == nil && len(p.body) > 0 {
		body := append([]byte(nil), p.body...)
		r.Request.SetBody(body)
	}
	return r, flt
}

func (p *packet) party(name string, note func(*fault)) (address, string) {
	v, ok := p.get(name)
	if !ok {
		note(bad("no " + name))
		return address{}, ""
	}
	a, err := parseAddress(v)
	if err != nil || a.uri.Wildcard {
		note(bad("bad " + name))
		return a, ""
	}
	return a, a.tag()
}

// contacts reads every Contact, Route and Record-Route: a bad one would be
// noticed only when we need it.
func (p *packet) contacts(note func(*fault)) {
	for _, f := range p.fields {
		switch f.name {
		case "Contact":
			if _, err := parseAddress(f.value); err != nil {
				note(bad("bad Contact"))
			}
		case "Route", "Record-Route":
			if a, err := parseAddress(f.value); err != nil || a.uri.Wildcard {
				note(bad("bad " + f.name))
			}
		}
	}
}
