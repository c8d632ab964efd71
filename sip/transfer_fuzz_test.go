package sip

import (
	"strings"
	"testing"
)

// FuzzReferTo: what is understood of a Refer-To can be called, is bounded, and says the
// same again when we write it.
func FuzzReferTo(f *testing.F) {
	for _, v := range []string{"<sip:a@b>", "sip:a@b", "<sip:a%20b@c;x=y?Replaces=1%40h%3Bto-tag%3D2%3Bfrom-tag%3D3&X=y>", "<sip:b?Replaces=x@h;to-tag=1;from-tag=2>",
		`"N, m" <tel:+49;x=y>`, "<sip:a?b@c?Replaces=>", "<sip:a@b?Replaces>", "<http://x>", "<sip:%00@b>", "*", "<sips:[::1]:5061?a=b>", "<sip:a?b=c@d>"} {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, v string) {
		to, wanted, no := parseReferTo(v)
		if no != nil {
			if no.code != 400 && no.code != 416 {
				t.Fatalf("%q: %d", v, no.code)
			}
			return
		}
		if len(v) > maxReferTo || to.Host == "" && !strings.HasPrefix(strings.ToLower(to.URI), "tel:") || strings.ContainsAny(to.URI, " <>\"\r\n") {
			t.Fatalf("%q: %+v", v, to)
		}
		if wanted == nil {
			return
		}
		if wanted.callID == "" || wanted.toTag == "" || wanted.fromTag == "" {
			t.Fatalf("%q: %+v", v, wanted)
		}
		again := "<sip:a@b?Replaces=" + escapeHeader(DialogID{wanted.callID, wanted.fromTag, wanted.toTag}.replaces()) + ">"
		if _, w, no := parseReferTo(again); len(again) <= maxReferTo && (no != nil || w == nil || w.callID != wanted.callID || w.toTag != wanted.toTag || w.fromTag != wanted.fromTag) {
			t.Fatalf("%q: %+v came back as %+v from %q", v, wanted, w, again)
		}
	})
}

func FuzzReplaces(f *testing.F) {
	for _, v := range []string{"1@h;to-tag=2;from-tag=3", "1;from-tag=3;to-tag=2;early-only", ";to-tag=1;from-tag=2", "1;to-tag=;from-tag=2", "1;to-tag=1;to-tag=1;from-tag=2", "a,b"} {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, v string) {
		r, ok := parseReplaces(v)
		if !ok {
			return
		}
		if len(v) > maxReplaces || r.callID == "" || r.toTag == "" || r.fromTag == "" || strings.ContainsAny(r.callID, ",; ") {
			t.Fatalf("%q: %+v", v, r)
		}
		text := DialogID{r.callID, r.fromTag, r.toTag}.replaces()
		if again, ok := parseReplaces(text); len(text) <= maxReplaces && (!ok || again.callID != r.callID || again.toTag != r.toTag || again.fromTag != r.fromTag) {
			t.Fatalf("%q: %+v came back as %+v", v, r, again)
		}
	})
}

func FuzzSipfrag(f *testing.F) {
	for _, v := range []string{"SIP/2.0 200 OK\r\n", "SIP/2.0 100", "sip/2.0 486 Busy\nX: y", "SIP/2.0 +10 x", "SIP/2.0 999 x", "\x00", ""} {
		f.Add([]byte(v))
	}
	f.Fuzz(func(t *testing.T, v []byte) {
		code, reason, ok := parseSipfrag(v)
		if ok != (code >= 100 && code <= 699) || reason != clean(reason) || strings.ContainsAny(reason, "\r\n") {
			t.Fatalf("%q: %d %q %v", v, code, reason, ok)
		}
	})
}
