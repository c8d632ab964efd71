package session

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"ringflow/endpoints"
	"ringflow/flow"
	"ringflow/sip"
)

// call is one live session: on whose behalf which flow runs. Its dialogs and
// ports are parties, its record is the journal, its flow an execution; this
// only ties them together and ends them.
type call struct {
	s       *Switchboard
	id      string
	journal *journal
	parent  *call         // of a child session
	depth   int           // of children inside of children
	kin     *atomic.Int32 // children so far, of all calls inside of the same outermost one
	hops    int           // Max-Forwards that is left for whoever is dialled; 0: as many as usual

	account   string
	settings  *endpoints.Settings
	endpoint  *endpoints.Endpoint   // the flow runs for it; nil: an outgoing call from no number of ours
	customers []*endpoints.Customer // the session's, and those above it; none: it has none
	caller    *endpoints.Endpoint   // the user who calls; nil: somebody else
	taker     *endpoints.Endpoint   // the user who answered; nil: none yet
	flow      *flow.Flow
	program   *flow.Program
	params    map[string]endpoints.Value
	state     string     // of the schedule that chose the flow; empty: none did
	clock     clock      // the account's
	shown     *sip.Party // who is on the line, to our own users; nil: as the session's From

	running    *flow.Execution        // of the flow, while it runs
	armed      map[awaited]*arming    // branches that wait for recordings, by file; on the flow's goroutine only
	near       atomic.Pointer[party]  // who is on the line, once the flow runs
	queue      atomic.Pointer[queued] // how it stands in a queue; nil: it is in none
	monitored  monitored              // the talk that goes on, and its supervisors
	conference atomic.Pointer[string] // id of the one that it is in; nil: none
	holding    atomic.Pointer[holding]
	talk       atomic.Pointer[talk] // that goes on; nil: nobody talks
	presence   presence
	away       away                   // where the call goes when somebody redirects it
	console    atomic.Pointer[string] // ConsoleData that a console has set, until the flow's goroutine takes it
	asks       string                 // the caller ID that who asked for the call wants; empty: as the flow says
	tape       *tape                  // of the call as a whole; nil: none runs; on the flow's goroutine only
	hush       hush                   // secret digits are being typed
	session    *flow.Session          // built-in fields; written on the flow's goroutine only
	ctx        context.Context
	cancel     context.CancelCauseFunc
}

// spec is what is known of a call before it exists.
type spec struct {
	id                 string // empty: a new one
	parent             *call
	direction          Direction
	endpoint, caller   *endpoints.Endpoint
	flow               *flow.Flow
	program            *flow.Program
	unrunnable         error // why there is no program
	state              string
	settings           *endpoints.Settings
	params             map[string]endpoints.Value
	from               flow.Party
	to, destination    string
	sipCallID          string
	header             map[string]string
	forwardedFrom      string
	stirVerstat        string
	createdBy, account string
	hops               int
	shown              *sip.Party            // the caller as our own users see it; nil: from
	asks               string                // the caller ID for outside; empty: by the rules
	customers          []*endpoints.Customer // nil: the endpoint's
	callback           *endpoints.Callback   // told what becomes of it; nil: nobody
}

// newCall makes a call of its spec; open makes it known.
func (s *Switchboard) newCall(ctx context.Context, p spec) *call {
	c := &call{
		s: s, id: cmp.Or(p.id, endpoints.NewID()), parent: p.parent, account: p.account, hops: p.hops, settings: p.settings, endpoint: p.endpoint, caller: p.caller,
		flow: p.flow, program: p.program, params: p.params, state: p.state, clock: newClock(p.settings), shown: p.shown, asks: p.asks,
	}
	c.kin = new(atomic.Int32)
	if p.parent != nil {
		c.depth, c.kin = p.parent.depth+1, p.parent.kin
	}
	if c.customers = p.customers; c.customers == nil && p.endpoint != nil {
		var err error
		if c.customers, err = s.cache.customerLine(ctx, p.endpoint.CustomerID); err != nil {
			s.log().Error("the customer of an endpoint can't be read", zap.String("endpoint", p.endpoint.ID), zap.Error(err))
		}
	}
	c.ctx, c.cancel = context.WithCancelCause(s.ctx)
	c.fillRecord(p)
	return c
}

