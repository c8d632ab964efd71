package sms

// Encoding is how the characters of an SMS are written.
type Encoding string

const (
	GSM7 Encoding = "GSM-7" // 160 septets in one SMS
	UCS2 Encoding = "UCS-2" // 70 units of 16 bits
)

// What one SMS carries, and what a part of a longer text does beside the header of 6
// bytes that joins it with the others, 3GPP TS 23.040 9.2.3.24.1.
const (
	oneGSM7, partGSM7 = 160, 153
	oneUCS2, partUCS2 = 70, 67
	// MaxParts is as many as the header can count.
	MaxParts = 255
)

// EncodingOf is the shorter one that has all characters of text.
func EncodingOf(text string) Encoding {
	for _, r := range text {
		if toGSM7[r] == "" {
			return UCS2
		}
	}
	return GSM7
}

// Segments is how many SMS text takes, and in which encoding. It never is 0: an
// empty text is an SMS, too.
func Segments(text string) (count int, enc Encoding) {
	enc = EncodingOf(text)
	for range parts(text, enc) {
		count++
	}
	return count, enc
}

// Split is text in the pieces that leave as one SMS each. No character is cut in
// two; together they are the text.
func Split(text string) (pieces []string, enc Encoding) {
	enc = EncodingOf(text)
	return SplitAs(text, enc), enc
}

// SplitAs is Split in a given encoding, which must have all characters of text.
func SplitAs(text string, enc Encoding) (pieces []string) {
	for part := range parts(text, enc) {
		pieces = append(pieces, part)
	}
	return pieces
}

func parts(text string, enc Encoding) func(yield func(string) bool) {
	one, each := oneGSM7, partGSM7
	if enc == UCS2 {
		one, each = oneUCS2, partUCS2
	}
	return func(yield func(string) bool) {
		if length(text, enc) <= one {
			yield(text)
			return
		}
		start, used := 0, 0
		for i, r := range text {
			n := width(r, enc)
			if used+n > each {
				if !yield(text[start:i]) {
					return
				}
				start, used = i, 0
			}
			used += n
		}
		yield(text[start:])
	}
}

func length(text string, enc Encoding) (n int) {
	for _, r := range text {
		n += width(r, enc)
	}
	return n
}

// width is how many septets or units r takes.
func width(r rune, enc Encoding) int {
	switch {
	case enc == GSM7:
		return len(toGSM7[r])
	case r > 0xffff:
		return 2
	}
	return 1
}
