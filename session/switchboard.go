package session

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"ringflow/endpoints"
	"ringflow/endpoints/sms"
	"ringflow/flow/fetch"
	"ringflow/media"
	"ringflow/sip"
)

// What a call is refused with before anything of it exists. Both are a 503
// with Retry-After, towards SIP and towards the API.
var (
	ErrFull     = errors.New("session: the server has as many calls as it may, or can, have")
	ErrDraining = errors.New("session: the server is going down and takes no new calls")
)

// Causes that end a call from outside its flow.
var (
	ErrShutdown = errors.New("session: the server stops")
	ErrKilled   = errors.New("session: ended from outside")
)

// Speaker makes speech of text; a speech.Chain is one.
type Speaker interface {
	Speak(ctx context.Context, text, voice string) (*media.Clip, error)
}

// Switchboard admits calls, keeps the list of live ones, and drains. Set the
// fields, then Start; it is the UA's Handler (Invite), Directory, Events and OnPhone (PhoneCame). The zero
// value of all but Store, UA, Media and Blob is useful.
type Switchboard struct {
	Store   Store
	UA      *sip.UA
	Media   *media.Engine
	Blob    Blob
	Speech  Speaker          // nil: text can't be spoken
	Ears    Listener         // nil: speech is not understood
	Clips   *media.ClipCache // nil: one of its own
	Apology *media.Clip      // heard after a fault of ours; nil: silence
	HTTP    *http.Client     // fetches audio from addresses; nil: GuardedClient
	Web     Web              // sends the requests of flows; nil: to public addresses only
	Mail    Mailer           // nil: no e-mail is sent
	Desk    *sms.Desk        // takes and sends texts; nil: none come or go. Set before the UA listens
	// Sends tells whether messages of a channel can leave this server; nil: all can.
	Sends func(endpoints.Channel) bool
	// Wake lets the outbox look for messages now; nil: it looks by itself.
	Wake func()
	Log  *zap.Logger
	Max  int // calls at once; 0: no limit of ours

	ctx     context.Context // of the calls
	cancel  context.CancelCauseFunc
	after   context.Context // of asynchronous branches: it outlives the calls
	stop    context.CancelCauseFunc
	wg      sync.WaitGroup // every goroutine but the writer's
	writer  *writer
	events  watchers
	cache   cache
	outs    outsideLimits
	trunks  trunkCalls
	rooms   rooms
	lots    lots
	pins    pins
	agents  agents
	lamps   lamps
	greeter greeter
	texts   textsWaiting
	chats   chats
	phones  registrations
	stats   counters

	reloading sync.Mutex
	rota      rota
	dir       atomic.Pointer[directory]

	mu       sync.Mutex
	live     map[string]*call // until their end has been saved
	now      int              // calls that have not ended
	branches int              // asynchronous branches at work
	draining bool
	late     bool          // the media clock can't keep up
	idle     chan struct{} // closed when the last call and branch end while draining
	parties  map[*party]struct{}
	asyncs   map[*call]struct{} // sessions as their branches at work have them
}

// Start reads the directory and starts what runs beside the calls: the writer
// of records, the heartbeat. They end with Shutdown.
func (s *Switchboard) Start(ctx context.Context) error {
	s.ctx, s.cancel = context.WithCancelCause(context.WithoutCancel(ctx))
	s.after, s.stop = context.WithCancelCause(context.WithoutCancel(ctx))
	s.live, s.parties, s.asyncs = map[string]*call{}, map[*party]struct{}{}, map[*call]struct{}{}
	s.cache.store = s.Store
	s.chats.wake, s.chats.slots, s.chats.claims = make(chan struct{}, 1), make(chan struct{}, maxChats), map[string]string{}
	if s.Clips == nil {
		s.Clips = media.NewClipCache(ownClips)
	}
	if s.HTTP == nil {
		s.HTTP = GuardedClient(nil)
	}
	if s.Web == nil {
		s.Web = &fetch.Client{}
	}
	if err := s.Reload(ctx); err != nil {
		return err
	}
	if err := s.loadAgents(ctx); err != nil {
		return err
	}
	s.knowPhones()
	unheard := s.unheard()
	s.writer = newWriter(s.Store, s.log())
	go s.writer.run()
	s.wg.Go(s.beat)
	s.wg.Go(s.tend)
	s.wg.Go(s.takeUp)
	s.wg.Go(func() { s.hearLeft(unheard) })
	s.wg.Go(s.retain)
	s.wg.Go(s.greet)
	s.wg.Go(s.hurryTexts)
	s.wg.Go(s.remind)
	s.wg.Go(s.runChats)
	return nil
}

// ownClips bounds the decoded audio kept when nobody gave a cache, in bytes.
const ownClips = 64 << 20

func (s *Switchboard) log() *zap.Logger {
	if s.Log == nil {
		return zap.NewNop()
	}
	return s.Log
}

