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
