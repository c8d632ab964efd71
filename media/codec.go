package media

import "strings"

// Codec is one way to put sound into packets: a row of the table below. To add
// a codec, add a file with its functions and a row.
//
// Encode and Decode keep no state and allocate nothing. Neither may be called
// with a dst too small: Encode needs a byte for each sample, Decode a sample
// for each byte.
type Codec struct {
	Name        string // encoding name of RFC 3551, as in a=rtpmap
	PayloadType uint8  // static payload type, RFC 3551 section 6
	ClockRate   int    // RTP units a second
	Rate        int    // samples a second
	Silence     byte   // what a packet of silence is filled with

	Encode func(dst []byte, src Frame) int // writes src to dst, returns bytes
	Decode func(dst Frame, src []byte) int // writes src to dst, returns samples
}

// Codecs is the table, by preference. It is never written to.
var Codecs = []*Codec{
	{Name: "PCMU", PayloadType: 0, ClockRate: 8000, Rate: 8000, Silence: 0xff, Encode: encodePCMU, Decode: decodePCMU},
	{Name: "PCMA", PayloadType: 8, ClockRate: 8000, Rate: 8000, Silence: 0xd5, Encode: encodePCMA, Decode: decodePCMA},
}

// CodecByName finds a codec by its encoding name, which is case-insensitive
// (RFC 4855 section 3). nil: we don't have it.
func CodecByName(name string) *Codec {
	for _, c := range Codecs {
		if strings.EqualFold(c.Name, name) {
			return c
		}
	}
	return nil
}

// CodecByPayloadType finds a codec by its static payload type. nil: we don't
// have it.
func CodecByPayloadType(pt uint8) *Codec {
	for _, c := range Codecs {
		if c.PayloadType == pt {
			return c
		}
	}
	return nil
}
