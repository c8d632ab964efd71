package session

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"time"

	"ringflow/endpoints"
	"ringflow/flow"
	"ringflow/media"
)

// MonitorMode is how a supervisor takes part in a talk of others.
type MonitorMode string

const (
	Listen  MonitorMode = "Listen"  // hears both, and nobody hears him
	Whisper MonitorMode = "Whisper" // is heard by the account's own user alone
	Barge   MonitorMode = "Barge"   // is heard by both
)

// ErrNoTalk tells that a call has nobody to listen to just now.
var ErrNoTalk = errors.New("session: nobody talks in this call now")

const (
	monitorRings = 30 * time.Second
	maxMonitors  = 10 // of one talk
)

// monitored is the talk that goes on in a call, and who listens to it. The talk
// is the owner of whatever listens: it ends all of it, and waits for that.
type monitored struct {
	mu   sync.Mutex
	talk *talk // nil: nobody talks
	ctx  context.Context
	by   map[string]*monitor // by user
	wg   sync.WaitGroup
}

// monitor is one supervisor of a talk.
type monitor struct {
	user *endpoints.Endpoint
	mode MonitorMode // by the lock of monitored, as port
	port *media.Port // in the bridge; nil: not yet
}

// Monitor rings a user's devices and lets him take part in the talk of a live
// session, or changes how he does already. It returns once it rings, or has
// changed; the session's log tells what comes of it. fs.ErrNotExist, ErrNoTalk,
// or *endpoints.Invalid for who is no user of the session's account.
func (s *Switchboard) Monitor(ctx context.Context, id string, u *endpoints.Endpoint, mode MonitorMode, by string) error {
	s.mu.Lock()
	c := s.live[id]
	s.mu.Unlock()
	if c == nil || c.journal.ended() {
		return fmt.Errorf("live session %q: %w", id, fs.ErrNotExist)
	}
	if u.Kind != endpoints.User || u.AccountID != c.account {
		return &endpoints.Invalid{Field: "endpointId", Text: "is no user of the session's account"}
	}
	switch mode {
	case Listen, Whisper, Barge:
	default:
		return &endpoints.Invalid{Field: "mode", Text: fmt.Sprintf("%.32q is none; there are %s, %s and %s", mode, Listen, Whisper, Barge)}
	}
	if err := c.commit(ctx, nil); err != nil {
		return err
	}
	return c.monitored.add(c, u, mode, by)
}

// add takes a supervisor in, or changes what one does.
func (d *monitored) add(c *call, u *endpoints.Endpoint, mode MonitorMode, by string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.talk == nil {
		return ErrNoTalk
	}
	if m := d.by[u.ID]; m != nil {
		if m.mode != mode {
			m.mode = mode
			c.journal.say("Supervisor %s: %s, by %s", u.DisplayName, mode, by)
			if m.port != nil {
				d.talk.bridge.Change(m.port, d.talk.part(mode))
			}
		}
		return nil
	}
	if len(d.by) >= maxMonitors {
		return &endpoints.Invalid{Field: "endpointId", Text: fmt.Sprintf("as many as %d listen already", maxMonitors)}
	}
	m := &monitor{user: u, mode: mode}
	d.by[u.ID] = m
	c.journal.say("Supervisor %s is rung: %s, by %s", u.DisplayName, mode, by)
	ctx, t := d.ctx, d.talk
	d.wg.Go(func() { d.run(ctx, c, t, m) })
	return nil
}

// part is how a supervisor takes part in the talk. Keys of his reach nobody.
func (t *talk) part(mode MonitorMode) media.Membership {
	p := media.Membership{OwnDigits: true}
	switch mode {
	case Listen:
		p.Muted = true
	case Whisper:
		p.Only = []*media.Port{t.own}
	}
	return p
}

// run rings the supervisor and keeps him in the talk until he hangs up, or it is over.
func (d *monitored) run(ctx context.Context, c *call, t *talk, m *monitor) {
	defer func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.by, m.user.ID)
	}()
	r := newRinging(ctx, c, flow.Dialling{Attempts: []flow.Attempt{{Target: flow.Target{Type: string(flow.UserType), Value: m.user.ID}, Timeout: monitorRings}}})
	defer r.end()
	for {
		select {
		case <-ctx.Done():
			return
		case n, more := <-r.news:
			if !more {
				c.journal.say("Supervisor %s does not listen: %s", m.user.DisplayName, r.result().Why)
				return
			}
			if n.answered {
				r.decide()
				d.joins(ctx, c, t, m, &n)
				return
			}
		}
	}
}

// joins keeps a supervisor who has answered in the talk.
func (d *monitored) joins(ctx context.Context, c *call, t *talk, m *monitor, n *news) {
	defer n.free()
	defer n.party.close(nil, nil)
	d.mu.Lock()
	m.port = n.party.audio.Port
	leave := t.bridge.JoinAs(m.port, t.part(m.mode))
	c.journal.say("Supervisor %s takes part: %s", m.user.DisplayName, m.mode)
	d.mu.Unlock()
	for digits := n.party.audio.Digits(); ; {
		select {
		case <-ctx.Done():
		case <-n.party.dialog.Context().Done():
		case _, ok := <-digits:
			if !ok {
				digits = nil
			}
			continue
		}
		break
	}
	d.mu.Lock()
	m.port = nil
	d.mu.Unlock()
	leave()
	c.journal.say("Supervisor %s is gone", m.user.DisplayName)
}

// begin opens a talk for supervisors, until the function that it returns is
// called: that ends them, and waits for it.
func (d *monitored) begin(ctx context.Context, t *talk) (end func()) {
	ctx, cancel := context.WithCancel(ctx)
	d.mu.Lock()
	d.talk, d.ctx, d.by = t, ctx, map[string]*monitor{}
	d.mu.Unlock()
	return sync.OnceFunc(func() {
		d.mu.Lock()
		d.talk = nil
		d.mu.Unlock()
		cancel()
		d.wg.Wait()
	})
}
