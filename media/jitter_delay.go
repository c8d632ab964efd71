package media

import "time"

// How long the jitter buffer waits.

// observe follows the network: base, lateness and target.
func (j *jitterBuffer) observe(ts uint32, at int64) {
	if !j.based {
		j.based, j.last, j.lastAt, j.base = true, ts, int64(ts), at-int64(ts)
		return
	}
	ext := j.lastAt + int64(int32(ts-j.last))
	if ext > j.lastAt {
		j.last, j.lastAt = ts, ext
	}
	transit := at - ext
	if transit < j.base {
		j.base = transit
	} else {
		// The clocks of two machines drift apart: let base follow slowly.
		j.base += (transit - j.base) >> 11
	}
	lateness := float64(transit - j.base)
	if lateness > j.late {
		j.late = lateness
	} else {
		j.late += (lateness - j.late) / 256 // about 5 s of packets
	}
	j.target = min(max(int64(j.late)+j.units(10*time.Millisecond), j.units(jitterMin)), j.units(jitterMax))
}

// due is when RTP time ts should be heard.
func (j *jitterBuffer) due(ts uint32) int64 {
	return j.base + j.lastAt + int64(int32(ts-j.last)) + j.target
}

// shrink brings the delay down: at once if it is over the most allowed, else a
// frame in a second, in silence a frame at any time.
func (j *jitterBuffer) shrink(at int64, quiet bool) {
	excess := at - j.due(j.next)
	hard := int64(int32(j.newest-j.next)) > j.units(jitterMax)+2*int64(j.frame)
	if excess < 2*int64(j.frame) && !hard {
		j.over = 0
		return
	}
	j.over++
	if !hard && !(quiet && j.over > 5) && j.over < 50 {
		return
	}
	j.over = 0
	for {
		i := j.oldest()
		if i < 0 || j.used < 2 {
			return
		}
		j.drop(i)
		j.next = j.piece[j.oldest()].ts
		if int64(int32(j.newest-j.next)) <= j.units(jitterMax) {
			return
		}
	}
}
