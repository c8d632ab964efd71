package email

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"github.com/emersion/go-message"
	"github.com/emersion/go-message/textproto"
)

// maxSigned bounds a mail that is within its signature; a larger one stays a file.
const maxSigned = 8 << 20

var errSigned = errors.New("it is no signed mail")

// oidSigned is signed-data (RFC 5652 5), 1.2.840.113549.1.7.2.
var oidSigned = []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02}

// signedMail is the mail that a program has put into its signature (RFC 8551 3.5.2). The signature itself is nobody's
// business here: who wrote is what DKIM, SPF and DMARC say.
func signedMail(raw []byte) ([]byte, error) {
	info, err := inside(raw, 0x30)
	if err != nil {
		return nil, err
	}
	kind, info, err := element(info)
	if err != nil || !bytes.Equal(kind.value, oidSigned) {
		return nil, errSigned
	}
	data, err := inside(info, 0xa0, 0x30)
	for range 2 { // version, digestAlgorithms
		if err == nil {
			_, data, err = element(data)
		}
	}
	if err == nil {
		data, err = inside(data, 0x30) // encapContentInfo
	}
	if err == nil {
		_, data, err = element(data) // its type
	}
	if err == nil {
		data, err = inside(data, 0xa0)
	}
	if err != nil {
		return nil, err
	}
	content, _, err := element(data)
	if err != nil || content.tag&^constructed != 0x04 {
		return nil, errSigned
	}
	return content.octets(0)
}

// constructed is the bit of a tag whose value are elements.
const constructed = 0x20

// tlv is an element of ASN.1's BER (X.690 8.1), which mails are written in: DER has no lengths that tell nothing.
type tlv struct {
	tag   byte
	value []byte
}

// inside is the value of the first element, of the first in that, and so on.
func inside(b []byte, tags ...byte) ([]byte, error) {
	for _, tag := range tags {
		e, _, err := element(b)
		if err != nil || e.tag != tag {
			return nil, errSigned
		}
		b = e.value
	}
	return b, nil
}

// element takes the first off b.
func element(b []byte) (e tlv, rest []byte, err error) {
	n, head, err := size(b)
	if err != nil {
		return e, nil, err
	}
	if n >= 0 {
		return tlv{b[0], b[head : head+n]}, b[head+n:], nil
	}
	end, err := openEnd(b[head:])
	if err != nil {
		return e, nil, err
	}
	return tlv{b[0], b[head : head+end]}, b[head+end+2:], nil
}

// size is the length of the first element's value, -1 where that goes on to its end, and of what is before it.
func size(b []byte) (n, head int, err error) {
	if len(b) < 2 || b[0]&0x1f == 0x1f {
		return 0, 0, errSigned
	}
	n, head = int(b[1]), 2
	switch {
	case n == 0x80 && b[0]&constructed != 0:
		return -1, head, nil
	case n >= 0x80:
		bytes := n & 0x7f
		if bytes == 0 || bytes > 4 || len(b) < 2+bytes {
			return 0, 0, errSigned
		}
		n, head = 0, 2+bytes
		for _, c := range b[2:head] {
			n = n<<8 | int(c)
		}
	}
	if n > len(b)-head {
		return 0, 0, errSigned
	}
	return n, head, nil
}

// openEnd is where elements end that two zeros end, each in the other.
func openEnd(b []byte) (int, error) {
	for at, open := 0, 1; ; {
		if len(b)-at < 2 {
			return 0, errSigned
		}
		if b[at] == 0 && b[at+1] == 0 {
			if open--; open == 0 {
				return at, nil
			}
			at += 2
			continue
		}
		n, head, err := size(b[at:])
		if err != nil {
			return 0, err
		}
		if at += head; n < 0 {
			open++
		} else {
			at += n
		}
	}
}

// octets is an OCTET STRING, perhaps in pieces (X.690 8.7).
func (e tlv) octets(depth int) ([]byte, error) {
	if e.tag&constructed == 0 {
		return e.value, nil
	}
	var out bytes.Buffer
	for rest := e.value; len(rest) > 0; {
		var piece tlv
		var err error
		if piece, rest, err = element(rest); err != nil || piece.tag&^constructed != 0x04 || depth == maxDepth {
			return nil, errSigned
		}
		b, err := piece.octets(depth + 1)
		if err != nil {
			return nil, err
		}
		out.Write(b)
	}
	return out.Bytes(), nil
}

// wrapped is a mail within its signature.
type wrapped struct {
	header message.Header
	body   io.Reader
}

// readSigned reads what may be one. What isn't, such as what is encrypted, is given back to be read from its beginning.
func readSigned(r io.Reader) (*wrapped, io.Reader) {
	raw, _ := io.ReadAll(io.LimitReader(&forgiving{r}, maxSigned+1))
	again := io.MultiReader(bytes.NewReader(raw), r)
	if len(raw) > maxSigned {
		return nil, again
	}
	content, err := signedMail(raw)
	if err != nil {
		return nil, again
	}
	in := bufio.NewReader(bytes.NewReader(content))
	h, err := textproto.ReadHeader(in)
	if err != nil {
		return nil, again
	}
	return &wrapped{message.Header{Header: h}, in}, again
}
