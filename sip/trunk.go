package sip

import "time"

// OutTrunk is a carrier that we call through.
type OutTrunk struct {
	ID, Name  string
	Host      string // name or address
	Port      int    // 0: by SRV, else the transport's own
	Transport string // udp, tcp, tls; empty: udp, or what SRV says
	UserName  string
	Password  string
	Realm     string // empty: the first realm its host challenges with
	Domain    string // host part of From and of the registered address; empty: Host
	Register  bool
	MaxCalls  int // 0: no limit
}

// TrunkState is what is known of a trunk now.
type TrunkState struct {
	Registered  bool
	LastError   string    // empty after a success
	LastSeen    time.Time // last response of any kind
	NextRefresh time.Time // next REGISTER, or next try
	ActiveCalls int
}

type trunks struct{}

func newTrunks(a *access) *trunks { return &trunks{} }

func (t *trunks) start()                                            {}
func (t *trunks) stop()                                             {}
func (t *trunks) set([]OutTrunk)                                    {}
func (t *trunks) state(id string, now time.Time) (TrunkState, bool) { return TrunkState{}, false }
func (a *access) outbound(trunkID string) (*outbound, error)        { return nil, &Status{Code: 404} }
