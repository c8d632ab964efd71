package media

import "math/bits"

// G.711 A-law looks at the upper 12 bits of a sample only.
var (
	pcmaEncoded = makePCMAEncoded()
	pcmaDecoded = makePCMADecoded()
)

func encodePCMA(dst []byte, src Frame) int {
	dst = dst[:len(src)]
	for i, s := range src {
		dst[i] = pcmaEncoded[uint16(s)>>4]
	}
	return len(src)
}

func decodePCMA(dst Frame, src []byte) int {
	dst = dst[:len(src)]
	for i, b := range src {
		dst[i] = pcmaDecoded[b]
	}
	return len(src)
}

// makePCMAEncoded follows ITU-T G.711 table 1: one's complement for negative
// samples, eight segments of sixteen steps, even bits inverted.
func makePCMAEncoded() (t [1 << 12]byte) {
	for i := range t {
		s := int16(i << 4)
		sign, m := 0x80, int(s)>>4
		if s < 0 {
			sign, m = 0, int(^s)>>4
		}
		if m > 15 { // the segments above the linear one
			segment := bits.Len(uint(m) >> 4) // 1 to 7
			m = segment<<4 | m>>(segment-1)&0x0f
		}
		t[i] = byte(sign|m) ^ 0x55
	}
	return t
}

func makePCMADecoded() (t [256]int16) {
	for i := range t {
		b := byte(i) ^ 0x55
		m := int(b&0x0f)<<4 + 8
		if segment := b >> 4 & 7; segment > 0 {
			m = (m + 0x100) << (segment - 1)
		}
		if b&0x80 == 0 {
			m = -m
		}
		t[i] = int16(m)
	}
	return t
}
