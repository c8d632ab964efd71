package media

import (
	"context"
	"net/netip"
	"time"
)

// Port is one party's audio.
type Port struct{}

func (e *Engine) Open(o PortOptions) (*Port, error)                 { return nil, ErrNoPorts }
func (e *Engine) Close() error                                      { return nil }
func (p *Port) SetSignalling(a netip.Addr)                          {}
func (p *Port) Offer() ([]byte, error)                              { return nil, ErrClosed }
func (p *Port) Answer(offer []byte) ([]byte, error)                 { return nil, ErrClosed }
func (p *Port) Accept(answer []byte) error                          { return ErrClosed }
func (p *Port) Rollback()                                           {}
func (p *Port) Close() error                                        { return nil }
func (p *Port) Play(ctx context.Context, s Source) error            { return ErrClosed }
func (p *Port) Digits() <-chan rune                                 { return nil }
func (p *Port) InjectDigit(d rune)                                  {}
func (p *Port) SendDigits(ctx context.Context, digits string) error { return ErrClosed }
func (p *Port) Tap(heard, said Sink) (untap func())                 { return func() {} }
func (p *Port) Lost() <-chan struct{}                               { return nil }
func (p *Port) OnHold() bool                                        { return false }
func (p *Port) SetHold(on bool)                                     {}
func (p *Port) Codec() string                                       { return "" }
func (p *Port) Stats() Stats                                        { return Stats{} }

// Bridge joins two parties or twenty.
type Bridge struct{}

func NewBridge(p *Pacer) *Bridge              { return &Bridge{} }
func (b *Bridge) Join(p *Port) (leave func()) { return func() {} }

// PortRange hands out pairs of UDP ports.
type PortRange struct{}

// NewPortRange takes both ends inclusively.
func NewPortRange(first, last int) (*PortRange, error) { return nil, nil }
func (r *PortRange) Stats() PortRangeStats             { return PortRangeStats{} }

// PortRangeStats counts pairs.
type PortRangeStats struct{ Pairs, Held, Quarantined int }

// Ticker is what the Pacer calls every 20 ms.
type Ticker interface{ Tick() }
type Pacer struct{}
type PacerStats struct {
	Attached             int
	Ticks, Late, Skipped uint64
	MaxLate              time.Duration
}

func NewPacer(shards int) *Pacer                 { return nil }
func (p *Pacer) Attach(t Ticker) (detach func()) { return nil }
func (p *Pacer) Close()                          {}
func (p *Pacer) Stats() PacerStats               { return PacerStats{} }
