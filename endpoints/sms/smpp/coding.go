package smpp

import (
	"errors"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"

	"ringflow/endpoints"
	"ringflow/endpoints/sms"
)

// Values of data_coding, 5.2.19.
const (
	codingDefault, codingIA5, codingBinary, codingLatin1 byte = 0x00, 0x01, 0x04, 0x03
	codingUCS2                                           byte = 0x08
)

// alphabet is what data_coding 0 means on a link: each message centre decides for itself.
type alphabet endpoints.TextAlphabet

const (
	packed = alphabet(endpoints.AlphabetPacked)
	latin1 = alphabet(endpoints.AlphabetLatin1)
)

// others are what the rest of data_coding means.
var others = map[byte]encoding.Encoding{
	5: japanese.ShiftJIS, 6: charmap.ISO8859_5, 7: charmap.ISO8859_8, 10: japanese.ISO2022JP, 13: japanese.EUCJP, 14: korean.EUCKR,
}

var errBinary = errors.New("the message is no text")

// plainCoding is data_coding without what TS 23.038 4 says in it beside the alphabet: that the text
// is to be shown at once (class 0, "flash"), or deleted, or that messages are waiting.
func plainCoding(coding byte) byte {
	switch {
	case coding < 0x10: // SMPP's own
	case coding < 0x80 && coding&0x20 == 0: // a class, or to be deleted
		switch coding & 0x0c {
		case 0x00:
			return codingDefault
		case 0x04:
			return codingBinary
		case 0x08:
			return codingUCS2
		}
	case coding&0xf0 == 0xe0:
		return codingUCS2
	case coding&0xe0 == 0xc0, coding&0xf4 == 0xf0:
		return codingDefault
	case coding&0xf4 == 0xf4:
		return codingBinary
	}
	return coding
}

// decodePart is decode of one part of a longer text, which may begin or end within a character.
func (a alphabet) decodePart(coding byte, data []byte, header int, shift sms.Shift) (string, error) {
	before, after := "", ""
	switch coding = plainCoding(coding); {
	case coding == codingUCS2:
		before, data, after = sms.CutUCS2(data)
	case coding == codingDefault && a != latin1 && a != packed && shift == sms.Shift{}:
		data, after = sms.CutGSM7(data)
	}
	text, err := a.decode(coding, data, header, shift)
	return before + text + after, err
}

// decode reads text. header is the length of the user data header before it, shift what that says of languages.
func (a alphabet) decode(coding byte, data []byte, header int, shift sms.Shift) (string, error) {
	coding = plainCoding(coding)
	switch {
	case coding == codingDefault:
		return a.decodeDefault(data, header, shift), nil
	case coding == codingIA5, coding == codingLatin1:
		return sms.DecodeLatin1(data), nil
	case coding == codingUCS2:
		return sms.DecodeUCS2(data), nil
	case others[coding] != nil:
		b, err := others[coding].NewDecoder().Bytes(data)
		return string(b), err
	case utf8.Valid(data): // what is called binary, and is text all the same
		for _, c := range data {
			if c < ' ' && c != '\n' && c != '\r' && c != '\t' {
				return "", errBinary
			}
		}
		return string(data), nil
	}
	return "", errBinary
}

func (a alphabet) decodeDefault(data []byte, header int, shift sms.Shift) string {
	switch a {
	case latin1:
		return sms.DecodeLatin1(data)
	case packed:
		fill := 0
		if header > 0 {
			fill = sms.FillBits(header)
		}
		n := (8*len(data) - fill) / 7
		septets := sms.UnpackGSM7(data, fill, n)
		// Seven bits that are left over are a character that nobody wrote.
		if n > 0 && (8*len(data)-fill)%7 == 0 && septets[n-1] == 0 {
			septets = septets[:n-1]
		}
		return shift.Decode(septets)
	}
	return shift.Decode(data)
}

// encode is a text as it leaves: its pieces, each with a header where there are
// several, and their data_coding.
func (a alphabet) encode(text string, ref int) (pieces [][]byte, coding byte) {
	parts, enc := sms.Split(text)
	if enc == sms.GSM7 && a == latin1 {
		if _, ok := sms.EncodeLatin1(text); !ok { // Greek letters and the euro sign
			enc = sms.UCS2
			parts = sms.SplitAs(text, enc)
		}
	}
	for i, part := range parts {
		var header []byte
		if len(parts) > 1 {
			header = sms.Part{Ref: ref & 0xff, Total: len(parts), Seq: i + 1}.Header()
		}
		pieces = append(pieces, append(header, a.bytes(part, enc, len(header))...))
	}
	if enc == sms.UCS2 {
		return pieces, codingUCS2
	}
	return pieces, codingDefault
}

func (a alphabet) bytes(part string, enc sms.Encoding, header int) (b []byte) {
	switch {
	case enc == sms.UCS2:
		return sms.EncodeUCS2(part)
	case a == latin1:
		b, _ = sms.EncodeLatin1(part)
		return b
	}
	b, _ = sms.EncodeGSM7(part)
	if a == packed {
		fill := 0
		if header > 0 {
			fill = sms.FillBits(header)
		}
		if (fill+7*len(b))%8 == 1 { // seven bits would be left over, which read as @
			b = append(b, '\r')
		}
		return sms.PackGSM7(b, fill)
	}
	return b
}
