package main

import (
	"bytes"
	"encoding/binary"
	"math"
	"time"
)

// tone is a WAV file of a sine at half scale.
func tone(hz float64, d time.Duration) []byte {
	const rate = 8000
	n := int(d.Seconds() * rate)
	var b bytes.Buffer
	b.WriteString("RIFF")
	put := func(vs ...any) {
		for _, v := range vs {
			_ = binary.Write(&b, binary.LittleEndian, v)
		}
	}
	put(uint32(36 + 2*n))
	b.WriteString("WAVEfmt ")
	put(uint32(16), uint16(1), uint16(1), uint32(rate), uint32(2*rate), uint16(2), uint16(16))
	b.WriteString("data")
	put(uint32(2 * n))
	for i := range n {
		put(int16(16384 * math.Sin(2*math.Pi*hz*float64(i)/rate)))
	}
	return b.Bytes()
}

// level is how much of the sound in a 16-bit mono WAV of 8 kHz is that
// frequency, from 0 to 1, over the parts that are not silent (Goertzel).
func level(wav []byte, hz float64) float64 {
	if len(wav) < 44 {
		return 0
	}
	const block, rate = 400, 8000
	var at, all float64
	for p := 44; p+2*block <= len(wav); p += 2 * block {
		w := 2 * math.Cos(2*math.Pi*hz/rate)
		var s1, s2, energy float64
		for i := range block {
			x := float64(int16(binary.LittleEndian.Uint16(wav[p+2*i:])))
			s1, s2 = x+w*s1-s2, s1
			energy += x * x
		}
		if energy < 1e6*block/100 { // quieter than 100 of 32768
			continue
		}
		at += (s1*s1 + s2*s2 - w*s1*s2) * 2 / block
		all += energy
	}
	if all == 0 {
		return 0
	}
	return at / all
}
