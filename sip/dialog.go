package sip

import (
	"net/netip"
	"strings"

	msg "github.com/emiago/sipgo/sip"
)

// dialog is what RFC 3261 12 calls the dialog state, for one pair of tags.
type dialog struct {
	callID            string
	localTag          string
	remoteTag         string
	localAddr         string // From of our requests, without tag: `"Name" <uri>`
	remoteAddr        string
	localSeq          uint32
	remoteSeq         uint32
	target            msg.Uri // the far end's Contact
	routes            []msg.Uri
	routeText         []string // the same as they were
	way               hop      // bound connection, or where their last request came from
	heardFrom         bool     // way is where a request of theirs came from
	peerAllows, peerK map[string]bool
}

// contactOf reads the Contact of a message; ok is false if there is none.
func contactOf(hs []msg.Header) (address, bool) {
	v := headerValue(hs, "Contact")
	if v == "" {
		return address{}, false
	}
	a, err := parseAddress(v)
	return a, err == nil && !a.uri.Wildcard
}

// setRoutes takes the route set of Record-Route: as it came for a UAS, from
// the end for a UAC (RFC 3261 12.1).
func (d *dialog) setRoutes(hs []msg.Header, reverse bool) {
	d.routes, d.routeText = nil, nil
	for _, h := range hs {
		if h.Name() != "Record-Route" {
			continue
		}
		if a, err := parseAddress(h.Value()); err == nil {
			d.routes = append(d.routes, a.uri)
			d.routeText = append(d.routeText, h.Value())
		}
	}
	if reverse {
		for i, j := 0, len(d.routes)-1; i < j; i, j = i+1, j-1 {
			d.routes[i], d.routes[j] = d.routes[j], d.routes[i]
			d.routeText[i], d.routeText[j] = d.routeText[j], d.routeText[i]
		}
	}
}

// learn notes what the far end says of itself in any message of its.
func (d *dialog) learn(hs []msg.Header) {
	for _, name := range [...]string{"Allow", "Supported"} {
		list := headerList(hs, name)
		if list == nil {
			continue
		}
		m := map[string]bool{}
		for _, v := range list {
			if len(m) < 64 {
				m[strings.ToUpper(v)] = true
			}
		}
		if name == "Allow" {
			d.peerAllows = m
		} else {
			d.peerK = m
		}
	}
}

func (d *dialog) allows(method string) bool   { return d.peerAllows[method] }
func (d *dialog) supports(option string) bool { return d.peerK[strings.ToUpper(option)] }

// request makes a request inside of the dialog (RFC 3261 12.2.1.1). seq 0 takes
// the next number; ACK and CANCEL bring the INVITE's.
func (d *dialog) request(method msg.RequestMethod, seq uint32) *msg.Request {
	if seq == 0 {
		d.localSeq++
		seq = d.localSeq
	}
	uri, routes := d.target, d.routeText
	if len(d.routes) > 0 && !d.routes[0].UriParams.Has("lr") {
		// A strict router: it becomes the Request-URI, and the target the last Route.
		uri = d.routes[0]
		uri.Headers = nil
		routes = append(append([]string(nil), d.routeText[1:]...), "<"+d.target.String()+">")
	}
	req := msg.NewRequest(method, uri)
	for _, r := range routes {
		req.AppendHeader(msg.NewHeader("Route", r))
	}
	from, to := d.localAddr+";tag="+d.localTag, d.remoteAddr
	if d.remoteTag != "" {
		to += ";tag=" + d.remoteTag
	}
	req.AppendHeader(msg.NewHeader("From", from))
	req.AppendHeader(msg.NewHeader("To", to))
	req.AppendHeader(msg.NewHeader("Call-ID", d.callID))
	req.AppendHeader(msg.NewHeader("CSeq", itoa(int(seq))+" "+string(method)))
	req.AppendHeader(msg.NewHeader("Max-Forwards", "70"))
	return req
}

// next is the URI that a request of this dialog goes to first.
func (d *dialog) next() *msg.Uri {
	if len(d.routes) > 0 {
		return &d.routes[0]
	}
	return &d.target
}

// direct is the way that needs neither look-up nor dialling: the bound
// connection, where their requests come from, or a literal address.
func (d *dialog) direct(c *core) (hop, bool) {
	if d.way.conn != nil && d.way.alive() {
		return d.way, true
	}
	u := d.next()
	network := uriNetwork(u)
	literal, isIP := uriAddr(u)
	if d.way.sock != nil {
		switch {
		case len(d.routes) == 0 && d.heardFrom:
			return d.way, true
		case !isIP && network == "UDP" && len(d.routes) == 0:
			return d.way, true
		case isIP && network == "UDP" && private(literal.Addr()) && !private(d.way.addr.Addr()):
			return d.way, true // a NAT is between us and that address
		}
	}
	if isIP && network == "UDP" && !c.own(literal) {
		if s := d.way.sock; s != nil {
			return hop{sock: s, addr: literal}, true
		}
		if s := c.socketFor(literal.Addr()); s != nil {
			return hop{sock: s, addr: literal}, true
		}
	}
	return hop{}, false
}

func private(ip netip.Addr) bool { return ip.IsPrivate() || ip.IsUnspecified() }

// uriNetwork is the transport that a URI asks for.
func uriNetwork(u *msg.Uri) string {
	t, _ := u.UriParams.Get("transport")
	t = strings.ToUpper(t)
	if u.Scheme == "sips" || t == "TLS" {
		return "TLS"
	}
	if t == "" {
		return "UDP"
	}
	return t
}

// uriAddr is a URI's address if its host is one.
func uriAddr(u *msg.Uri) (netip.AddrPort, bool) {
	host := strings.Trim(u.Host, "[]")
	if m, ok := u.UriParams.Get("maddr"); ok && m != "" {
		host = strings.Trim(m, "[]")
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return netip.AddrPort{}, false
	}
	port := u.Port
	if port == 0 {
		port = 5060
		if uriNetwork(u) == "TLS" {
			port = 5061
		}
	}
	return netip.AddrPortFrom(ip.Unmap(), uint16(port)), true
}

// refresh takes the Contact of a target refresh (RFC 3261 12.2).
func (d *dialog) refresh(hs []msg.Header) {
	if a, ok := contactOf(hs); ok {
		d.target = a.uri
	}
}
