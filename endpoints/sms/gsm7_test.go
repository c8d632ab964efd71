package sms_test

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"
	"unicode/utf16"

	"pgregory.net/rapid"

	"ringflow/endpoints/sms"
)

const plain = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCXYZÄÖÑÜ§¿abcxyzäöñüà"

var gsmText = rapid.StringOfN(rapid.RuneFrom([]rune(plain+"^{}\\[~]|€\f")), 0, 700, -1)

// Known septets of the alphabet and its extension, and those that phones send
// though they are none.
func TestGSM7(t *testing.T) {
	for text, want := range map[string]string{
		"@": "00", "A": "41", "a": "61", "à": "7f", "ü": "7e", "_": "11", "$": "02", "§": "5f", "¿": "60", "É": "1f", " ": "20", "¤": "24", "Ç": "09", "\n": "0a",
		"€": "1b65", "[]": "1b3c1b3e", "{}": "1b281b29", "\\": "1b2f", "^": "1b14", "~": "1b3d", "|": "1b40", "\f": "1b0a",
	} {
		got, ok := sms.EncodeGSM7(text)
		if !ok || hex.EncodeToString(got) != want {
			t.Errorf("%q is %x (%v), want %s", text, got, ok, want)
		}
		if back := sms.DecodeGSM7(got); back != text {
			t.Errorf("%s is read as %q, not %q", want, back, text)
		}
	}
	for _, text := range []string{"ç", "`", "😀", "Ж", "\t", "\x1b"} {
		if b, ok := sms.EncodeGSM7(text); ok {
			t.Errorf("%q became %x", text, b)
		}
	}
	for in, want := range map[string]string{"\x1b\x41": "A", "\x41\x1b": "A ", "\x1b\x1b\x65": " €", "\x80A\xff": "�A�"} {
		if got := sms.DecodeGSM7([]byte(in)); got != want {
			t.Errorf("%x is read as %q, want %q", in, got, want)
		}
	}
	// 3GPP TS 23.038's packing of a text that everybody knows.
	septets, _ := sms.EncodeGSM7("hellohello")
	if got := hex.EncodeToString(sms.PackGSM7(septets, 0)); got != "e8329bfd4697d9ec37" {
		t.Errorf("packed: %s", got)
	}
	if n := sms.FillBits(6); n != 1 {
		t.Errorf("after a header of 6 bytes %d bits are free", n)
	}
	if n := sms.FillBits(7); n != 0 {
		t.Errorf("after a header of 7 bytes %d bits are free", n)
	}
}

func TestRoundTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := gsmText.Draw(t, "text")
		septets, ok := sms.EncodeGSM7(text)
		if !ok || sms.DecodeGSM7(septets) != text {
			t.Fatalf("%q: %x", text, septets)
		}
		skip := rapid.IntRange(0, 6).Draw(t, "skip")
		packed := sms.PackGSM7(septets, skip)
		if got := sms.UnpackGSM7(packed, skip, len(septets)); !bytes.Equal(got, septets) {
			t.Fatalf("%x was packed to %x and is %x", septets, packed, got)
		}
		any := rapid.String().Draw(t, "any")
		if got := sms.DecodeUCS2(sms.EncodeUCS2("x" + any)); got != strings.ToValidUTF8("x"+any, "�") {
			t.Fatalf("%q is %q", any, got)
		}
		noise := rapid.SliceOf(rapid.Byte()).Draw(t, "noise")
		sms.DecodeGSM7(noise)
		sms.DecodeUCS2(noise)
		sms.UnpackGSM7(noise, skip, 1000)
		if got, ok := sms.EncodeLatin1(sms.DecodeLatin1(noise)); !ok || !bytes.Equal(got, noise) {
			t.Fatalf("%x is %x", noise, got)
		}
	})
}

