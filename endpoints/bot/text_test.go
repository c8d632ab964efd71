package bot

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestPlain(t *testing.T) {
	for in, want := range map[string]string{
		"<b>bold</b> and <i>more</i>": "bold and more", "one<br/>two<p>three</p>": "one\ntwo\nthree", "1 < 2 and 3 > 2": "1 < 2 and 3 > 2", "<at>Ann</at> hi": "@Ann hi", `<a href="https://x.test">here</a>`: "here",
		`<ss type="smile">:)</ss>`: ":)", "a &amp; b&nbsp;": "a & b", "<": "<", "<>": "<>", "</b": "</b", "<3": "<3", "": "",
	} {
		if got := plain(&Activity{Text: in, TextFormat: "xml"}); got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
		if got := plain(&Activity{Text: in}); got != strings.TrimSpace(in) {
			t.Errorf("plain %q is %q", in, got)
		}
	}
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"<at>Bot</at> hi", "<b", "&lt;", "<<<>>>", "a\xff<b>"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, text, mention string) {
		act := &Activity{Text: text, TextFormat: "xml", Recipient: &Party{ID: "b"}, Entities: []Entity{{Type: "mention", Text: mention, Mentioned: &Party{ID: "b"}}}, ChannelData: json.RawMessage(text)}
		if got := plain(act); utf8.ValidString(text) && utf8.ValidString(mention) && !utf8.ValidString(got) {
			t.Errorf("%q without %q became %q", text, mention, got)
		}
		_, _ = act.tenant(), act.clientActivityID()
	})
}