// admit takes a call into the house. Children of live calls come in while
// draining too: a call that lives may go on to the next phone.
func (s *Switchboard) admit(child bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.draining && !child:
		s.stats.refusedDraining.Add(1)
		return ErrDraining
	case s.Max > 0 && s.now >= s.Max:
		s.stats.refusedFull.Add(1)
		return ErrFull
	case s.late && !child:
		s.stats.refusedLate.Add(1)
		return ErrFull
	}
	s.now++
	return nil
}

// discharge gives an admission back.
func (s *Switchboard) discharge() { s.count(&s.now, -1) }

// count changes how many calls or branches there are. Who drains waits until
// there are none.
func (s *Switchboard) count(what *int, by int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	*what += by
	if s.now+s.branches == 0 && s.idle != nil {
		close(s.idle)
		s.idle = nil
	}
}

// open puts an admitted call on the list and its record into the store.
func (s *Switchboard) open(c *call) {
	s.mu.Lock()
	s.live[c.id] = c
	s.mu.Unlock()
	s.stats.started.Add(1)
	c.journal.open()
}

// done is called when a call is over; forget when that has been saved too.
func (s *Switchboard) done(*call) { s.discharge() }

func (s *Switchboard) forget(c *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.live, c.id)
}

// Live lists the live sessions of these accounts (nil: of all), oldest first.
func (s *Switchboard) Live(accountIDs []string) []*Record {
	var out []*Record
	for _, c := range s.calls() {
		r := c.snapshot()
		if r.Ended.IsZero() && (accountIDs == nil || slices.Contains(accountIDs, r.AccountID)) {
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b *Record) int {
		return cmp.Or(a.Started.Compare(b.Started), cmp.Compare(a.ID, b.ID))
	})
	return out
}

func (s *Switchboard) calls() []*call {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]*call, 0, len(s.live))
	for _, c := range s.live {
		out = append(out, c)
	}
	return out
}

// Get is a snapshot of a session that is live, or whose end is not in the
// store yet. fs.ErrNotExist: ask the store.
func (s *Switchboard) Get(id string) (*Record, error) {
	s.mu.Lock()
	c := s.live[id]
	s.mu.Unlock()
	if c == nil {
		return nil, fmt.Errorf("live session %q: %w", id, fs.ErrNotExist)
	}
	return c.snapshot(), nil
}

// End hangs a live session up. why stands in its log. fs.ErrNotExist.
func (s *Switchboard) End(ctx context.Context, id, why string) error {
	s.mu.Lock()
	c := s.live[id]
	s.mu.Unlock()
	if c == nil || c.journal.ended() {
		return fmt.Errorf("live session %q: %w", id, fs.ErrNotExist)
	}
	if why == "" {
		why = "ended from outside"
	}
	if err := c.commit(ctx, nil); err != nil {
		return err
	}
	c.journal.say("Hung up: %s", why)
	c.cancel(ErrKilled)
	return nil
}

// Watch follows a session's events; an empty id follows all sessions. A
// listener that doesn't keep up is dropped: its channel is closed.
func (s *Switchboard) Watch(sessionID string) (<-chan Event, func()) {
	return s.events.watch(sessionID)
}

// Events are what happens to all sessions, agents and phones.
func (s *Switchboard) Events() *Feed { return &s.events.feed }

// Draining tells whether new calls are refused.
func (s *Switchboard) Draining() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.draining
}

// Drain refuses new calls and waits until the last one is over, with what its
// flow still does asynchronously, or ctx ends.
func (s *Switchboard) Drain(ctx context.Context) error {
	s.mu.Lock()
	s.draining = true
	var idle chan struct{}
	if s.now+s.branches > 0 {
		if s.idle == nil {
			s.idle = make(chan struct{})
		}
		idle = s.idle
	}
	s.mu.Unlock()
	if idle == nil {
		return nil
	}
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		s.mu.Lock()
		defer s.mu.Unlock()
		return fmt.Errorf("%d calls and %d asynchronous branches were not over: %w", s.now, s.branches, context.Cause(ctx))
	}
}

// Shutdown ends every call with cause (nil: ErrShutdown), waits for all that the
// switchboard started, and saves what there is to save.
func (s *Switchboard) Shutdown(cause error) {
	if s.cancel == nil {
		return
	}
	if cause == nil {
		cause = ErrShutdown
	}
	s.mu.Lock()
	s.draining = true
	s.mu.Unlock()
	s.cancel(cause)
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTime)
	defer cancel()
	s.Drain(ctx) //nolint:errcheck // what is still up after that time is logged by its own end
	s.settleChats(ctx)
	s.stop(cause)
	s.wg.Wait()
	s.Web.Close()
	s.writer.close()
	s.events.close()
}

// shutdownTime is how long calls may take to hang up when the server stops, and
// their branches to come to an end.
const shutdownTime = 5 * time.Second

// jitter spreads the Retry-After of refused calls, in seconds.
func jitter() int { return rand.IntN(26) }
