package media

import "time"

// digitSource is where a digit was heard.
type digitSource uint8

const (
	fromEvent  digitSource = 1 << iota // RFC 4733
	fromTone                           // in-band
	fromSignal                         // SIP INFO
)

// Two ways of the same press are never further apart than this.
const sameDigit = 1500 * time.Millisecond

// digitFilter lets each press through once, though some phones tell of one in
// two or three ways. A digit of one source that matches one of another source
// in the last moment, not matched yet, is the same press.
type digitFilter struct {
	recent [8]heardDigit
	n      int
}

type heardDigit struct {
	digit rune
	at    time.Time
	by    digitSource
}

// fresh tells whether the digit is a press not yet known.
func (f *digitFilter) fresh(d rune, by digitSource, now time.Time) bool {
	for i := max(0, f.n-len(f.recent)); i < f.n; i++ { // the oldest first
		h := &f.recent[i%len(f.recent)]
		if h.digit == d && h.by&by == 0 && now.Sub(h.at) < sameDigit {
			h.by |= by
			return false
		}
	}
	f.recent[f.n%len(f.recent)] = heardDigit{d, now, by}
	f.n++
	return true
}
