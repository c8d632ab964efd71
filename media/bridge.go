package media

// Bridge joins two parties or twenty.
type Bridge struct{ pacer *Pacer }

// NewBridge makes a bridge.
func NewBridge(p *Pacer) *Bridge { return &Bridge{pacer: p} }

// Join adds a party.
func (b *Bridge) Join(p *Port) (leave func()) { return func() {} }
