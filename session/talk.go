package session

import (
	"context"
	"errors"
	"sync"
	"time"

	"ringflow/flow"
	"ringflow/media"
)

// talk joins the party on the line with another one.
type talk struct {
	l      *line
	far    *party // whose sound the caller hears
	bridge *media.Bridge
	leave  []func()
	sounds sync.WaitGroup // played to both
	own    *media.Port    // of the account's user: whom a supervisor whispers to

	// Once the two talk. What follows is the talk's goroutine's but for the channels.
	ctx      context.Context
	seats    [2]*guest
	verbs    chan func()   // asked for by others: see handover.go
	over     chan struct{} // closed when no more are taken
	hold     *holds        // nil: the two are parted
	alone    func()        // ends whoever listens to them; nil: nobody may
	tape     *tape         // nil: nothing is recorded
	move     *move         // a transfer that is under way; nil: none
	replaced bool          // the flow's own party has left: the talk's end is the flow's
	given    bool          // one of the two has been given away
	back     <-chan struct{}
	parts    map[*party]part // how those in the bridge take part, but for those who just do

	// Of a conference (gather.go).
	gathered bool     // it is one
	more     []*guest // who takes part beside the two
	leaves   map[*party]func()
	musics   map[*party]func() // of those of them who are on hold
	coming   int               // are rung to take part
	live     context.Context   // ends with run
}

func newTalk(l *line) *talk {
	return &talk{l: l, verbs: make(chan func()), over: make(chan struct{})}
}

// join connects the two ports, once.
func (t *talk) join(far *party) {
	if t.far == far {
		return
	}
	t.end()
	t.connect(t.l.party, far)
	t.far = far
}

func (t *talk) connect(a, b *party) {
	t.bridge = media.NewBridge(t.l.s.Media.Pacer)
	t.leave = []func(){t.bridge.Join(a.audio.Port), t.bridge.Join(b.audio.Port)}
	t.parts = map[*party]part{}
	for _, g := range t.more {
		t.seatMore(g)
	}
}

// end parts them; both ports are still there.
func (t *talk) end() {
	for _, f := range t.leave {
		f()
	}
	for _, g := range t.more {
		t.unseatMore(g)
	}
	t.leave, t.far = nil, nil
}

// meet lets the two who sit here talk; separate ends that.
func (t *talk) meet() {
	t.end()
	t.connect(t.seats[nearSeat].party, t.seats[farSeat].party)
	t.begins()
}

// begins is what goes with two who talk: music while one holds, supervisors.
func (t *talk) begins() {
	near, far := t.seats[nearSeat], t.seats[farSeat]
	t.own = far.audio.Port
	if far.by.EndpointID == "" && t.l.call.caller != nil { // a user who called outside
		t.own = near.audio.Port
	}
	t.alone = t.l.call.monitored.begin(t.ctx, t)
	t.hold = t.holds()
	t.shows()
}

func (t *talk) separate() {
	if t.hold != nil {
		t.hold.end()
		t.hold = nil
	}
	if t.alone != nil {
		t.alone()
		t.alone = nil
	}
	t.end()
}

// overs are closed when one of the two is gone. Of the flow's own party its context
// tells; who transfers the other may go.
func (t *talk) overs() (near, far <-chan struct{}) {
	if t.replaced || t.l.isLoose() {
		near = t.seats[nearSeat].dialog.Context().Done()
	}
	far = t.seats[farSeat].dialog.Context().Done()
	if t.move != nil {
		if t.move.by == nearSeat {
			near = nil
		} else {
			far = nil
		}
	}
	return near, far
}

