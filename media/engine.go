package media

import (
	"net/netip"
	"time"

	"go.uber.org/zap"
)

// Engine opens ports. Set its fields before the first Open.
type Engine struct {
	Listen    netip.Addr    // address that RTP sockets bind; invalid: 127.0.0.1
	Advertise netip.Addr    // address written into SDP; invalid: Listen
	Ports     *PortRange    // nil: whatever the system gives (tests)
	Pacer     *Pacer        // the clock; required
	Timeout   time.Duration // media timeout; 0: 30 s
	Log       *zap.Logger   // nil: none
}

// PortOptions say what a new port is for.
type PortOptions struct {
	Codecs     []string   // by preference; empty: PCMU, PCMA
	Signalling netip.Addr // source of the signalling, from which media may be learnt
}
