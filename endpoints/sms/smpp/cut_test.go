package smpp_test

import (
	"testing"

	"ringflow/endpoints/sms"
)

// A long text that its sender has cut within a character is joined to what was written.
func TestCutWithinCharacter(t *testing.T) {
	h := open(t)
	deliver := func(ref int, coding byte, parts ...string) {
		for i, data := range parts {
			m := text("")
			m.ESMClass, m.Coding, m.Short = 0x40, coding, append(sms.Part{Ref: ref, Total: len(parts), Seq: i + 1}.Header(), data...)
			h.deliver(m)
		}
	}
	emoji := string(sms.EncodeUCS2("Hi 😀!"))
	deliver(7, 8, emoji[:8], emoji[8:])
	deliver(8, 0x18, emoji[:8], string(sms.EncodeUCS2("lost"))) // the other half never came
	deliver(9, 0, "5 \x1b", "e\x1b", "\x28 a\x1b", "b")
	h.wantTexts("Hi 😀!", "Hi \uFFFDlost", "5 €{ a b")
}
