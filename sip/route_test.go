package sip

import (
	"strings"
	"testing"
	"testing/synctest"
)

func routesOf(m msgOf) string {
	var out []string
	for _, f := range m.fields {
		if f.name == "Route" {
			out = append(out, f.value)
		}
	}
	return strings.Join(out, " ")
}

// TestRoutesOut: two proxies recorded themselves, in one header; ACK and BYE
// name them in reverse, CANCEL and the re-sent ACK too.
func TestRoutesOut(t *testing.T) {
	for _, c := range []struct{ name, rr, uri, route string }{
		{"loose", "Record-Route: <sip:10.0.0.9;lr>, <sip:10.0.0.2;lr;x=1>", "sip:bob@192.0.2.7", "<sip:10.0.0.2;lr;x=1> <sip:10.0.0.9;lr>"},
		{"two headers", "Record-Route: <sip:10.0.0.9;lr>\r\nrecord-route : <sip:10.0.0.2;LR>", "sip:bob@192.0.2.7", "<sip:10.0.0.2;LR> <sip:10.0.0.9;lr>"},
		{"strict", "Record-Route: <sip:10.0.0.9>, <sip:10.0.0.2>", "sip:10.0.0.2", "<sip:10.0.0.9> <sip:bob@192.0.2.7>"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ua, p, _ := facing(t, nil)
				legs := make(chan *Leg, 1)
				go func() {
					l, err := ua.Dial(t.Context(), Dial{To: "sip:bob@10.0.0.2"}, &audio{name: "alice"})
					if err != nil {
						t.Error(err)
					}
					legs <- l
				}()
				inv := p.expect("INVITE")
				p.reply(inv, 200, "b", "v=0 answer", c.rr, "Contact: <sip:bob@192.0.2.7>")
				ack := p.expect("ACK")
				l := <-legs
				go l.Hangup(t.Context(), nil)
				bye := p.expect("BYE")
				for _, m := range []msgOf{ack, bye} {
					if uri := strings.Fields(m.line)[1]; uri != c.uri || routesOf(m) != c.route {
						t.Errorf("%s: %s by %s", m.line, uri, routesOf(m))
					}
				}
				p.reply(bye, 200, "", "")
				rest(t, ua)
			})
		})
	}
}

// TestRoutesIn: as a UAS the order stays, and answers repeat Record-Route.
func TestRoutesIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		legs := make(chan *Leg, 1)
		n := &audio{name: "alice"}
		ua, p, _ := facing(t, nil)
		ua.Handler = picksUpTo(n, legs)
		p.request("INVITE", "sip:alice@10.0.0.1", "r1", "r1", "", 1, "v=0 offer",
			"Record-Route: <sip:10.0.0.2;lr>, <sip:10.0.0.9;lr>", "Contact: <sip:bob@192.0.2.7>")
		ok := p.expect("200 INVITE")
		var rr []string
		for _, f := range ok.fields {
			if f.name == "Record-Route" {
				rr = append(rr, f.value)
			}
		}
		if strings.Join(rr, " ") != "<sip:10.0.0.2;lr> <sip:10.0.0.9;lr>" {
			t.Error(rr)
		}
		p.request("ACK", ok.contact(), "r1", "r1a", ok.tag("To"), 1, "")
		l := <-legs
		go l.Hangup(t.Context(), nil)
		bye := p.expect("BYE")
		if routesOf(bye) != "<sip:10.0.0.2;lr> <sip:10.0.0.9;lr>" || !strings.HasPrefix(bye.line, "BYE sip:bob@192.0.2.7 ") {
			t.Error(bye.line, routesOf(bye))
		}
		p.reply(bye, 200, "", "")
		rest(t, ua)
	})
}

// TestNATContact: the far end's Contact is an address behind its NAT; requests
// go where its own came from.
func TestNATContact(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		legs := make(chan *Leg, 1)
		ua, p, _ := facing(t, nil)
		ua.Handler = picksUpTo(&audio{name: "alice"}, legs)
		p.call("n1", "Contact: <sip:bob@192.168.7.7:5062>")
		l := <-legs
		go l.Hangup(t.Context(), nil)
		bye := p.expect("BYE")
		if !strings.HasPrefix(bye.line, "BYE sip:bob@192.168.7.7:5062 ") {
			t.Error(bye.line)
		}
		p.reply(bye, 200, "", "")
		rest(t, ua)
	})
}

// TestBindingPath: a phone behind a proxy is called through it (RFC 3327): the
// INVITE goes to where the REGISTER came from, with the Path as Route and the
// registered contact as Request-URI.
func TestBindingPath(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ua, p, _ := facing(t, nil)
		b := &Binding{User: "bob", Contact: "sip:bob@192.168.1.7:5070;ob", Source: p.c.addr, Transport: "UDP", Path: []string{"<sip:10.0.0.2;lr>", "<sip:edge.example;lr>"}}
		legs := make(chan *Leg, 1)
		go func() {
			l, err := ua.Dial(t.Context(), Dial{To: b.Contact, Binding: b}, &audio{name: "alice"})
			if err != nil {
				t.Error(err)
			}
			legs <- l
		}()
		inv := p.expect("INVITE")
		if inv.line != "INVITE sip:bob@192.168.1.7:5070;ob SIP/2.0" || routesOf(inv) != "<sip:10.0.0.2;lr> <sip:edge.example;lr>" {
			t.Error(inv.line, routesOf(inv))
		}
		p.reply(inv, 200, "b", "v=0 answer", "Record-Route: <sip:10.0.0.2;lr;x>", "Contact: <sip:bob@192.168.1.7:5070>")
		if ack := p.expect("ACK"); routesOf(ack) != "<sip:10.0.0.2;lr;x>" {
			t.Error(routesOf(ack)) // the Path was for the INVITE only
		}
		l := <-legs
		go l.Hangup(t.Context(), nil)
		p.reply(p.expect("BYE"), 200, "", "")
		rest(t, ua)
	})
}
