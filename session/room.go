package session

import (
	"context"
	"slices"
	"strings"
	"sync"

	"ringflow/endpoints"
	"ringflow/flow"
	"ringflow/media"
)

// rooms are the conferences that go on now, of all accounts. A room is there as
// long as somebody is in it, so there are never more than calls. mu guards what
// rooms and members say of themselves; nothing waits with it held.
type rooms struct {
	mu   sync.Mutex
	open map[roomKey]*room
}

// roomKey is the name by which callers of an account meet.
type roomKey struct{ account, name string }

// room is one conference: a bridge, who is in it, and a goroutine that tells
// who comes and goes. Its last member ends it, and waits for that goroutine.
type room struct {
	of     *rooms
	key    roomKey
	id     string
	bridge *media.Bridge
	cancel context.CancelFunc
	news   chan announcement
	silent chan struct{} // closed when nothing is told any more
	tape   *roomTape     // by mu; nil: nobody records

	members    []*member
	inside     int // of them are in the bridge
	moderators int
	endable    bool // it is over when the last moderator leaves
	over       bool
	untold     int // announcements that have not been heard to their end
}

// member is one caller in a room. What is under the room's lock others read;
// the rest belongs to the caller's goroutine.
type member struct {
	room    *room
	call    *call
	port    *media.Port
	conf    flow.Conference
	changed chan struct{} // something is new; 1 waits

	inside bool // in the bridge; by mu

	muted bool
	held  bool   // it has us on hold: some phones go on sending sound, such as music
	leave func() // the bridge; nil: not in it
}

// announcement is what all hear: a beep, and a text in the voice of a call's account.
type announcement struct {
	call *call
	text string
}

// maxUntold announcements wait to be heard. When fifty come at once, nobody
// wants to hear all of them.
const maxUntold = 6

// enter takes a party into a room, and makes the room if there is none; nil:
// it is full.
func (s *Switchboard) enter(c *call, port *media.Port, conf flow.Conference) *member {
	rs := &s.rooms
	key := roomKey{c.account, strings.ToLower(conf.Room)}
	rs.mu.Lock()
	defer rs.mu.Unlock()
	r := rs.open[key]
	if r != nil && len(r.members) >= conf.Max {
		return nil
	}
	if r == nil {
		r = s.newRoom(rs, key)
	}
	m := &member{room: r, call: c, port: port, conf: conf, changed: make(chan struct{}, 1), muted: conf.Muted}
	r.members = append(r.members, m)
	r.endable = r.endable || conf.EndsWithout
	if conf.Moderator {
		r.moderators++
		r.poke()
	}
	return m
}

// newRoom is called with the lock held.
func (s *Switchboard) newRoom(rs *rooms, key roomKey) *room {
	ctx, cancel := context.WithCancel(context.Background()) // its members end it
	r := &room{
		of: rs, key: key, id: endpoints.NewID(), bridge: media.NewBridge(s.Media.Pacer), cancel: cancel,
		news: make(chan announcement, maxUntold), silent: make(chan struct{}),
	}
	if rs.open == nil {
		rs.open = map[roomKey]*room{}
	}
	rs.open[key] = r
	s.wg.Go(func() { r.announce(ctx) })
	return r
}

// poke has every member look what is new. The lock is held.
func (r *room) poke() {
	for _, m := range r.members {
		select {
		case m.changed <- struct{}{}:
		default:
		}
	}
}

// tell has all hear something. The lock is held.
func (r *room) tell(a announcement) {
	select {
	case r.news <- a:
		r.untold++
	default: // there is enough to be heard already
	}
}

// announce plays what is told, one after the other. What can't be said is a
// beep all the same.
func (r *room) announce(ctx context.Context) {
	defer close(r.silent)
	for {
		select {
		case <-ctx.Done():
			return
		case a := <-r.news:
			r.bridge.Play(ctx, media.Beep()) //nolint:errcheck // the room is over
			if source, err := a.call.source(ctx, flow.Prompt{Text: a.text}); err == nil {
				r.bridge.Play(ctx, source) //nolint:errcheck // likewise
			} else if ctx.Err() == nil {
				a.call.journal.say("%q can't be said in the conference: %s", a.text, err)
			}
			r.of.mu.Lock()
			r.untold--
			r.poke()
			r.of.mu.Unlock()
		}
	}
}

// view is what a member sees of its room.
type view struct {
	over   bool
	waits  bool // for a moderator
	others int  // in the bridge
	spoken bool // the room itself speaks
	tapes  bool // it is up to the member to begin the recording
}

func (m *member) look() view {
	r := m.room
	r.of.mu.Lock()
	defer r.of.mu.Unlock()
	v := view{over: r.over, waits: m.conf.Wait && !m.inside && r.moderators == 0, others: r.inside, spoken: r.untold > 0}
	if m.inside {
		v.others--
	}
	if m.conf.Record && m.inside && v.others > 0 && r.tape == nil {
		r.tape, v.tapes = &roomTape{}, true // nobody else begins one
	}
	return v
}

// comeIn lets the member hear the others and be heard. It tells how many they are.
func (m *member) comeIn() (others int) {
	m.leave = m.room.bridge.JoinAs(m.port, m.membership())
	r := m.room
	r.of.mu.Lock()
	defer r.of.mu.Unlock()
	m.inside = true
	r.inside++
	others = r.inside - 1
	if m.conf.Announce && others > 0 {
		r.tell(announcement{m.call, m.conf.Name + flow.ConferenceJoined})
	}
	r.poke()
	return others
}

// membership: keys are for the room alone.
func (m *member) membership() media.Membership {
	return media.Membership{Muted: m.muted || m.held, OwnDigits: true}
}

// hear changes whether the others hear the member.
func (m *member) hear(muted, held bool) {
	m.muted, m.held = muted, held
	m.room.bridge.Change(m.port, m.membership())
}

// goOut takes the member out of the room; who is the last ends it, and gets
// what was recorded.
func (m *member) goOut() *roomTape {
	if m.leave != nil {
		m.leave()
	}
	r := m.room
	r.of.mu.Lock()
	r.members = slices.DeleteFunc(r.members, func(o *member) bool { return o == m })
	last := len(r.members) == 0
	if m.inside {
		r.inside--
	}
	if m.conf.Moderator {
		r.moderators--
	}
	if m.conf.Moderator && r.moderators == 0 && r.endable {
		r.over = true
	}
	if m.inside && m.conf.Announce && !r.over && r.inside > 0 {
		r.tell(announcement{m.call, m.conf.Name + flow.ConferenceLeft})
	}
	if (last || r.over) && r.of.open[r.key] == r {
		delete(r.of.open, r.key) // whoever comes now begins another
	}
	r.poke()
	tape := r.tape
	r.of.mu.Unlock()
	if !last {
		return nil
	}
	r.cancel()
	<-r.silent
	return tape
}
