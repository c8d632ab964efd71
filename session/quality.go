package session

import (
	"fmt"
	"strings"
	"time"

	"ringflow/media"
)

// quality is what a record keeps of a port's statistics.
func quality(s media.Stats) *Quality {
	return &Quality{
		PacketsIn: s.PacketsIn, PacketsOut: s.PacketsOut, Lost: s.Lost, LossPercent: s.LossPercent,
		JitterMs: ms(s.Jitter), RemoteLossPercent: s.RemoteLossPercent, RoundTripMs: ms(s.RoundTrip),
		MOS: s.MOS, ConcealedMs: int(s.Concealed.Milliseconds()),
	}
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// legWords is a finished leg in one readable line.
func legWords(l LegRecord) string {
	var b strings.Builder
	who := l.To
	if l.Direction == Incoming {
		who = l.From
	}
	fmt.Fprintf(&b, "Leg %s: ", who)
	if l.Answered.IsZero() {
		fmt.Fprintf(&b, "not answered")
		if l.SipCode != 0 && !strings.HasPrefix(l.Cause, fmt.Sprint(l.SipCode)) {
			fmt.Fprintf(&b, ", SIP %d", l.SipCode)
		}
	} else {
		fmt.Fprintf(&b, "SIP %d, talked %s", l.SipCode, seconds(l.Ended.Sub(l.Answered)))
	}
	if l.Cause != "" {
		fmt.Fprintf(&b, ", %s", l.Cause)
	}
	if q := l.Quality; q != nil {
		fmt.Fprintf(&b, "; %s, %d packets in, %d out, loss %.1f %%, jitter %.0f ms, MOS %.1f",
			l.Codec, q.PacketsIn, q.PacketsOut, q.LossPercent, q.JitterMs, q.MOS)
	}
	return b.String()
}
