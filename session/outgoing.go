package session

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"ringflow/endpoints"
	"ringflow/flow"
)

// OutgoingCall is a call that the API asks for.
type OutgoingCall struct {
	ID           string // of the session; empty: a new one
	AccountID    string // empty: the flow's
	FlowID       string
	NumberToDial string
	CallerID     string // empty: picked by the rules
	CreatedBy    string // e-mail of the login
	FlowParams   map[string]endpoints.Value
	CustomerID   string              // whose call it is; empty: that of the number that is shown
	Ring         time.Duration       // how long the far end may ring; 0: outgoingRing
	Detect       Detect              // whether a machine answers, before the flow runs
	Callback     *endpoints.Callback // told what becomes of it; nil: nobody
}

// Detect is how to find out who answers.
type Detect string

const (
	DetectNot  Detect = ""
	DetectWho  Detect = "Detect" // as soon as it can be told
	DetectBeep Detect = "Beep"   // and of a machine, once its beep has been heard
)

// detectTime is how long it may take to tell a person from a machine; with a beep, detectBeep.
const (
	detectTime = 5 * time.Second
	detectBeep = 30 * time.Second
)

// outgoingRing is how long the far end may ring.
const (
	outgoingRing = 60 * time.Second
	longestRing  = 5 * time.Minute
)

// Outgoing calls o.NumberToDial and runs o.FlowID once it is answered. All that
// can be refused is refused before anything is dialled: *endpoints.Invalid,
// fs.ErrNotExist, fs.ErrPermission, ErrFull, ErrDraining. The call itself runs
// on after Outgoing has returned its record; what becomes of it is in there.
func (s *Switchboard) Outgoing(ctx context.Context, o OutgoingCall) (*Record, error) {
	p, err := s.checkOutgoing(ctx, &o)
	if err != nil {
		return nil, err
	}
	if err := s.admit(false); err != nil {
		return nil, err
	}
	p.id = o.ID
	c := s.newCall(ctx, p)
	line, _ := c.journal.add("%s asks for a call to %s as %s, then flow %q", whoAsks(o.CreatedBy), p.to, p.from.Address, p.flow.Name)
	kept := make(chan struct{}) // the disk takes its time: all is made ready meanwhile, up to the INVITE
	r := ringFor(c.ctx, c, o.dialling(), ringOptions{kept: kept})
	if err := s.keep(c); err != nil {
		r.end()
		return nil, err
	}
	s.open(c)
	c.journal.tell(Logged, line)
	rec := c.journal.snapshot()
	close(kept)
	s.wg.Go(func() { c.runOutgoing(o, r) })
	return rec, nil
}

// keep saves c before it begins: what the API has accepted outlives us.
func (s *Switchboard) keep(c *call) error {
	err := s.writer.saveNow(c.journal)
	if err != nil {
		err = fmt.Errorf("keep the session: %w", err)
		c.cancel(err)
		s.discharge()
	}
	return err
}

// checkOutgoing finds what can be refused now; what it leaves in o is normalised.
func (s *Switchboard) checkOutgoing(ctx context.Context, o *OutgoingCall) (spec, error) {
	if s.Draining() {
		return spec{}, ErrDraining
	}
	if o.Ring < 0 || o.Ring > longestRing {
		return spec{}, &endpoints.Invalid{Field: "ringTimeout", Text: fmt.Sprintf("is not between 1 and %d seconds", longestRing/time.Second)}
	}
	f, program, err := s.program(ctx, o.FlowID)
	var broken *unrunnable
	switch {
	case o.FlowID == "":
		return spec{}, &endpoints.Invalid{Field: "flowId", Text: "is missing: which flow is to run when the call is answered?"}
	case errors.As(err, &broken):
		return spec{}, &endpoints.Invalid{Field: "flowId", Text: broken.Error()}
	case err != nil:
		return spec{}, err
	case o.AccountID != "" && f.AccountID != o.AccountID:
		return spec{}, fmt.Errorf("flow %s: %w", o.FlowID, fs.ErrNotExist)
	}
	settings, err := s.cache.settingsOf(ctx, f.AccountID)
	if err != nil {
		return spec{}, err
	}
	to, err := s.cache.parse(o.NumberToDial, settings.DefaultCountry)
	if err != nil {
		return spec{}, &endpoints.Invalid{Field: "numberToDial", Text: fmt.Sprintf("%.64q is not a telephone number; write it as +18005550100, or as it is dialled in %s", o.NumberToDial, settings.DefaultCountry)}
	}
	c := &call{s: s, account: f.AccountID, settings: settings}
	shown, err := c.callerID(ctx, strings.TrimSpace(o.CallerID))
	if err != nil {
		var i *endpoints.Invalid
		if !errors.As(err, &i) {
			err = &endpoints.Invalid{Field: "callerId", Text: err.Error()}
		}
		return spec{}, err
	}
	if _, err := s.cache.number(ctx, to); errors.Is(err, fs.ErrNotExist) {
		if err := s.cache.allowedOutside(settings, to); errors.Is(err, endpoints.ErrNotNumber) {
			return spec{}, &endpoints.Invalid{Field: "numberToDial", Text: words(err).Error()}
		} else if err != nil {
			return spec{}, fmt.Errorf("numberToDial: %w: %w", words(err), fs.ErrPermission)
		}
	} else if err != nil {
		return spec{}, err
	}
	p := spec{
		direction: Outgoing, flow: f, program: program, settings: settings, account: f.AccountID, params: o.FlowParams,
		from: flow.Party{Address: shown}, to: to, destination: o.NumberToDial, createdBy: o.CreatedBy, callback: o.Callback,
	}
	if ep, err := s.cache.number(ctx, shown); err == nil && ep.AccountID == f.AccountID {
		p.endpoint = ep // the fields of the number that we show
		if p.params == nil {
			p.params = s.paramsOf(ctx, ep, settings, f.ID)
		}
	}
	if o.CustomerID != "" {
		p.customers, err = s.cache.customerLine(ctx, o.CustomerID)
		if err == nil && p.customers[0].AccountID != f.AccountID {
			err = fs.ErrNotExist // another account's things do not exist here
		}
		if err != nil {
			return spec{}, fmt.Errorf("customer %s: %w", o.CustomerID, err)
		}
	}
	o.NumberToDial, o.CallerID = to, shown
	return p, nil
}

