package media

import "time"

// jitterBuffer puts one party's packets in order and decides when each is
// heard. It is pure: packets and times in, payload out; it has no clock, no
// goroutine and no lock, and allocates nothing after newJitterBuffer.
//
// Time is counted in RTP units. The packet that travelled fastest so far tells
// the base: the instant at which RTP time 0 would have arrived. A packet with
// time stamp ts is due at base + ts + target, where target follows the worst
// lateness seen of late. So a lone late packet does not delay the call, a
// network that got worse does, and when it heals the delay comes down again by
// leaving out a frame now and then, silent ones first.
//
// A packet longer than a frame is kept as several pieces, so any ptime will do.
type jitterBuffer struct {
	rate  int // RTP units a second
	frame uint32
	piece [jitterPieces]piece
	store []byte
	used  int

	playing bool   // Get goes on from next
	next    uint32 // RTP time of the next frame
	newest  uint32 // end of the newest piece
	held    bool   // a frame was concealed without going on, to gain delay
	missed  int    // frames in a row that were not there

	based  bool
	base   int64 // arrival − ts of the fastest packet
	last   uint32
	lastAt int64   // extended RTP time of last, so that base survives the wrap
	late   float64 // decaying peak of the lateness, in RTP units
	target int64   // delay from base, in RTP units
	over   int     // frames in a row with more delay than needed

	stats jitterStats
}

type piece struct {
	ts   uint32
	size uint16 // bytes
	span uint16 // RTP units
	used bool
}

type jitterStats struct {
	late, discarded, duplicates uint64
	concealed                   uint64 // frames
}

const (
	jitterPieces = 32 // of at most 20 ms: 640 ms
	jitterMax    = 200 * time.Millisecond
	jitterStart  = 40 * time.Millisecond
	jitterMin    = 20 * time.Millisecond
	jitterJump   = 2 * time.Second // a time stamp further off is another stream
)

type jitterState int

const (
	jitterEmpty jitterState = iota // nothing is due: silence, or a pause of the talker
	jitterOK
	jitterLost // a frame is missing: conceal it
)

// newJitterBuffer makes a buffer for a codec of that RTP clock rate whose
// 20 ms never take more than frameBytes.
func newJitterBuffer(rate, frameBytes int) *jitterBuffer {
	j := &jitterBuffer{rate: rate, frame: uint32(rate / 50), store: make([]byte, jitterPieces*frameBytes)}
	j.target = j.units(jitterStart)
	return j
}

func (j *jitterBuffer) units(d time.Duration) int64 {
	return int64(d) * int64(j.rate) / int64(time.Second)
}

func (j *jitterBuffer) duration(units int64) time.Duration {
	return time.Duration(units) * time.Second / time.Duration(j.rate)
}

// reset forgets all packets and the base, for another stream. What was learnt
// of the network stays.
func (j *jitterBuffer) reset() {
	for i := range j.piece {
		j.piece[i].used = false
	}
	j.used, j.playing, j.based, j.missed, j.over, j.held = 0, false, false, 0, 0, false
}

// Put takes a packet that arrived at that time since any fixed epoch. span is
// the payload's length in RTP units.
func (j *jitterBuffer) Put(ts uint32, arrival time.Duration, span int, payload []byte) {
	if span <= 0 || len(payload) == 0 {
		return
	}
	if j.based && abs64(int64(int32(ts-j.last))) > j.units(jitterJump) {
		j.stats.discarded += uint64(j.used)
		j.reset()
	}
	j.observe(ts, j.units(arrival))
	perPiece := len(j.store) / jitterPieces
	for len(payload) > 0 {
		n, u := len(payload), span
		if u > int(j.frame) || n > perPiece {
			u = min(int(j.frame), span)
			n = min(len(payload)*u/span, perPiece)
			if n == 0 {
				return
			}
		}
		j.keep(ts, u, payload[:n])
		payload, ts, span = payload[n:], ts+uint32(u), span-u
		if span <= 0 {
			return
		}
	}
}

