package media

import "time"

// Telephone events are digits as RTP packets (RFC 4733): four bytes, with the
// time stamp of the key's first instant in all packets of one press.

const (
	eventSize    = 4
	eventVolume  = 10 // dBm0 below zero
	eventHistory = 16
)

// eventDigits are the events 0 to 15 (RFC 4733 3.2).
const eventDigits = "0123456789*#ABCD"

func eventOf(d rune) (event byte, ok bool) {
	if d >= 'a' && d <= 'd' {
		d -= 'a' - 'A'
	}
	for i, x := range eventDigits {
		if x == d {
			return byte(i), true
		}
	}
	return 0, false
}

// eventReceiver finds the digits in the packets of one SSRC. A digit is
// reported with the first packet of its time stamp that comes, whichever that
// is, so neither a lost start nor a lost end nor the three copies of the end
// matter. The time stamps of the last presses are remembered, so neither does
// a late copy.
type eventReceiver struct {
	seen [eventHistory]uint32
	n    int
}

func (r *eventReceiver) reset() { r.n = 0 }

// receive returns the digit that a packet begins; ok is false for a packet of
// a press known already, or that is none.
func (r *eventReceiver) receive(ts uint32, payload []byte) (digit rune, ok bool) {
	if len(payload) < eventSize || int(payload[0]) >= len(eventDigits) {
		return 0, false
	}
	for i := range min(r.n, eventHistory) {
		if r.seen[i] == ts {
			return 0, false
		}
	}
	r.seen[r.n%eventHistory] = ts
	r.n++
	if r.n == 2*eventHistory {
		r.n = eventHistory // keeps the place, and never overflows
	}
	return rune(eventDigits[payload[0]]), true
}

// eventEnds tells whether a packet tells that the key came up.
func eventEnds(payload []byte) bool { return len(payload) >= eventSize && payload[1]&0x80 != 0 }

// Times of sending, in frames of 20 ms.
const (
	digitFrames = 5  // 100 ms a digit, if it is not held
	digitGap    = 4  // 80 ms between two
	digitEnds   = 3  // copies of the end packet (RFC 4733 2.5.1.4)
	pauseFrames = 25 // w
	maxDigits   = 64 // that may wait

	digitLongest = 0xffff * time.Second / 8000 // what the duration of an event can tell
	digitLapse   = 200 * time.Millisecond      // without a packet a press is over: its end was lost
)

// eventSender makes the packets of digits, one at each tick. It is pure.
type eventSender struct {
	queue [maxDigits]byte // event, or pause
	head  int
	size  int

	phase  int // frames of the current one that are done; 0: none is current
	pause  int // frames to wait before the next
	event  byte
	ts     uint32 // of the press
	length uint32 // of the press so far, in RTP units
	hold   bool   // the last one pushed is still being pressed
}

const pause = 0xff

// release tells that the key which is held down came up.
func (s *eventSender) release() { s.hold = false }

func (s *eventSender) push(event byte) bool {
	if s.size == maxDigits {
		return false
	}
	s.queue[(s.head+s.size)%maxDigits] = event
	s.size++
	return true
}

// idle: nothing is being sent and nothing waits.
func (s *eventSender) idle() bool { return s.size == 0 && s.phase == 0 && s.pause == 0 }

func (s *eventSender) clear() { s.size = 0 }

// step is one tick. It fills payload with the packet to send instead of audio;
// send is false when audio goes on. ts is the RTP time of this tick and frame
// its length; the packet carries s.ts. marker: first of a press. event is the
// one being pressed, for a party that gets tones instead.
func (s *eventSender) step(ts, frame uint32, payload *[eventSize]byte) (send, marker bool) {
	if s.phase == 0 {
		if s.pause > 0 {
			s.pause--
			return false, false
		}
		if s.size == 0 {
			return false, false
		}
		e := s.queue[s.head]
		s.head = (s.head + 1) % maxDigits
		s.size--
		if e == pause {
			s.pause = pauseFrames
			return false, false
		}
		s.event, s.ts, s.length = e, ts, 0
	}
	if s.phase < digitFrames || !s.hold || s.size > 0 || s.length+frame > 0xffff {
		s.phase++
	}
	end := s.phase > digitFrames
	if !end {
		s.length += frame
	}
	payload[0] = s.event
	payload[1] = eventVolume
	if end {
		payload[1] |= 0x80
	}
	payload[2], payload[3] = byte(s.length>>8), byte(s.length)
	marker = s.phase == 1
	if s.phase == digitFrames+digitEnds {
		s.phase, s.pause = 0, digitGap
	}
	return true, marker
}

// pressed tells whether a key is down, for tones.
func (s *eventSender) pressed() bool { return s.phase > 0 && s.phase <= digitFrames }