func (c *call) fillRecord(p spec) {
	rec := Record{
		ID: c.id, AccountID: p.account, Channel: string(flow.Voice), Direction: p.direction, CallState: Ringing,
		FlowID: p.flow.ID, FlowName: p.flow.Name, FlowVersion: p.flow.Version,
		FromAddress: p.from.Address, FromName: p.from.Name, ToAddress: p.to, Destination: p.destination,
		SipCallID: p.sipCallID, CreatedBy: p.createdBy, Callback: p.callback,
	}
	if p.endpoint != nil {
		rec.EndpointID, rec.EndpointName = p.endpoint.ID, p.endpoint.DisplayName
	}
	if cust := c.customer(); cust != nil {
		rec.CustomerID, rec.CustomerName = cust.ID, cust.Name
	}
	if c.parent != nil {
		rec.ParentSessionID = c.parent.id
	}
	c.journal = newJournal(c.s.writer, &c.s.events, rec, func() { c.s.forget(c) })
	started := c.journal.rec.Started
	c.session = &flow.Session{
		ID: c.id, Channel: string(flow.Voice), Direction: string(p.direction), Started: started,
		FromAddress: rec.FromAddress, FromName: rec.FromName, CallerName: rec.FromName, ToAddress: rec.ToAddress, Destination: rec.Destination,
		EndpointID: rec.EndpointID, EndpointName: rec.EndpointName, CustomerID: rec.CustomerID, CustomerName: rec.CustomerName,
		FlowID: rec.FlowID, FlowName: rec.FlowName, SipCallID: rec.SipCallID, ParentSessionID: rec.ParentSessionID,
		SipHeader: p.header, MusicOnHold: c.music(), ForwardedFrom: p.forwardedFrom, StirVerstat: p.stirVerstat, Diversion: p.header["Diversion"],
	}
}

// customer is the session's; nil: it has none.
func (c *call) customer() *endpoints.Customer {
	if len(c.customers) == 0 {
		return nil
	}
	return c.customers[0]
}

// snapshot is the record as it is now.
func (c *call) snapshot() *Record {
	r := c.journal.snapshot()
	if p := c.near.Load(); p != nil && r.CallState == Connected && p.onHold() {
		r.CallState = Hold
	}
	if id := c.conference.Load(); id != nil {
		r.ConferenceID = *id
	}
	r.Members = c.members(r)
	if h := c.holding.Load(); h != nil && r.CallState == Hold {
		r.HeldByUserID, r.HoldReason = h.by, h.reason
	}
	if q := c.queue.Load(); q != nil {
		r.QueueState, r.QueueMemberID = q.state, q.member
		if r.QueueState == QueueConnected && r.CallState == Hold {
			r.QueueState = QueueHold
		}
	}
	c.count(r)
	return r
}

// nowAnswered notes that the party on the line has been answered.
func (c *call) nowAnswered() {
	now := time.Now().UTC()
	c.session.Answered = now
	c.journal.update(func(r *Record) { r.Answered, r.CallState = now, Connected })
	c.journal.say("Answered")
	c.journal.tell(Answered, "")
}

// answeredBy notes who took a Dial.
func (c *call) answeredBy(ctx context.Context, w *route) {
	c.answeredAs(w.by.Name)
	if w.by.EndpointID != "" {
		if e, err := c.s.cache.endpoint(ctx, w.by.EndpointID); err == nil && e.Kind == endpoints.User {
			c.taker = e
		}
	}
}

// answeredAs is who is on the other side now.
func (c *call) answeredAs(name string) {
	c.session.AnsweredByName = name
	c.journal.update(func(r *Record) { r.AnsweredByName = name })
}

// run runs the call's flow on l, in this goroutine, and ends with the leg: it
// is the same for a call that came in and for one that went out.
func (c *call) run(l *line) flow.Result {
	c.near.Store(l.party)
	ctx, cancel := context.WithCancelCause(c.ctx)
	defer cancel(nil)
	l.tie(cancel)
	defer l.loose()
	c.away.next(cancel)
	defer c.away.close()
	c.journal.say("Flow %q, version %d, starts%s", c.flow.Name, c.flow.Version, c.scheduleWords())
	res := c.execute(ctx, l)
	if res.End == flow.Failed && l.isUp && ctx.Err() == nil {
		c.apologise(ctx, l)
	}
	res = c.redirected(l, res)
	l.StopTape()
	return res
}