// run lets the two talk until one of them hangs up or the time is over. It ends far.
func (t *talk) run(ctx context.Context, far *guest, d flow.Dialling, res flow.DialResult) (flow.DialResult, error) {
	l := t.l
	started := time.Now()
	t.ctx = ctx
	t.seats = [2]*guest{{party: l.party, name: "the caller", by: l.who(), back: func() {}}, far}
	for _, g := range t.seats {
		g.party.talk.Store(t)
	}
	if t.far != far.party {
		t.end()
		t.join(far.party)
	}
	defer t.close()
	l.journal.say("Connected with %s", far.name)

	if d.Record {
		t.tape = l.call.recordTalk(l.party, far.party, d)
	}
	var limit, warn <-chan time.Time
	if d.MaxDuration > 0 {
		timer := time.NewTimer(d.MaxDuration)
		defer timer.Stop()
		limit = timer.C
	}
	if d.Warning > 0 && d.Warning < d.MaxDuration {
		timer := time.NewTimer(d.MaxDuration - d.Warning)
		defer timer.Stop()
		warn = timer.C
	}
	playing, stop := context.WithCancel(ctx)
	t.live = playing
	defer func() { stop(); t.sounds.Wait() }()

	var err error
	t.begins()
	l.call.talk.Store(t)
	digits := [2]int{}
	for res.Ended == flow.Nobody && err == nil && !t.given {
		nearOver, farOver := t.overs()
		select {
		case <-ctx.Done():
			err = context.Cause(ctx)
			if res.Ended = flow.Near; !errors.Is(err, flow.ErrHungUp) {
				res.Ended = flow.Nobody
			}
		case <-nearOver:
			if t.moveUp(nearSeat) {
				continue
			}
			res.Ended = flow.Near
			err = &hungUp{context.Cause(t.seats[nearSeat].dialog.Context())}
		case <-farOver:
			if t.moveUp(farSeat) {
				continue
			}
			res.Ended = flow.Far
		case f := <-t.verbs:
			f()
		case <-t.seats[nearSeat].audio.Held():
			t.look()
		case <-t.seats[farSeat].audio.Held():
			t.look()
		case <-warn:
			l.journal.say("Both hear a beep: %s of the call are left", seconds(d.Warning))
			both := t.bridge
			t.sounds.Go(func() { both.Play(playing, media.Beep()) }) //nolint:errcheck // ended by stop at the latest
		case <-limit:
			res.Ended = flow.Limit
			l.journal.say("Limit: the call to %s has lasted %s", t.seats[farSeat].name, seconds(d.MaxDuration))
		case <-t.seats[nearSeat].audio.Digits():
			digits[nearSeat]++
		case <-t.seats[farSeat].audio.Digits():
			digits[farSeat]++
		}
	}
	res.Duration = time.Since(started)
	t.separate()
	name := t.seats[farSeat].name
	if digits[0]+digits[1] > 0 {
		l.journal.say("Digits while they talked: %d by the caller, %d by %s", digits[0], digits[1], name)
	}
	switch {
	case t.given:
		l.journal.say("Talked with %s for %s", name, seconds(res.Duration))
		res.Ended = flow.Near
	case res.Ended == flow.Far:
		l.journal.say("%s hung up after %s", name, seconds(res.Duration))
	case res.Ended == flow.Near:
		l.journal.say("Talked with %s for %s", name, seconds(res.Duration))
	}
	if t.tape != nil {
		res.Recording = t.tape.keep()
	}
	t.close()
	if t.back != nil {
		l.awaitBack(ctx, t.back) //nolint:errcheck // the flow ends, whatever it was
	}
	if (t.given || t.replaced) && err == nil {
		err = &hungUp{errMoved}
	}
	if l.isLoose() {
		if err != nil {
			l.cancel(err)
		} else {
			l.tie(l.cancel) // its flow goes on with who is on the line
		}
	}
	return res, err
}

// errMoved ends a flow whose party is in another call now.
var errMoved = errors.New("the call went on elsewhere")

func (t *talk) look() {
	if t.hold != nil {
		t.hold.look()
		t.lookMore()
	}
}

// close ends the talk for whoever asks for something, and whoever is left over. A second
// time it does nothing.
func (t *talk) close() {
	select {
	case <-t.over:
		return
	default:
	}
	close(t.over)
	if t.move != nil {
		t.move.end(errTalkOver)
		t.move = nil
	}
	t.separate()
	c := t.l.call
	c.talk.CompareAndSwap(t, nil)
	c.presence.talks()
	c.holding.Store(nil)
	if t.gathered {
		c.conference.Store(nil)
	}
	for _, g := range append(t.more, t.seats[farSeat], t.seats[nearSeat]) {
		g.leaves(t)
		g.end(nil)
	}
	t.more = nil
}

// shows tells readers who talks.
func (t *talk) shows() { t.l.call.presence.talks(t.guests()...) }
