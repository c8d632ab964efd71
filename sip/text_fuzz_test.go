package sip

import (
	"strings"
	"testing"

	msg "github.com/emiago/sipgo/sip"
)

// FuzzText puts any text into every place of a message that a flow, the API or a
// far end can fill. What leaves has just the headers that it should have, no
// control byte in a line, and names read back as they were written.
func FuzzText(f *testing.F) {
	for _, v := range []string{"Alice", "\r\nX: y", `"<sip:evil@x>`, "a\x00b", "\xff\xfe", "é\u2028", "%0d%0a", ";tag=x", "a,b", "\\", strings.Repeat("x", 300), "sip:a@b\r\n", "<>", "@", " a ", "\t"} {
		f.Add(v, v)
	}
	c := (&UA{}).start()
	f.Cleanup(func() { c.close() })
	f.Fuzz(func(t *testing.T, a, b string) {
		check := func(what, out string, names ...string) *packet {
			p, flt := scan([]byte(out))
			if flt != nil {
				t.Fatalf("%s: %v in %q", what, flt, out)
			}
			var got []string
			for _, h := range p.fields {
				got = append(got, h.name)
			}
			if strings.Join(got, " ") != strings.Join(names, " ") {
				t.Fatalf("%s: headers %q, want %q in %q", what, got, names, out)
			}
			for _, line := range strings.Split(strings.TrimSuffix(out, "\r\n\r\n"), "\r\n") {
				for i := 0; i < len(line); i++ {
					if line[i] < ' ' && line[i] != '\t' || line[i] == 0x7f {
						t.Fatalf("%s: byte %d in line %q", what, line[i], line)
					}
				}
			}
			return p
		}
		// A request: parties, Reason, any header.
		req := msg.NewRequest(msg.BYE, msg.Uri{Scheme: "sip", Host: "h"})
		party := Party{Name: a, User: b, Host: "h"}
		with(req, [][2]string{{"From", nameAddr(party.Name, partyURI(party)) + ";tag=1"}, {"To", nameAddr(b, partyURI(Party{URI: "sip:x" + a}))},
			{"Reason", clean(a)}, {"X-Any", "v" + clean(b)}})
		req.SetBody(nil)
		p := check("request", req.String(), "From", "To", "Reason", "X-Any", "Content-Length")
		from, _ := p.get("From")
		at, err := parseAddress(from)
		if err != nil || at.tag() != "1" || len(at.params) != 1 {
			t.Fatalf("From %q: %v", from, err)
		}
		if got := at.party(); b != "" && got.User != b || got.Name != clean(a) {
			t.Fatalf("%q, %q came back as %+v", a, b, got)
		}
		// An answer: reason phrase and Reason.
		r := &request{Request: msg.NewRequest(msg.INVITE, msg.Uri{Scheme: "sip", Host: "h"}), vias: []string{"SIP/2.0/UDP h;branch=z9hG4bKx"}}
		with(r.Request, [][2]string{{"From", "<sip:a@h>;tag=1"}, {"To", "<sip:b@h>"}, {"Call-ID", "1"}, {"CSeq", "1 INVITE"}})
		names := []string{"Via", "From", "To", "Call-ID", "CSeq"}
		st := &Status{Code: 480, Reason: a, Cause: b}
		if clean(b) != "" {
			names = append(names, "Reason")
		}
		check("answer", string(c.encode(r, st.reply(), "t")), append(names, "Content-Length")...)
		// Credentials for a realm and a user of any text.
		d := newDigestClient(a, b, "")
		n := &clientNonce{digestHeader: digestHeader{realm: b, nonce: a, opaque: b, qop: "auth"}, alg: algMD5}
		req = msg.NewRequest(msg.BYE, msg.Uri{Scheme: "sip", Host: "h"})
		with(req, [][2]string{{"Authorization", d.credentials(n, req)}})
		req.SetBody(nil)
		check("credentials", req.String(), "Authorization", "Content-Length")
		// A dialled URI is refused, or one line.
		var uri msg.Uri
		if parseURI("sip:"+a+"@h", &uri) == nil {
			q := msg.NewRequest(msg.INVITE, uri)
			q.SetBody(nil)
			check("Request-URI", q.String(), "Content-Length")
		}
	})
}
