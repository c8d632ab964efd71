package email

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

// crlf makes a mail of lines.
func crlf(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }

// taken reads a mail, and the files that came with it: name, type and bytes.
func taken(t *testing.T, raw string) (*parsed, map[string]string) {
	t.Helper()
	files := map[string]string{}
	p, err := readMail(strings.NewReader(raw), func(name, kind string, r io.Reader) error {
		b, err := io.ReadAll(r)
		files[name] = kind + ": " + string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return p, files
}

// What people's programs send is read: charsets, encodings, parts in parts.
func TestReadMail(t *testing.T) {
	latin := crlf("From: =?iso-8859-1?Q?Zo=EB?= <zoe@x.test>\nSubject: =?iso-8859-1?Q?Gr=FC=DFe?=\nContent-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\nGr=FC=DFe aus K=F6ln\n")
	p, files := taken(t, latin)
	if s, _ := p.Header.Subject(); strings.TrimSpace(p.Text) != "Grüße aus Köln" || s != "Grüße" || senderName(&p.Header) != "Zoë" || len(files) != 0 {
		t.Errorf("%q, %q, %q", p.Text, s, senderName(&p.Header))
	}
	p, _ = taken(t, crlf("From: a@x.test\nContent-Type: text/plain; charset=shift_jis\n\n")+"\x82\xa0")
	if p.Text != "あ" {
		t.Errorf("%q", p.Text)
	}
	p, _ = taken(t, crlf("From: a@x.test\nContent-Type: text/plain; charset=klingon\n\nnuqneH\n"))
	if strings.TrimSpace(p.Text) != "nuqneH" {
		t.Errorf("%q", p.Text)
	}
	nested := crlf("From: a@x.test\nContent-Type: multipart/mixed; boundary=m\n\n--m\nContent-Type: multipart/related; boundary=r\n\n--r\nContent-Type: multipart/alternative; boundary=a\n\n--a\nContent-Type: text/plain\n\nplain\n--a\nContent-Type: text/html\n\n<b>page</b>\n--a--\n--r\nContent-Type: image/png\nContent-ID: <i>\n\nPNG\n--r--\n--m\nContent-Type: application/pdf; name=\"x.pdf\"\nContent-Disposition: attachment; filename*=UTF-8''..%2F..%2Fetc%2FGr%C3%BC%C3%9Fe%0D%0A.pdf\nContent-Transfer-Encoding: base64\n\n" +
		base64.StdEncoding.EncodeToString([]byte("a pdf")) + "\n--m\nContent-Type: text/plain\n\nbelow\n--m--\n")
	p, files = taken(t, nested)
	if strings.Join(strings.Fields(p.Text), " ") != "plain below" || files["attachment-1.png"] != "image/png: PNG" || files["Grüße.pdf"] != "application/pdf: a pdf" || len(files) != 2 {
		t.Errorf("%q, %q", p.Text, files)
	}
	p, _ = taken(t, crlf("From: a@x.test\nContent-Type: multipart/alternative; boundary=a\n\n--a\nContent-Type: text/plain\n\n \n--a\nContent-Type: text/html\n\n<p>only here\n--a--\n"))
	if p.Text != "only here" {
		t.Errorf("%q", p.Text)
	}
	_, files = taken(t, crlf("From: a@x.test\nContent-Type: text/plain\nContent-Disposition: attachment; filename=notes.txt\n\nnotes\n"))
	if !strings.HasPrefix(files["notes.txt"], "text/plain: notes") {
		t.Errorf("%q", files)
	}
	p, _ = taken(t, crlf("From: a@x.test\nContent-Type: multipart/mixed; boundary=m\n\n--m\n\ncut of"))
	if p.Text != "cut of" {
		t.Errorf("%q", p.Text)
	}
	p, _ = taken(t, crlf("From: <>\nContent-Type: multipart/report; report-type=delivery-status; boundary=m\n\n--m\n\nIt failed.\n--m\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x.test\n\nFinal-Recipient: rfc822; b@x.test\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 nobody\n\n--m\nContent-Type: message/rfc822\n\nMessage-ID: <abc@x.test>\nSubject: x\n\nx\n--m--\n"))
	if b := p.Bounce; b == nil || !b.Failed || b.MessageID != "abc@x.test" || b.Why != "smtp; 550 nobody" {
		t.Errorf("%+v", p.Bounce)
	}
}

// Bombs: a header without an end, parts without an end, parts in each other for ever, and files
// beyond all measure.
func TestBombs(t *testing.T) {
	deep := "From: a@x.test\n"
	for i := range 100 {
		deep += fmt.Sprintf("Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i)
	}
	many := "From: a@x.test\nContent-Type: multipart/mixed; boundary=m\n\n" + strings.Repeat("--m\n\nx\n", 100_000) + "--m--\n"
	for name, raw := range map[string]string{
		"header": "From: a@x.test\n" + strings.Repeat("X: "+strings.Repeat("y", 900)+"\n", 2000) + "\n",
		"line":   "From: a@x.test\nX: " + strings.Repeat("y", 2<<20) + "\n\n",
		"deep":   deep, "many": many, "rubbish": "\x00\x01\x02",
	} {
		if _, err := readMail(strings.NewReader(crlf(raw)), nil); !errors.Is(err, errMail) {
			t.Errorf("%s: %v", name, err)
		}
	}
	files := 0
	raw := "From: a@x.test\nContent-Type: multipart/mixed; boundary=m\n\n" + strings.Repeat("--m\nContent-Type: image/png\n\nx\n", 150) + "--m--\n"
	if _, err := readMail(strings.NewReader(crlf(raw)), func(string, string, io.Reader) error { files++; return nil }); err != nil || files != 20 {
		t.Errorf("%d files, %v", files, err)
	}
	if p, _ := taken(t, "From: a@x.test\r\n\r\n"+strings.Repeat("long ", 1<<20)); len(p.Text) > maxPartText {
		t.Errorf("%d bytes of text", len(p.Text))
	}
	broken := errors.New("the disk is full")
	if _, err := readMail(strings.NewReader(crlf(raw)), func(string, string, io.Reader) error { return broken }); !errors.Is(err, broken) || errors.Is(err, errMail) {
		t.Errorf("a file that can't be kept: %v", err)
	}
}

// FuzzReadMail: whatever a stranger sends, it is read or refused.
func FuzzReadMail(f *testing.F) {
	f.Add(crlf("From: a@x.test\nContent-Type: multipart/mixed; boundary=m\n\n--m\nContent-Type: text/html; charset=utf-7\n\n<p>x\n--m\nContent-Type: message/delivery-status\n\nAction: failed\n\n--m--\n"))
	f.Add(crlf("From: =?utf-8?B?w6k=?= <a@x.test>\nTo: b@x.test\nReferences: <a@b> <c@d>\nContent-Transfer-Encoding: base64\n\nZm9v\n"))
	f.Add("On Sat, Nov 21, 2026 Ann <ann@x.test> wrote:\n> x\n-- \n")
	f.Fuzz(func(t *testing.T, raw string) {
		p, err := readMail(strings.NewReader(raw), func(name, _ string, r io.Reader) error {
			if name == "" || strings.ContainsAny(name, "/\\\r\n\x00") || len(name) > maxFileName+20 {
				t.Errorf("a file is named %q", name)
			}
			_, err := io.Copy(io.Discard, r)
			return err
		})
		if err != nil {
			return
		}
		if n := newText(p.Text); len(n) > len(p.Text)+2 {
			t.Errorf("%q became %q", p.Text, n)
		}
		htmlText(raw)
		automatic(&p.Header, "", true, "sales@x.test")
		for _, id := range append(references(&p.Header), trimID(p.Header.Get("Message-Id"))) {
			if strings.ContainsAny(id, " \r\n<>") {
				t.Errorf("id %q", id)
			}
		}
	})
}
