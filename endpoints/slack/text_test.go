package slack

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestPlain(t *testing.T) {
	for in, want := range map[string]string{
		"<@UBOT> hi": "hi", "hi <@UBOT>": "hi", "<@UBOT>: hi": "hi", "<@UBOT|bot>, hi": ", hi", "<@U1>": "@U1", "<@U1|ann>": "@ann", "<#C1|general>": "#general", "<#C1>": "#C1", "<!here>": "@here", "<!subteam^S1|@team>": "@team",
		"<!subteam^S1>": "@subteam", "<!date^1^{date}|today>": "today", "<https://a.example/x>": "https://a.example/x", "<https://a.example|a.example>": "https://a.example", "<http://a.example|here>": "here (http://a.example)",
		"<mailto:a@x.test|a@x.test>": "a@x.test", "<tel:+1800|+1800>": "+1800", "a &lt;b&gt; &amp;amp; c": "a <b> &amp; c", "<": "<", "a < b": "a < b", "<>": "", "": "", "<https://x.test/?a=1&amp;b=2>": "https://x.test/?a=1&b=2",
	} {
		if got := plain(in, "UBOT", nil); got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"<@UBOT> hi", "<a|b>", "&lt;", "<!date^1^|x>", "<<<>>>", "a\xff<"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p := plain(s, "UBOT", nil)
		if utf8.ValidString(s) && !utf8.ValidString(p) {
			t.Errorf("%q became %q", s, p)
		}
		// What was escaped is what was meant, and nothing that Slack takes for a mark.
		e := escape(s)
		if strings.ContainsAny(e, "<>") || unescape(e) != s {
			t.Errorf("%q was escaped to %q", s, e)
		}
		if got := plain(e, "UBOT", nil); got != strings.TrimSpace(s) {
			t.Errorf("%q comes back as %q", s, got)
		}
		_, _ = placeOf(s, []byte(s))
	})
}
