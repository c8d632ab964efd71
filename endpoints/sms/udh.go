package sms

import "fmt"

// Part tells which part of a longer text an SMS is. The zero value is none.
type Part struct {
	Ref   int // the same of all parts
	Total int
	Seq   int // from 1
}

// Whole tells that an SMS is no part of anything.
func (p Part) Whole() bool { return p.Total <= 1 }

// ok tells whether it makes sense.
func (p Part) ok() bool { return p.Total >= 1 && p.Total <= MaxParts && p.Seq >= 1 && p.Seq <= p.Total }

// Elements of a user data header, 3GPP TS 23.040 9.2.3.24.
const (
	joined8  = 0x00 // concatenated, 8-bit reference
	joined16 = 0x08 // concatenated, 16-bit reference
)

// Header is the user data header that joins p with the others, its length byte
// included. A reference up to 255 is an 8-bit one.
func (p Part) Header() []byte {
	if p.Ref > 0xff {
		return []byte{6, joined16, 4, byte(p.Ref >> 8), byte(p.Ref), byte(p.Total), byte(p.Seq)}
	}
	return []byte{5, joined8, 3, byte(p.Ref), byte(p.Total), byte(p.Seq)}
}

// CutHeader takes the user data header off an SMS's data. n is its length with the
// length byte. ShiftOf tells what it says of languages; the rest (ports, fonts) is passed over.
func CutHeader(data []byte) (p Part, rest []byte, n int, err error) {
	if len(data) == 0 {
		return p, nil, 0, fmt.Errorf("user data header: there is none")
	}
	n = 1 + int(data[0])
	if n > len(data) {
		return p, nil, 0, fmt.Errorf("user data header: has %d bytes of %d", len(data), n)
	}
	err = elements(data[:n], func(id byte, value []byte) {
		// The last one counts, and one that makes no sense doesn't, 9.2.3.24.1.
		var got Part
		switch {
		case id == joined8 && len(value) == 3:
			got = Part{Ref: int(value[0]), Total: int(value[1]), Seq: int(value[2])}
		case id == joined16 && len(value) == 4:
			got = Part{Ref: int(value[0])<<8 | int(value[1]), Total: int(value[2]), Seq: int(value[3])}
		}
		if got.ok() {
			p = got
		}
	})
	if err != nil {
		return Part{}, nil, 0, err
	}
	return p, data[n:], n, nil
}

// elements calls each with all elements of a header, its length byte included.
func elements(header []byte, each func(id byte, value []byte)) error {
	for h := header[min(1, len(header)):]; len(h) > 0; {
		if len(h) < 2 || len(h) < 2+int(h[1]) {
			return fmt.Errorf("user data header: the element %#x ends after the header", h[0])
		}
		id, value := h[0], h[2:2+int(h[1])]
		h = h[2+int(h[1]):]
		each(id, value)
	}
	return nil
}
