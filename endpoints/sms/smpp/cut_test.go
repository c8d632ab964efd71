package smpp_test

import (
	"testing"

	"ringflow/endpoints"
	"ringflow/endpoints/sms"
	"ringflow/endpoints/sms/smpp"
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

// Texts of phones that write in a national language's tables are read, in one part and in two, packed as well.
func TestNationalText(t *testing.T) {
	h := open(t)
	one := text("")
	one.ESMClass, one.Short = 0x40, append([]byte{3, 0x24, 1, 1}, "I\x1bs\x1bi\x1bk"...)
	h.deliver(one)
	for i, s := range []string{"S\x7bo ", "Jo\x7bo"} {
		m := text("")
		m.ESMClass, m.Short = 0x40, append([]byte{8, 0x00, 3, 77, 2, byte(i + 1), 0x25, 1, 3}, s...)
		h.deliver(m)
	}
	h.wantTexts("Işık", "São João")
	header := []byte{6, 0x24, 1, 1, 0x25, 1, 1}
	m := text("")
	m.ESMClass, m.Short = 0x40, append(header, sms.PackGSM7([]byte("\x40stanbul"), sms.FillBits(len(header)))...)
	if got, _, _, err := smpp.ReadText(m.Body(), endpoints.AlphabetPacked); err != nil || got != "İstanbul" {
		t.Errorf("packed: %q, %v", got, err)
	}
}
