package media

import "time"

// reception counts what came of one stream (RFC 3550 A.1, A.3, A.8).
type reception struct {
	started  bool
	ssrc     uint32
	base     uint32 // extended sequence number of the first packet
	max      uint32 // and of the highest
	window   uint64 // bit i: max−i has come; for duplicates
	received uint64 // without duplicates
	jumps    int    // packets in a row far from max

	expectedBefore, receivedBefore uint64 // at the last report

	transit int64
	jitter  float64 // RTP units

	lostBefore, expectedOld, duplicates uint64 // of earlier streams of this leg
}

// restart begins with another stream and keeps the totals.
func (r *reception) restart(ssrc uint32, seq uint16) {
	lost, expected, dup := r.lost(), r.expected()+r.expectedOld, r.duplicates
	*r = reception{started: true, ssrc: ssrc, base: 1<<16 + uint32(seq), max: 1<<16 + uint32(seq) - 1,
		lostBefore: lost, expectedOld: expected, duplicates: dup}
}

// packet counts one; fresh is false for a copy of one that came already.
func (r *reception) packet(ssrc uint32, seq uint16, ts uint32, arrival time.Duration, clock int) (fresh bool) {
	if !r.started || ssrc != r.ssrc {
		r.restart(ssrc, seq)
	}
	step := int32(int16(seq - uint16(r.max)))
	if step > 3000 || step < -100 { // RFC 3550 A.1: a jump that lasts is a restart
		if r.jumps++; r.jumps < 2 {
			return false
		}
		r.restart(ssrc, seq)
		step = 1
	}
	r.jumps = 0
	switch {
	case step > 0:
		r.max += uint32(step)
		r.window = r.window<<min(step, 63) | 1
		if step > 63 {
			r.window = 1
		}
	case step > -64:
		bit := uint64(1) << -step
		if r.window&bit != 0 {
			r.duplicates++
			return false
		}
		r.window |= bit
	}
	r.received++
	at := int64(arrival) * int64(clock) / int64(time.Second)
	transit := at - int64(ts)
	if r.received > 1 {
		d := int64(int32(transit - r.transit)) // RTP time wraps
		if d < 0 {
			d = -d
		}
		if d < int64(clock) { // more is a jump of the sender's clock
			r.jitter += (float64(d) - r.jitter) / 16
		}
	}
	r.transit = transit
	return true
}

func (r *reception) expected() uint64 {
	if !r.started {
		return 0
	}
	return uint64(r.max - r.base + 1)
}

func (r *reception) lost() uint64 {
	if e := r.expected(); e > r.received {
		return r.lostBefore + e - r.received
	}
	return r.lostBefore
}

// lossPercent is of the whole leg.
func (r *reception) lossPercent() float64 {
	if e := r.expected() + r.expectedOld; e > 0 {
		return 100 * float64(r.lost()) / float64(e)
	}
	return 0
}

// fraction is the loss since the last call, in 256ths, for a report.
func (r *reception) fraction() uint8 {
	expected, received := r.expected()-r.expectedBefore, r.received-r.receivedBefore
	r.expectedBefore, r.receivedBefore = r.expected(), r.received
	if expected == 0 || received >= expected {
		return 0
	}
	return uint8(min(255, (expected-received)*256/expected))
}