func (j *jitterBuffer) keep(ts uint32, span int, b []byte) {
	if j.playing && int32(ts-j.next) < 0 {
		j.stats.late++
		return
	}
	slot := -1
	for i := range j.piece {
		if !j.piece[i].used {
			slot = i
		} else if j.piece[i].ts == ts {
			j.stats.duplicates++
			return
		}
	}
	if slot < 0 { // full: the oldest makes room
		slot = j.oldest()
		if int32(j.piece[slot].ts-ts) > 0 {
			j.stats.discarded++
			return
		}
		j.drop(slot)
		j.next = j.piece[j.oldest()].ts
	}
	if j.used == 0 || int32(ts+uint32(span)-j.newest) > 0 {
		j.newest = ts + uint32(span)
	}
	j.piece[slot] = piece{ts: ts, size: uint16(len(b)), span: uint16(span), used: true}
	copy(j.data(slot), b)
	j.used++
}

func (j *jitterBuffer) data(slot int) []byte {
	n := len(j.store) / jitterPieces
	return j.store[slot*n : slot*n+int(j.piece[slot].size)]
}

func (j *jitterBuffer) drop(slot int) {
	j.piece[slot].used = false
	j.used--
	j.stats.discarded++
}

// oldest is the piece to be heard first; -1: none.
func (j *jitterBuffer) oldest() int {
	best := -1
	for i := range j.piece {
		if j.piece[i].used && (best < 0 || int32(j.piece[i].ts-j.piece[best].ts) < 0) {
			best = i
		}
	}
	return best
}

// Get gives the payload that is due at now, on the same clock as arrival, into
// dst; n is its length, less than a frame's if only a part is there. Call it
// once for each 20 ms. quiet tells whether the last frame was silence: then one
// may be left out unheard.
func (j *jitterBuffer) Get(now time.Duration, dst []byte, quiet bool) (n int, state jitterState) {
	if j.used == 0 {
		return 0, j.starve(quiet)
	}
	at := j.units(now)
	if !j.playing {
		first := j.piece[j.oldest()].ts
		if at < j.due(first) {
			return 0, jitterEmpty
		}
		j.playing, j.next, j.over = true, first, 0
	}
	j.shrink(at, quiet)
	for have := uint32(0); have < j.frame; {
		i := j.oldest()
		if i < 0 {
			break
		}
		gap := int32(j.piece[i].ts - j.next)
		if gap >= int32(j.frame-have) {
			break // the next piece belongs to a later frame
		}
		if have > 0 && gap > 0 {
			break // the rest of this frame is missing
		}
		j.next = j.piece[i].ts + uint32(j.piece[i].span) // a small misalignment is followed
		have += uint32(j.piece[i].span)
		n += copy(dst[n:], j.data(i))
		j.piece[i].used = false
		j.used--
	}
	if n > 0 {
		j.missed, j.held = 0, false
		return n, jitterOK
	}
	return 0, j.miss(at)
}

// pop takes out the oldest piece without waiting for its time.
func (j *jitterBuffer) pop(dst []byte) (n int, ts uint32, ok bool) {
	i := j.oldest()
	if i < 0 {
		return 0, 0, false
	}
	n = copy(dst, j.data(i))
	j.piece[i].used = false
	j.used--
	return n, j.piece[i].ts, true
}

// starve is Get on an empty buffer: the talker paused or all was lost. Time
// does not go on; whatever comes next starts anew by the base. In silence there
// is nothing to conceal.
func (j *jitterBuffer) starve(quiet bool) jitterState {
	if !j.playing {
		return jitterEmpty
	}
	j.missed++
	if j.missed > 3 || quiet {
		j.playing = false
		return jitterEmpty
	}
	j.stats.concealed++
	return jitterLost
}

// miss is Get when later packets are there but not this one.
func (j *jitterBuffer) miss(at int64) jitterState {
	first := j.piece[j.oldest()].ts
	if int32(first-j.next) > int32(5*j.frame) {
		// A pause of the talker, not a loss: RTP time went on, packets did not.
		if at < j.due(first) {
			j.playing = false
			return jitterEmpty
		}
		j.next = first - j.frame
	}
	j.stats.concealed++
	j.missed++
	if !j.held && at < j.due(j.next) {
		j.held = true // it may still come: wait a frame, so delay grows to the target
		return jitterLost
	}
	j.held = false
	j.next += j.frame
	return jitterLost
}

// delay is what the buffer adds now.
func (j *jitterBuffer) delay() time.Duration {
	if j.used == 0 {
		return 0
	}
	return j.duration(int64(int32(j.newest - j.piece[j.oldest()].ts)))
}

func abs64(x int64) int64 {
	if x < 0 {
		return -x
	}
	return x
}
