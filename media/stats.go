package media

import "time"

// Stats is a snapshot of one port, of its whole life.
type Stats struct {
	PacketsIn, PacketsOut uint64
	BytesIn, BytesOut     uint64 // payload only

	Lost              uint64        // packets of the far end that never came (RFC 3550 A.3)
	LossPercent       float64       // of those expected
	Jitter            time.Duration // interarrival jitter of what we hear (RFC 3550 A.8)
	RemoteLost        uint64        // as the far end's reports tell of what we send
	RemoteLossPercent float64
	RemoteJitter      time.Duration
	RoundTrip         time.Duration // 0: not measured yet
	MOS               float64       // estimated, 1 to 4.5 (E-model, ITU-T G.107)

	Late       uint64 // came after their time
	Discarded  uint64 // dropped to bring the delay down, or on overflow
	Duplicates uint64
	Concealed  time.Duration // sound that we invented for lost packets
	Delay      time.Duration // of the jitter buffer now

	Foreign uint64 // packets of others than our party, dropped unheard
	Invalid uint64 // not RTP or RTCP, or of a payload type never agreed
	Digits  uint64 // digits heard, each once
}

// Stats is a snapshot of the port. It may also be asked after Close.
func (p *Port) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	rec, jit, r := &p.in.rec, p.in.jitter, &p.report
	clock := max(p.nego.now.codec.clock, 8000)
	s := Stats{
		PacketsIn: p.counts.packetsIn, PacketsOut: p.counts.packetsOut,
		BytesIn: p.counts.bytesIn, BytesOut: p.counts.bytesOut,
		Lost: rec.lost(), LossPercent: rec.lossPercent(),
		Jitter:     time.Duration(rec.jitter * float64(time.Second) / float64(clock)),
		RemoteLost: r.remoteLost, RemoteJitter: r.remoteJitter, RoundTrip: r.roundTrip,
		Late: jit.stats.late, Discarded: jit.stats.discarded, Duplicates: rec.duplicates + jit.stats.duplicates,
		Concealed: time.Duration(jit.stats.concealed) * FrameDuration, Delay: jit.delay(),
		Foreign: p.counts.foreign, Invalid: p.counts.invalid, Digits: p.counts.digits,
	}
	if r.remoteReports > 0 {
		s.RemoteLossPercent = r.remoteLossSum / float64(r.remoteReports)
	}
	// What is heard here: the network, the jitter buffer and two frames, one of
	// the sender's and one of ours.
	s.MOS = mos(s.LossPercent, r.roundTrip/2+max(s.Delay, 2*s.Jitter)+2*FrameDuration)
	return s
}
