package email

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/emersion/go-msgauth/dkim"

	"ringflow/endpoints"
)

// signed is a mail with a signature of a domain, and the DNS that knows its key.
func signed(t *testing.T, domain, raw string) (string, nowhere) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := dkim.Sign(&b, strings.NewReader(raw), &dkim.SignOptions{Domain: domain, Selector: "s", Signer: private, HeaderKeys: []string{"From", "Subject"}}); err != nil {
		t.Fatal(err)
	}
	return b.String(), nowhere{"s._domainkey." + domain: {"v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(public)}}
}

// failing is a DNS that is away.
type failing struct{ nowhere }

func (failing) LookupTXT(context.Context, string) ([]string, error) {
	return nil, &net.DNSError{Err: "server misbehaving", IsTemporary: true}
}

// What is told about the sender is what he can prove, and no more.
func TestVerify(t *testing.T) {
	raw := crlf("From: Zoe <zoe@y.test>\nSubject: A\n\nHello\n")
	good, keys := signed(t, "y.test", raw)
	other, otherKeys := signed(t, "evil.test", raw)
	keys["y.test"] = []string{"v=spf1 ip4:192.0.2.1 -all"}
	otherKeys["evil.test"] = []string{"v=spf1 +all"}
	from := func(ip, address string) origin {
		return origin{Addr: netip.MustParseAddr(ip), Helo: "mail.y.test", From: address, Envelope: true}
	}
	for name, c := range map[string]struct {
		raw       string
		dns       Resolver
		o         origin
		dkim, spf string
		sure      bool
	}{
		"signed and sent":         {good, keys, from("192.0.2.1", "zoe@y.test"), "pass", "pass", true},
		"signed":                  {good, keys, from("192.0.2.9", "zoe@y.test"), "pass", "fail", true},
		"sent":                    {raw, keys, from("192.0.2.1", "zoe@y.test"), "none", "pass", true},
		"neither":                 {raw, keys, from("192.0.2.9", "zoe@y.test"), "none", "fail", false},
		"changed":                 {strings.Replace(good, "Hello", "Pay me", 1), keys, from("192.0.2.9", "zoe@y.test"), "fail", "fail", false},
		"somebody else's":         {other, otherKeys, from("192.0.2.9", "x@evil.test"), "pass", "pass", false},
		"two writers":             {"From: boss@x.test\r\n" + good, keys, from("192.0.2.9", "zoe@y.test"), "pass", "fail", false},
		"no key":                  {good, nowhere{}, from("192.0.2.9", "zoe@y.test"), "permerror", "none", false},
		"the DNS is away":         {good, failing{}, from("192.0.2.9", "zoe@y.test"), "temperror", "temperror", false},
		"fetched":                 {good, keys, origin{}, "pass", "", true},
		"a bounce":                {raw, nowhere{"mail.y.test": {"v=spf1 ip4:192.0.2.1 -all"}}, from("192.0.2.1", ""), "none", "pass", false},
		"signature of rubbish":    {"DKIM-Signature: rubbish\r\n" + raw, keys, origin{}, "permerror", "", false},
		"signatures without end":  {strings.Repeat("DKIM-Signature: v=1; d=q.test; s=x; a=ed25519-sha256; h=From; b=; bh=\r\n", 500) + raw, keys, origin{}, "permerror", "", false},
		"the domain above theirs": {strings.Replace(good, "zoe@y.test", "zoe@y.test", 1), keys, from("192.0.2.9", ""), "pass", "none", true},
	} {
		r := &Receiver{Resolver: c.dns, Dir: t.TempDir(), Host: "mx.x.test"}
		s, err := newSpool(r.Dir, strings.NewReader(c.raw), MaxBytes)
		if err != nil {
			t.Fatal(err)
		}
		v, err := r.look(t.Context(), s, c.o)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if v.DKIM != c.dkim || v.SPF != c.spf || v.Sure != c.sure {
			t.Errorf("%s: DKIM %s, SPF %s, sure %t", name, v.DKIM, v.SPF, v.Sure)
		}
		s.close()
	}
	for _, c := range []struct {
		a, b string
		want bool
	}{{"x.test", "x.test", true}, {"X.test", "a.x.test", true}, {"a.x.test", "x.test", false}, {"test", "x.test", false}, {"x.test", "evilx.test", false}, {"", "", false}} {
		if aligned(c.a, c.b) != c.want {
			t.Errorf("%s speaks for %s: %t", c.a, c.b, !c.want)
		}
	}
}

// The record of the sender's domain, or of one above it, says what must stand behind a mail.
func TestDMARC(t *testing.T) {
	raw := crlf("From: Zoe <zoe@news.y.test>\nSubject: A\n\nHello\n")
	const record = "_dmarc.news.y.test"
	for name, c := range map[string]struct {
		signer, ip, at, record string
		fetched                bool
		want, policy           string
	}{
		"signed by its own":       {"news.y.test", "192.0.2.9", record, "v=DMARC1; p=reject", false, "pass", "reject"},
		"by the one above":        {"y.test", "192.0.2.9", record, "v=DMARC1; p=reject", false, "pass", "reject"},
		"by a sister":             {"post.y.test", "192.0.2.9", "_dmarc.y.test", "v=DMARC1; p=quarantine", false, "pass", "quarantine"},
		"by the one above, alone": {"y.test", "192.0.2.9", record, "v=DMARC1; p=reject; adkim=s", false, "fail", "reject"},
		"for its parts":           {"evil.test", "192.0.2.9", "_dmarc.y.test", "v=DMARC1; p=none; sp=reject", false, "fail", "reject"},
		"sent by its own":         {"evil.test", "192.0.2.1", record, "v=DMARC1; p=none", false, "pass", "none"},
		"sent by the one above":   {"evil.test", "192.0.2.2", record, "v=DMARC1; p=none; aspf=s", false, "fail", "none"},
		"a stranger's":            {"evil.test", "192.0.2.9", record, "v=DMARC1; p=reject", false, "fail", "reject"},
		"no record":               {"news.y.test", "192.0.2.1", "_dmarc.test", "v=DMARC1; p=reject", false, "none", ""},
		"a record of rubbish":     {"news.y.test", "192.0.2.1", record, "v=DMARC1; p=perhaps", false, "permerror", ""},
		"fetched":                 {"news.y.test", "", record, "v=DMARC1; p=reject", true, "pass", "reject"},
		"fetched, not signed":     {"evil.test", "", record, "v=DMARC1; p=reject", true, "", "reject"},
	} {
		mail, dns := signed(t, c.signer, raw)
		dns[c.at] = []string{"v=spf1 -all", c.record}
		dns["news.y.test"], dns["y.test"] = []string{"v=spf1 ip4:192.0.2.1 -all"}, []string{"v=spf1 ip4:192.0.2.2 -all"}
		o := origin{}
		if !c.fetched {
			o = origin{Addr: netip.MustParseAddr(c.ip), Helo: "mail.y.test", From: "zoe@news.y.test", Envelope: true}
			if c.ip == "192.0.2.2" {
				o.From = "zoe@y.test"
			}
		}
		v := verify(t.Context(), strings.NewReader(mail), dns, o, "zoe@news.y.test")
		if v.DMARC != c.want || v.DMARCPolicy != c.policy {
			t.Errorf("%s: DMARC %q, policy %q, want %q, %q (DKIM %s, SPF %s)", name, v.DMARC, v.DMARCPolicy, c.want, c.policy, v.DKIM, v.SPF)
		}
	}
	mail, _ := signed(t, "y.test", raw)
	if _, at, err := dmarcRecord(t.Context(), nowhere{"_dmarc.y.test": {"v=DMARC1; p=none"}}, strings.Repeat("a.", 100)+"y.test"); at != "y.test" || err != nil {
		t.Errorf("far above: %s, %v", at, err)
	}
	if v := verify(t.Context(), strings.NewReader(mail), failing{}, origin{}, "zoe@news.y.test"); v.DMARC != "temperror" {
		t.Errorf("the DNS is away: %q", v.DMARC)
	}
}

// What machines write is kept, and not answered: each mark of it, our own mail that comes back,
// and two that don't know each other as machines.
func TestAutomatic(t *testing.T) {
	d := &desk{}
	at := listen(t, &Listener{Receiver: newReceiver(t, d), Directory: newBook("sales@x.test")})
	own := endpoints.NewID()
	for i, head := range []string{
		"Auto-Submitted: auto-replied", "Auto-Submitted: auto-generated", "Precedence: bulk", "Precedence: list", "Precedence: JUNK", "X-Auto-Response-Suppress: OOF, AutoReply", "List-Id: <l.y.test>",
		"Message-ID: <" + own + "@x.test>", "X-Loop: Sales@x.test", "X-Autoreply: yes", strings.Repeat("Received: from a by b\n", maxHops+1) + "X: y", "Content-Type: multipart/report; boundary=m",
	} {
		if err := send(t, at, "zoe@y.test", []string{"sales@x.test"}, head+"\nFrom: zoe@y.test\n\nmail "+string(rune('a'+i))+"\n"); err != nil {
			t.Fatal(err)
		}
	}
	for _, from := range []string{"sales@x.test", "MAILER-DAEMON@y.test", "postmaster@y.test"} {
		if err := send(t, at, "zoe@y.test", []string{"sales@x.test"}, "From: "+from+"\n\n"+from+"\n"); err != nil {
			t.Fatal(err)
		}
	}
	if err := send(t, at, "", []string{"sales@x.test"}, "From: zoe@y.test\n\nno way back\n"); err != nil {
		t.Fatal(err)
	}
	if err := send(t, at, "<>", []string{"sales@x.test"}, "Subject: from nobody\n\nno way back\n"); err != nil {
		t.Logf("a sender that is none: %v", err)
	}
	all := d.messages()
	if len(all) < 16 {
		t.Fatalf("%d messages", len(all))
	}
	for _, m := range all {
		if !m.Auto || m.Facts["Automatic"] == "" {
			t.Errorf("%q is answered: %v", m.Text, m.Facts)
		}
	}
	n := len(all)
	for i := range answersPerHour + 5 {
		if err := send(t, at, "robot@y.test", []string{"sales@x.test"}, "From: robot@y.test\nAuto-Submitted: no\n\nround "+strings.Repeat("x", i)+"\n"); err != nil {
			t.Fatal(err)
		}
	}
	for i, m := range d.messages()[n:] {
		if m.Auto != (i >= answersPerHour) {
			t.Errorf("round %d: automatic: %t", i, m.Auto)
		}
	}
	// A mail of ours that came back is told of.
	bounce := "From: mailer-daemon@y.test\nContent-Type: multipart/report; boundary=m\n\n--m\n\nIt failed.\n--m\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; y.test\n\nAction: failed\nDiagnostic-Code: smtp; 550 nobody\n\n--m\nContent-Type: message/rfc822\n\nMessage-ID: <"
	for _, id := range []string{own + "@x.test", own + "@y.test", "1@x.test"} {
		if err := send(t, at, "", []string{"sales@x.test"}, bounce+id+">\n\nx\n--m--\n"); err != nil {
			t.Fatal(err)
		}
	}
	if got := strings.Join(d.receipts, "|"); got != "email "+newBook("sales@x.test")["sales@x.test"].ID+" "+own+"@x.test Failed smtp; 550 nobody" {
		t.Error(got)
	}
}
