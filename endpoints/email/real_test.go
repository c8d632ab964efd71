package email

import (
	"encoding/base64"
	"maps"
	"slices"
	"strings"
	"testing"
)

// Mails as programs write them, which keep to the rules or not: nothing that somebody wrote is lost.
func TestRealMails(t *testing.T) {
	long := strings.Repeat("Grüße aus Köln. ", 400)
	for name, c := range map[string]struct{ raw, text, files string }{
		"base64 without padding":        {"Content-Transfer-Encoding: base64\n\n" + base64.RawStdEncoding.EncodeToString([]byte("Hello Zoe")) + "\n", "Hello Zoe", ""},
		"base64 without padding, one":   {"Content-Transfer-Encoding: base64\n\n" + base64.RawStdEncoding.EncodeToString([]byte("Hello Zoe!")) + "\n", "Hello Zoe!", ""},
		"base64 in one line, indented":  {"Content-Transfer-Encoding: BASE64 \n\n  " + base64.StdEncoding.EncodeToString([]byte(long)) + "\n", strings.TrimSpace(long), ""},
		"base64 and what is added":      {"Content-Transfer-Encoding: base64\n\n" + base64.StdEncoding.EncodeToString([]byte("Hi")) + "\n\n-- \nScanned by X\n", "Hi", ""},
		"quoted-printable":              {"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\nGr=C3=BC=C3=\n=9Fe=20\naus =\nK=c3=b6ln =\n", "Grüße \naus Köln", ""},
		"quoted-printable that is none": {"Content-Transfer-Encoding: quoted-printable\n\nsee https://x.test/?a=zoe&b=1=\nand 2=3 \nbye=", "see https://x.test/?a=zoe&b=1and 2=3\nbye", ""},
		"quoted-printable, one line":    {"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n" + strings.Repeat("=E2=82=AC", 3000) + "\n", strings.Repeat("€", 3000), ""},
		"an encoding of its own":        {"Content-Transfer-Encoding: 8bit; x\n\nGrüße\n", "Grüße", ""},
		"UTF-7":                         {"Content-Type: text/plain; charset=utf-7\n\nGr+APwA3w-e +- 2 +IKw +2D3eAA-\n", "Grüße + 2 € 😀", ""},
		"UTF-7, quoted":                 {"Content-Type: text/plain; charset=\"UNICODE-1-1-UTF-7\"\nContent-Transfer-Encoding: quoted-printable\n\nGr+APwA3w-e+AC0=\n-\n", "Grüße-", ""},
		"a byte order mark":             {"Content-Type: text/plain; charset=utf-8\n\n\uFEFFHello\n", "Hello", ""},
		"UTF-16":                        {"Content-Type: text/plain; charset=utf-16\nContent-Transfer-Encoding: base64\n\n/v8ARwByAPwA3wBl\n", "Grüße", ""},
		"a quoted charset":              {"Content-Type: text/plain; charset='ISO-8859-15'\n\n\xa4 5\n", "€ 5", ""},
		"cp932":                         {"Content-Type: text/plain; charset=cp932\n\n\x82\xa0\n", "あ", ""},
		"no content type":               {"\nGr\xfc\xdfe\n", "Grüße", ""},
		"flowed":                        {"Content-Type: text/plain; charset=utf-8; format=flowed; delsp=yes\nContent-Transfer-Encoding: quoted-printable\n\nI need an app =\n\nointment=20\n.\n-- =\n\nZoe\n", "I need an appointment.\n-- \nZoe", ""},
		"no line after the header":      {"X-Empty: yes", "", ""},
		"parameters that want quotes":   {"Content-Type: multipart/mixed; boundary=----=_Part/1\n\n------=_Part/1\n\nHello\n------=_Part/1\nContent-Type: application/pdf; name=x\nContent-Disposition: attachment; filename=Our offer (new).pdf\n\npdf\n------=_Part/1--\n", "Hello", "Our offer (new).pdf: application/pdf"},
		"related in alternative": {"Content-Type: multipart/alternative; boundary=a\n\n--a\nContent-Type: text/plain\n\nplain\n--a\nContent-Type: multipart/related; boundary=r\n\n--r\nContent-Type: text/html\n\n<b>page</b><img src=cid:i>\n" +
			"--r\nContent-Type: image/png\nContent-Id: <i>\n\npng\n--r--\n--a--\n", "plain", "attachment-1.png: image/png"},
		"related alone":   {"Content-Type: multipart/related; boundary=r\n\n--r\nContent-Type: text/html; charset=windows-1252\n\n<p>Gr\xfc\xdfe &amp; more<br>here\n--r\nContent-Type: image/png\n\npng\n--r--\n", "Grüße & more\nhere", "attachment-1.png: image/png"},
		"encoded whole":   {"Content-Type: multipart/mixed; boundary=m\nContent-Transfer-Encoding: quoted-printable\n\n--m\n\n1=31\n--m--\n", "1=31", ""},
		"Outlook's":       {"Content-Type: multipart/mixed; boundary=m\n\n--m\n\nHello\n--m\nContent-Type: application/ms-tnef; name=\"winmail.dat\"\nContent-Transfer-Encoding: base64\n\neJ8+Ig\n--m--\n", "Hello", "winmail.dat: application/ms-tnef"},
		"an invitation":   {"Content-Type: multipart/alternative; boundary=a\n\n--a\nContent-Type: text/plain\n\nLunch?\n--a\nContent-Type: text/calendar; method=REQUEST; charset=utf-8\n\nBEGIN:VCALENDAR\n--a--\n", "Lunch?", "attachment-1.ics: text/calendar"},
		"only invitation": {"Content-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR\n", "", "attachment-1.ics: text/calendar"},
		"signed":          {"Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; micalg=sha-256; boundary=s\n\n--s\nContent-Type: multipart/mixed; boundary=m\n\n--m\nContent-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\nGr=FC=DFe\n--m--\n\n--s\nContent-Type: application/pkcs7-signature; name=smime.p7s\nContent-Transfer-Encoding: base64\n\nMIIF\n--s--\n", "Grüße", ""},
		"signed, opaque":  {"Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\nContent-Transfer-Encoding: base64\n\nMIIF\n", "", "smime.p7m: application/pkcs7-mime"},
		"names": {"Content-Type: multipart/mixed; boundary=m\n\n--m\n\nHello\n" +
			named("Content-Disposition: attachment; filename*0*=UTF-8''Gr%C3%BC; filename*1*=%C3%9Fe%20; filename*2=\"an Zoe.pdf\"") + named("Content-Disposition: attachment; filename*=iso-8859-1'de'K%F6ln.pdf") +
			named("Content-Disposition: attachment;\n filename*0*=windows-1252''K%F6; filename*1=\"ln 2.pdf\"") + named("Content-Disposition: attachment; filename=\"K\xf6ln 3.pdf\"") +
			named("Content-Disposition: attachment; filename=\"=?iso-8859-1?Q?K=F6ln_4.pdf?=\"") + named("Content-Type: application/pdf; name=\"=?utf-8?B?S8O2bG4gNS5wZGY=?=\"") +
			named("Content-Disposition: attachment; filename=Köln 6.pdf; size=3") + "--m--\n", "Hello",
			"Grüße an Zoe.pdf: application/pdf, Köln 2.pdf: application/pdf, Köln 3.pdf: application/pdf, Köln 4.pdf: application/pdf, Köln 5.pdf: application/pdf, Köln 6.pdf: application/pdf, Köln.pdf: application/pdf"},
	} {
		t.Run(name, func(t *testing.T) {
			p, files := taken(t, crlf("From: zoe@x.test\nMIME-Version: 1.0\n"+c.raw))
			if got := strings.TrimSpace(p.Text); got != c.text {
				t.Errorf("%q, want %q", got, c.text)
			}
			var all []string
			for _, name := range slices.Sorted(maps.Keys(files)) {
				kind, body, _ := strings.Cut(files[name], ": ")
				if body == "" {
					t.Errorf("nothing is in %s", name)
				}
				all = append(all, name+": "+kind)
			}
			if got := strings.Join(all, ", "); got != c.files {
				t.Errorf("files %q, want %q", got, c.files)
			}
		})
	}
}

// named is a part with a file, whose name stands in this field.
func named(field string) string {
	if !strings.Contains(field, "Content-Type") {
		field += "\nContent-Type: application/pdf"
	}
	return "--m\n" + field + "\n\npdf\n"
}
