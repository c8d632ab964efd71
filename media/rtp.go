package media

import "encoding/binary"

const rtpHeader = 12

// rtpPacket is what we need of an RTP packet (RFC 3550 5.1). payload is part of
// the buffer it was read from.
type rtpPacket struct {
	marker  bool
	pt      uint8
	seq     uint16
	ts      uint32
	ssrc    uint32
	payload []byte
	offset  int // of payload in the buffer
}

// parseRTP reads a packet in place; ok is false if it is not RTP.
func parseRTP(b []byte) (p rtpPacket, ok bool) {
	if len(b) < rtpHeader || b[0]>>6 != 2 {
		return p, false
	}
	p.marker, p.pt = b[1]&0x80 != 0, b[1]&0x7f
	p.seq = binary.BigEndian.Uint16(b[2:])
	p.ts = binary.BigEndian.Uint32(b[4:])
	p.ssrc = binary.BigEndian.Uint32(b[8:])
	at := rtpHeader + 4*int(b[0]&0x0f)
	if b[0]&0x10 != 0 { // header extension
		if len(b) < at+4 {
			return p, false
		}
		at += 4 + 4*int(binary.BigEndian.Uint16(b[at+2:]))
	}
	end := len(b)
	if b[0]&0x20 != 0 { // padding; its last byte counts it
		end -= int(b[len(b)-1])
		if b[len(b)-1] == 0 {
			return p, false
		}
	}
	if at > end {
		return p, false
	}
	p.payload, p.offset = b[at:end], at
	return p, true
}

// putRTP writes a header of 12 bytes.
func putRTP(b []byte, marker bool, pt uint8, seq uint16, ts, ssrc uint32) {
	_ = b[rtpHeader-1]
	b[0] = 2 << 6
	b[1] = pt
	if marker {
		b[1] |= 0x80
	}
	binary.BigEndian.PutUint16(b[2:], seq)
	binary.BigEndian.PutUint32(b[4:], ts)
	binary.BigEndian.PutUint32(b[8:], ssrc)
}

// isRTCP tells RTCP from RTP on a socket that carries both (RFC 5761 4).
func isRTCP(b []byte) bool { return len(b) >= 8 && b[0]>>6 == 2 && b[1] >= 192 && b[1] <= 223 }