// execute runs the program. A panic in a node is a fault of this call only.
func (c *call) execute(ctx context.Context, l *line) (res flow.Result) {
	defer func() {
		if p := recover(); p != nil {
			c.s.stats.panics.Add(1)
			c.s.log().Error("a flow panicked", zap.String("session", c.id), zap.String("flow", c.flow.ID),
				zap.Any("panic", p), zap.ByteString("stack", debug.Stack()))
			res = flow.Result{End: flow.Failed, Outcome: Error, Refuse: flow.RefuseError, Err: fmt.Errorf("internal: %v", p)}
		}
	}()
	x := c.execution()
	x.Line, x.Session = l, c.session
	c.running = x
	defer func() { c.running = nil }()
	res, err := c.program.Run(ctx, x)
	if err != nil {
		c.s.log().Error("a flow could not start", zap.String("session", c.id), zap.String("flow", c.flow.ID), zap.Error(err))
		return flow.Result{End: flow.Failed, Outcome: Error, Refuse: flow.RefuseError, Err: err}
	}
	return res
}

// execution is what a flow of this call may reach, in the call or in an
// asynchronous branch of it.
func (c *call) execution() *flow.Execution {
	return &flow.Execution{
		Clock: c.clock, Params: flowValues(c.params), Fields: &fields{c}, Flows: flows{c}, Schedules: schedules{c},
		HTTP: c.s.Web.For(c.account), Cookies: cookies{c}, Finder: finder{c}, CallCentre: centre{c}, Messages: messages{c, c.writeNow}, Numbers: endpoints.Country(c.settings.DefaultCountry),
		Limits: flow.Limits{Steps: c.settings.MaxSteps, StepsNoWait: c.settings.MaxStepsNoWait, Call: c.settings.MaxCallDuration},
		Trace:  c.trace, Say: c.journal.say, Async: c.branch, Log: c.s.log(),
	}
}

func (c *call) trace(st flow.Step) {
	c.consoleSet()
	for _, line := range st.Lines() {
		c.journal.say("%s", line)
	}
}

// apologise is what a caller hears when we are at fault.
func (c *call) apologise(ctx context.Context, l *line) {
	clip := c.s.Apology
	if clip == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if err := l.sound(ctx, clip.Source(1)); err == nil {
		c.journal.say("Said the apology for a fault of ours")
	}
}

// finish ends the call after its flow: it hangs up, closes the record and
// logs the call's end, once.
func (c *call) finish(l *line, res flow.Result) {
	c.consoleSet()
	switch {
	case l.isUp, l.status != nil:
	case errors.Is(context.Cause(c.ctx), errRefused):
		l.status = refusal("Declined")
	case res.Refuse != "":
		l.status = refusal(string(res.Refuse))
	default:
		l.status = refusal("")
	}
	outcome := c.outcome(l, res)
	if errors.Is(context.Cause(c.ctx), ErrShutdown) {
		c.journal.say("Hung up: the server stops")
	}
	if res.End == flow.Failed && res.Err != nil {
		c.journal.say("Error: %s", res.Err)
	}
	missed := !l.isUp && c.caller == nil && c.journal.direction() == Incoming
	c.journal.update(func(r *Record) {
		r.FromName, r.ConsoleData, r.Outcome, r.WasMissed = c.session.FromName, c.session.ConsoleData, outcome, missed
	})
	l.close(l.status, nil)
	c.end(outcome)
}

// end closes the record.
func (c *call) end(outcome string) {
	c.cancel(errCallOver)
	c.journal.say("Ended: %s", outcome)
	c.journal.close(outcome)
	c.s.stats.ended.Add(1)
	c.s.done(c)
	if l := c.s.log(); l.Core().Enabled(zap.InfoLevel) {
		r := c.journal.snapshot()
		l.Info("call ended", zap.Object("call", r))
	}
}

var errCallOver = errors.New("the call is over")

// outcome is the session's: the flow's own word, else how it went.
func (c *call) outcome(l *line, res flow.Result) string {
	cause := context.Cause(c.ctx)
	switch {
	case errors.Is(cause, errRefused):
		return Rejected
	case errors.Is(cause, ErrKilled), errors.Is(cause, ErrShutdown):
		return Cancelled
	case l.status != nil && l.status.Code == 488:
		return Failed // we don't speak what the caller speaks: no fault of ours
	case res.Outcome != "":
		return res.Outcome
	case res.End == flow.Failed:
		return Error
	case res.End == flow.Limited:
		return LimitedOut
	case l.isUp:
		return Completed
	case res.End == flow.HungUp:
		return Cancelled
	case res.LastDial != "" && res.LastDial != flow.DialAnswered:
		return res.LastDial
	case res.Refuse == flow.RefuseUnavailable || res.Refuse == "":
		return NoAnswer
	case res.Refuse == flow.RefuseBusy:
		return Busy
	case res.Refuse == flow.RefuseError:
		return Error
	}
	return Rejected
}