// paramsOf are what an endpoint gives to the flow if it is its own: that of its
// schedule's state, or the one that it has without a schedule.
func (s *Switchboard) paramsOf(ctx context.Context, ep *endpoints.Endpoint, settings *endpoints.Settings, flowID string) map[string]endpoints.Value {
	if id, params, _, err := s.flowNow(ctx, ep, settings); err == nil && id == flowID {
		return params
	}
	if ep.FlowID == flowID {
		return ep.FlowParams
	}
	return nil
}

// dialling is how o's number is dialled.
func (o *OutgoingCall) dialling() flow.Dialling {
	return flow.Dialling{CallerID: o.CallerID, Attempts: []flow.Attempt{{
		Target: flow.Target{Type: string(flow.StringType), Value: o.NumberToDial}, Timeout: cmp.Or(o.Ring, outgoingRing),
	}}}
}

// runOutgoing waits for r, and runs the flow when somebody answers. From there on it
// is the life of a call that came in.
func (c *call) runOutgoing(o OutgoingCall, r *ringing) {
	defer r.end()
	rang := false
	for {
		select {
		case n, more := <-r.news:
			switch {
			case !more:
				c.unanswered(r.result(), nil)
				return
			case n.answered:
				defer n.free()
				c.runAnswered(n.party, o.Detect)
				return
			case !rang:
				rang = true
				c.journal.update(func(r *Record) { r.Rang = time.Now().UTC() })
			}
		case <-c.ctx.Done():
			c.unanswered(r.result(), context.Cause(c.ctx))
			return
		}
	}
}

// unanswered ends an outgoing call that nobody took: its flow never runs.
func (c *call) unanswered(res flow.DialResult, cause error) {
	outcome := res.Status
	if cause != nil {
		outcome = Cancelled
		c.journal.say("Ended before the answer: %s", endWords(cause))
	} else {
		c.journal.say("Not answered: %s (%s)", res.Status, res.Why)
	}
	c.end(outcome)
}

func (c *call) runAnswered(p *party, detect Detect) {
	l := &line{call: c, party: p, isUp: true}
	c.journal.update(func(r *Record) { r.SipCallID = p.dialog.CallID() })
	c.session.SipCallID = p.dialog.CallID()
	c.nowAnswered()
	var res flow.Result
	defer func() { c.finish(l, res) }()
	c.detect(l, detect)
	res = c.run(l)
}

// detect finds out who has answered, before the flow runs.
func (c *call) detect(l *line, how Detect) {
	if how == DetectNot {
		return
	}
	limit := detectTime
	if how == DetectBeep {
		limit = detectBeep
	}
	ctx, cancel := context.WithCancel(c.ctx)
	defer cancel()
	defer context.AfterFunc(l.dialog.Context(), cancel)()
	d, err := l.DetectMachine(ctx, limit, how == DetectBeep)
	if err != nil {
		return // who has gone tells the run
	}
	c.journal.say("Answered by: %s (%s)", d.Who, d.Evidence)
	c.session.DetectedAs = d.Who
	c.journal.update(func(r *Record) { r.Machine, r.Detected = d.Who, time.Now().UTC() })
}

func whoAsks(createdBy string) string {
	if createdBy == "" {
		return "The API"
	}
	return createdBy
}
