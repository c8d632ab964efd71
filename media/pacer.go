package media

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// Ticker is what a Pacer calls every 20 ms. Tick may not block, may not take
// a lock that is held across I/O, and may not call its own detach.
type Ticker interface{ Tick() }

// skipper is a Ticker that wants to know of frames that the pacer left out
// because it was too far behind: RTP time goes on by n frames.
type skipper interface{ Skip(n int) }

const (
	slotTime  = time.Millisecond
	slots     = int64(FrameDuration / slotTime)
	maxBehind = 5 * slots            // slots behind that are still run; more is skipped
	lateAfter = 5 * time.Millisecond // a tick this much after its time counts as late
)

// Pacer is the one clock of the house: a wheel of 20 slots of 1 ms in each of
// a few shards, a goroutine a shard, and the work of a tick done inline.
// Deadlines are absolute, so nothing drifts. A shard with nothing attached
// sleeps on a channel.
type Pacer struct {
	shards []*shard
	wg     sync.WaitGroup
	once   sync.Once
}

// PacerStats is a snapshot, summed over the shards.
type PacerStats struct {
	Attached int
	Ticks    uint64
	Late     uint64        // ticks that ran more than 5 ms after their time
	LateBy   time.Duration // sum of the delays of those
	Skipped  uint64        // frames left out because the pacer was over 100 ms behind
	Lag      time.Duration // of the shard that is most behind, at its last run
	MaxLag   time.Duration // the most ever
}

// NewPacer starts a pacer of that many shards; less than 1: GOMAXPROCS.
func NewPacer(shards int) *Pacer {
	if shards < 1 {
		shards = runtime.GOMAXPROCS(0)
	}
	p := &Pacer{shards: make([]*shard, shards)}
	for i := range p.shards {
		s := &shard{epoch: time.Now(), wake: make(chan struct{}, 1), stop: make(chan struct{})}
		p.shards[i] = s
		p.wg.Go(s.run)
	}
	return p
}

// Attach has t ticked every 20 ms, for the first time 19 to 20 ms from now.
// Once detach returns, Tick is over for good. detach may be called again.
func (p *Pacer) Attach(t Ticker) (detach func()) {
	least := p.shards[0]
	for _, s := range p.shards[1:] {
		if s.attached.Load() < least.attached.Load() {
			least = s
		}
	}
	e := &entry{ticker: t}
	e.skipper, _ = t.(skipper)
	least.attach(e)
	return func() { least.detach(e) }
}

// Close ends all ticks and waits for the shards. Later Attaches do nothing.
func (p *Pacer) Close() {
	p.once.Do(func() {
		for _, s := range p.shards {
			close(s.stop)
		}
	})
	p.wg.Wait()
}

// Stats tells how well the clock keeps time: the best single figure of a
// media server's health.
func (p *Pacer) Stats() PacerStats {
	var st PacerStats
	for _, s := range p.shards {
		st.Attached += int(s.attached.Load())
		st.Ticks += s.ticks.Load()
		st.Late += s.late.Load()
		st.LateBy += time.Duration(s.lateBy.Load())
		st.Skipped += s.skipped.Load()
		st.Lag = max(st.Lag, time.Duration(s.lag.Load()))
		st.MaxLag = max(st.MaxLag, time.Duration(s.maxLag.Load()))
	}
	return st
}

// entry is one attached Ticker. mu is held while it ticks, so that detach can
// wait for that tick and for nothing else.
type entry struct {
	ticker  Ticker
	skipper skipper
	slot    int64
	first   int64 // first step that is its own

	mu   sync.Mutex
	gone bool
}

func (e *entry) tick() {
	e.mu.Lock()
	if !e.gone {
		e.ticker.Tick()
	}
	e.mu.Unlock()
}

func (e *entry) skip(n int64) {
	e.mu.Lock()
	if !e.gone && e.skipper != nil {
		e.skipper.Skip(int(n))
	}
	e.mu.Unlock()
}

// shard counts time in steps of 1 ms since its epoch. Step k belongs to slot
// k mod 20.
type shard struct {
	epoch time.Time
	wake  chan struct{}
	stop  chan struct{}

	attached             atomic.Int64
	ticks, late, skipped atomic.Uint64
	lateBy, lag, maxLag  atomic.Int64

	mu    sync.Mutex
	wheel [slots][]*entry // copied on change: the loop reads them unlocked
}

func (s *shard) now() int64 { return int64(time.Since(s.epoch) / slotTime) }

func (s *shard) attach(e *entry) {
	s.mu.Lock()
	k := s.now() // the slot just passed: never due in this instant
	e.slot, e.first = k%slots, k+slots
	old := s.wheel[e.slot]
	s.wheel[e.slot] = append(old[:len(old):len(old)], e)
	s.attached.Add(1)
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *shard) detach(e *entry) {
	s.mu.Lock()
	old := s.wheel[e.slot]
	for i, x := range old {
		if x == e {
			list := make([]*entry, 0, len(old)-1)
			s.wheel[e.slot] = append(append(list, old[:i]...), old[i+1:]...)
			s.attached.Add(-1)
			break
		}
	}
	s.mu.Unlock()
	e.mu.Lock()
	e.gone = true
	e.mu.Unlock()
}

func (s *shard) list(step int64) []*entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.wheel[step%slots]
}

// due is the first step from next on that has something to do; ok is false if
// there is none at all.
func (s *shard) due(next int64) (step int64, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k := next; k < next+slots; k++ {
		if len(s.wheel[k%slots]) > 0 {
			return k, true
		}
	}
	return 0, false
}

func (s *shard) run() {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	next := s.now()
	for {
		step, ok := s.due(next)
		if !ok { // empty: nothing to pay until somebody comes
			timer.Stop()
			select {
			case <-s.wake:
				next = s.now()
				continue
			case <-s.stop:
				return
			}
		}
		next = step
		if wait := time.Until(s.epoch.Add(time.Duration(step) * slotTime)); wait > 0 {
			timer.Reset(wait)
			select {
			case <-timer.C:
			case <-s.stop:
				return
			}
		}
		select {
		case <-s.stop:
			return
		default:
		}
		if behind := s.now() - next; behind > maxBehind {
			next = s.leaveOut(next, behind/slots)
		}
		s.runSlot(next)
		next++
	}
}

func (s *shard) runSlot(step int64) {
	lag := time.Since(s.epoch) - time.Duration(step)*slotTime
	s.lag.Store(int64(lag))
	if int64(lag) > s.maxLag.Load() {
		s.maxLag.Store(int64(lag))
	}
	var n uint64
	for _, e := range s.list(step) {
		if step >= e.first {
			e.tick()
			n++
		}
	}
	s.ticks.Add(n)
	if lag > lateAfter {
		s.late.Add(n)
		s.lateBy.Add(int64(lag) * int64(n))
	}
}

// leaveOut goes on by whole turns of the wheel and tells everybody how many
// frames they missed.
func (s *shard) leaveOut(next, turns int64) int64 {
	end := next + turns*slots
	for slot := range slots {
		for _, e := range s.list(slot) {
			k := max(next, e.first)
			k += ((slot-k)%slots + slots) % slots
			if k < end {
				n := (end - k + slots - 1) / slots
				e.skip(n)
				s.skipped.Add(uint64(n))
			}
		}
	}
	return end
}
