package email

import (
	"strings"
	"testing"
)

// Programs label what they write wrongly, or not at all; people's words stay readable.
func TestWrongCharset(t *testing.T) {
	for name, c := range map[string]struct{ head, body, want string }{
		"Windows, unlabelled":      {"text/plain", "Gr\xfc\xdfe \x80", "Grüße €"},
		"Windows as UTF-8":         {"text/plain; charset=utf-8", "Gr\xfc\xdfe", "Grüße"},
		"UTF-8 as ASCII":           {"text/plain; charset=us-ascii", "Grüße", "Grüße"},
		"UTF-8 as Latin-1":         {"text/plain; charset=iso-8859-1", "Grüße €", "Grüße €"},
		"UTF-8 as Windows":         {"text/plain; charset=windows-1252", "Grüße €", "Grüße €"},
		"Latin-1":                  {"text/plain; charset=iso-8859-1", "Gr\xfc\xdfe", "Grüße"},
		"unknown":                  {"text/plain; charset=unknown-8bit", "Gr\xfc\xdfe", "Grüße"},
		"one letter cut in two":    {"text/plain; charset=utf-8", "Grüße, Zo\xc3", "Grüße, Zo\uFFFD"},
		"a page that tells itself": {"text/html", "<meta http-equiv=Content-Type content=\"text/html; charset=windows-1251\"><p>\xcf\xf0\xe8</p>", "При"},
		"a page, wrongly written":  {"text/html charset=utf-8", "<p>Grüße</p>", "Grüße"},
		"text":                     {"text", "Grüße", "Grüße"},
		"ISO-2022-JP":              {"text/plain; charset=ISO-2022-JP", "\x1b$B$3$s$K$A$O\x1b(B", "こんにちは"},
	} {
		p, _ := taken(t, "From: a@x.test\r\nContent-Type: "+c.head+"\r\n\r\n"+c.body+"\r\n")
		if got := strings.TrimSpace(p.Text); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// Who wrote is known, however his program writes names.
func TestWriters(t *testing.T) {
	for from, want := range map[string]string{
		"Zoe <zoe@x.test>":                                "Zoe|zoe@x.test",
		"Doe, Zoe <zoe@x.test>":                           "Doe, Zoe|zoe@x.test",
		"zoe@x.test <zoe@x.test>":                         "|zoe@x.test",
		"Zoe [Sales] <zoe@x.test>":                        "Zoe [Sales]|zoe@x.test",
		"Zoe: Sales <zoe@x.test>":                         "Zoe: Sales|zoe@x.test",
		"Zo\xeb <zoe@x.test>":                             "Zoë|zoe@x.test",
		"=?klingon?Q?Zo=EB?= <zoe@x.test>":                "Zoë|zoe@x.test",
		"\"=?utf-8?Q?Zo=C3=AB,_Doe?=\" <zoe@x.test>":      "Zoë, Doe|zoe@x.test",
		"=?utf-8?Q?Zo=C3?= =?utf-8?Q?=AB?= <zoe@x.test>":  "Zoë|zoe@x.test",
		"Doe, Zoe <zoe@x.test>, Bob, Dr. <bob@evil.test>": "|",
		"a@b, c <zoe@x.test> d@e":                         "|",
		"nobody":                                          "|",
	} {
		p, _ := taken(t, "From: "+from+"\r\nSubject: Gr\xfc\xdfe =?utf-8?Q?=E2=82=AC?=\r\n\r\nx\r\n")
		if got := senderName(&p.Header) + "|" + sender(&p.Header); got != want {
			t.Errorf("%q: %q, want %q", from, got, want)
		}
		if s := headerText(p.Header.Get("Subject")); s != "Grüße €" {
			t.Errorf("subject %q", s)
		}
	}
}

// What is no field in a header costs nobody his mail.
func TestRubbishInHeader(t *testing.T) {
	for _, raw := range []string{
		"From zoe@x.test Sat Nov 21 15:04:00 2026\r\nFrom: zoe@x.test\r\nSubject: a\r\n b\r\n\r\nHello: x\r\nyou\r\n",
		">From zoe@x.test\r\nFrom: zoe@x.test\r\nthis is none\r\n\tand goes on\r\nSubject: a\r\n b\r\n\r\nHello: x\r\nyou\r\n",
		"\tx\r\nFrom: zoe@x.test\r\nSubject: a\r\n b\r\nX-Foo : y\r\n\r\nHello: x\r\nyou\r\n",
	} {
		p, _ := taken(t, raw)
		if sender(&p.Header) != "zoe@x.test" || p.Header.Get("Subject") != "a b" || p.Text != "Hello: x\nyou\n" {
			t.Errorf("%q: %q, %q, %q", raw, sender(&p.Header), p.Header.Get("Subject"), p.Text)
		}
	}
}