// The pieces are the text, each fits, and there is none more than is needed.
func TestSplit(t *testing.T) {
	for _, c := range []struct {
		text string
		n    int
		enc  sms.Encoding
	}{
		{"", 1, sms.GSM7},
		{strings.Repeat("a", 160), 1, sms.GSM7},
		{strings.Repeat("a", 161), 2, sms.GSM7},
		{strings.Repeat("a", 306), 2, sms.GSM7},
		{strings.Repeat("a", 307), 3, sms.GSM7},
		{strings.Repeat("€", 80), 1, sms.GSM7},
		{strings.Repeat("€", 81), 2, sms.GSM7},
		{strings.Repeat("€", 152), 2, sms.GSM7},
		{strings.Repeat("€", 153), 3, sms.GSM7}, // 76 a part: the 153rd septet is half a character
		{strings.Repeat("Ж", 70), 1, sms.UCS2},
		{strings.Repeat("Ж", 71), 2, sms.UCS2},
		{strings.Repeat("Ж", 134), 2, sms.UCS2},
		{strings.Repeat("Ж", 135), 3, sms.UCS2},
		{strings.Repeat("😀", 35), 1, sms.UCS2},
		{strings.Repeat("😀", 36), 2, sms.UCS2},
		{strings.Repeat("😀", 66), 2, sms.UCS2},
		{strings.Repeat("😀", 67), 3, sms.UCS2}, // 33 a part
		{strings.Repeat("a", 160) + "Ж", 3, sms.UCS2},
	} {
		if n, enc := sms.Segments(c.text); n != c.n || enc != c.enc {
			t.Errorf("%.20q… of %d bytes: %d segments in %s, want %d in %s", c.text, len(c.text), n, enc, c.n, c.enc)
		}
	}
	mixed := rapid.StringOfN(rapid.RuneFrom([]rune("abcäЖ€😀[字")), 0, 600, -1)
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(gsmText, mixed).Draw(t, "text")
		pieces, enc := sms.Split(text)
		n, counted := sms.Segments(text)
		if strings.Join(pieces, "") != text || n != len(pieces) || counted != enc {
			t.Fatalf("%d pieces (%d counted in %s) of %q", len(pieces), n, counted, text)
		}
		size, one, each := func(s string) int { return len(utf16.Encode([]rune(s))) }, 70, 67
		if enc == sms.GSM7 {
			size, one, each = func(s string) int { b, _ := sms.EncodeGSM7(s); return len(b) }, 160, 153
		}
		if len(pieces) == 1 && size(text) > one || len(pieces) > 1 && size(text) <= one {
			t.Fatalf("%d pieces of %d", len(pieces), size(text))
		}
		for i, p := range pieces {
			if len(pieces) > 1 && (size(p) > each || i < len(pieces)-1 && size(p) < each-1) {
				t.Fatalf("piece %d has %d", i, size(p))
			}
		}
	})
}

func TestHeader(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := sms.Part{Ref: rapid.IntRange(0, 0xffff).Draw(t, "ref"), Total: rapid.IntRange(1, 255).Draw(t, "total")}
		p.Seq = rapid.IntRange(1, p.Total).Draw(t, "seq")
		text := rapid.SliceOf(rapid.Byte()).Draw(t, "text")
		got, rest, n, err := sms.CutHeader(append(p.Header(), text...))
		if err != nil || got != p || !bytes.Equal(rest, text) || n != len(p.Header()) {
			t.Fatalf("%+v is %+v, %x, %v", p, got, rest, err)
		}
		if _, rest, _, err := sms.CutHeader(text); err == nil && len(rest) >= len(text) {
			t.Fatalf("%x has the rest %x", text, rest)
		}
	})
	for in, want := range map[string]sms.Part{
		"0500030103014142":           {Ref: 1, Total: 3, Seq: 1},
		"06080401ff020241":           {Ref: 511, Total: 2, Seq: 2},
		"0b0504158100000003ab020141": {Ref: 0xab, Total: 2, Seq: 1}, // ports before it
		"05000301030441":             {},                            // the fourth of three
		"05000301000041":             {},
		"0041":                       {},
	} {
		b, _ := hex.DecodeString(in)
		if got, rest, _, err := sms.CutHeader(b); err != nil || got != want || len(rest) == 0 {
			t.Errorf("%s: %+v, %x, %v", in, got, rest, err)
		}
	}
	for _, in := range []string{"", "05", "0500030103", "020005", "01ff41"} {
		b, _ := hex.DecodeString(in)
		if got, _, _, err := sms.CutHeader(b); err == nil {
			t.Errorf("%s is %+v", in, got)
		}
	}
}
