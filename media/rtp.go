package media

import (
	"encoding/binary"

	"github.com/pion/rtp"
)

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

// What follows the fixed header, by bits of its first byte.
const (
	rtpPadding   = 0x20
	rtpExtension = 0x10
	rtpSources   = 0x0f // how many
)

// parseRTP reads a packet in place; ok is false if it is not RTP. Sources and
// extensions are passed over, not read: nobody asks for them, and pion makes
// slices for them.
func parseRTP(b []byte) (p rtpPacket, ok bool) {
	if len(b) < rtpHeader {
		return p, false
	}
	first := b[0]
	b[0] &^= rtpExtension | rtpSources
	var h rtp.Header
	_, err := h.Unmarshal(b[:rtpHeader])
	b[0] = first
	if err != nil || h.Version != 2 {
		return p, false
	}
	p.marker, p.pt, p.seq, p.ts, p.ssrc = h.Marker, h.PayloadType, h.SequenceNumber, h.Timestamp, h.SSRC
	at := rtpHeader + 4*int(first&rtpSources)
	if first&rtpExtension != 0 {
		if len(b) < at+4 {
			return p, false
		}
		at += 4 + 4*int(binary.BigEndian.Uint16(b[at+2:]))
	}
	end := len(b)
	if first&rtpPadding != 0 { // its last byte counts it
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

// putRTP writes a header of 12 bytes; b must have room for it.
func putRTP(b []byte, marker bool, pt uint8, seq uint16, ts, ssrc uint32) {
	h := rtp.Header{Version: 2, Marker: marker, PayloadType: pt, SequenceNumber: seq, Timestamp: ts, SSRC: ssrc}
	_, _ = h.MarshalTo(b[:rtpHeader]) // it fails for want of room alone
}

// isRTCP tells RTCP from RTP on a socket that carries both (RFC 5761 4).
func isRTCP(b []byte) bool { return len(b) >= 8 && b[0]>>6 == 2 && b[1] >= 192 && b[1] <= 223 }
