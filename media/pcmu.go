package media

import "math/bits"

// G.711 mu-law looks at the upper 14 bits of a sample only, so that its table
// is 16 KB and stays in the first cache. Both tables are made at start and
// never change.
var (
	pcmuEncoded = makePCMUEncoded()
	pcmuDecoded = makePCMUDecoded()
)

func encodePCMU(dst []byte, src Frame) int {
	dst = dst[:len(src)]
	for i, s := range src {
		dst[i] = pcmuEncoded[uint16(s)>>2]
	}
	return len(src)
}

func decodePCMU(dst Frame, src []byte) int {
	dst = dst[:len(src)]
	for i, b := range src {
		dst[i] = pcmuDecoded[b]
	}
	return len(src)
}

// makePCMUEncoded follows ITU-T G.711 table 2: one's complement for negative
// samples, bias 33, eight segments of sixteen steps, all bits inverted.
func makePCMUEncoded() (t [1 << 14]byte) {
	for i := range t {
		s := int16(i << 2)
		sign, m := 0x80, int(s)>>2
		if s < 0 {
			sign, m = 0, int(^s)>>2
		}
		m = min(m+33, 0x1fff)
		segment := bits.Len(uint(m) >> 5) // 1 to 8
		t[i] = byte(sign | (8-segment)<<4 | (0x0f - m>>segment&0x0f))
	}
	return t
}

func makePCMUDecoded() (t [256]int16) {
	for i := range t {
		b := ^byte(i)
		m := (int(b&0x0f)<<3+0x84)<<(b>>4&7) - 0x84
		if b&0x80 != 0 {
			m = -m
		}
		t[i] = int16(m)
	}
	return t
}
