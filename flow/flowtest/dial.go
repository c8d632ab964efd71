package flowtest

import (
	"context"
	"strconv"
	"time"

	"ringflow/flow"
)

// Party is somebody in the world: what happens when it is dialled. One that
// answers says after how long, and how long it talks before it hangs up (0:
// until somebody else ends the call). One that is not in the world rings for ever.
type Party struct {
	Name    string         `yaml:"name"`
	Answers time.Duration  `yaml:"answers"`
	Talks   time.Duration  `yaml:"talks"`
	Busy    *time.Duration `yaml:"busy"`    // after so long
	Rejects *time.Duration `yaml:"rejects"` // after so long
	Fails   string         `yaml:"fails"`   // why, at once
	Asked   Asked          `yaml:"asked"`   // what it does when calls are screened
	Leaves  time.Duration  `yaml:"leaves"`  // hangs up so long after the whisper has begun
}

// Asked is what somebody does who is asked whether to take a call: press a key, or
// hang up, so long after the question has begun. Who does nothing is not there.
type Asked struct {
	Presses string        `yaml:"presses"`
	HangsUp bool          `yaml:"hangsUp"`
	After   time.Duration `yaml:"after"`
}

// ringing is one attempt of a Dial.
type ringing struct {
	flow.Attempt
	started bool
	ends    time.Time
	status  string // what it comes to; empty: over
	party   Party
	why     string
	asked   flow.Screened // what it does when it is asked; empty: it is not asked
}

func (l *line) Dial(ctx context.Context, d flow.Dialling) (flow.DialResult, error) {
	if d.Ringback.File != "" {
		l.hears(d.Ringback.File)
	}
	all := make([]*ringing, len(d.Attempts))
	for i, a := range d.Attempts {
		all[i] = &ringing{Attempt: a}
	}
	over := map[string]flow.DialResult{}
	l.start(all, true)
	for {
		next := earliest(all)
		if next == nil {
			break
		}
		if _, err := l.clock.Until(ctx, next.ends, nil); err != nil {
			return flow.DialResult{Status: flow.DialCancelled, SipCode: 487}, err
		}
		status := next.status
		if status == flow.DialAnswered && d.Screen != nil && next.asked == "" {
			l.ask(d, next)
			continue
		}
		next.status = ""
		code := codes[status]
		if next.asked != "" {
			l.tell("%s %s", next.party.Name, next.asked)
			code = 200 // of the answer
		}
		if status == flow.DialAnswered {
			if took, why := l.take(ctx, d, next, all); took {
				return l.talk(ctx, d, next)
			} else if context.Cause(ctx) != nil {
				return flow.DialResult{Status: flow.DialCancelled, SipCode: 487}, context.Cause(ctx)
			} else {
				return flow.DialResult{Status: flow.DialRejected, SipCode: 200, Why: why}, nil
			}
		}
		over[status] = flow.DialResult{Status: status, SipCode: code, Why: next.why}
		l.start(all, false)
	}
	for _, status := range []string{flow.DialNoAnswer, flow.DialBusy, flow.DialRejected, flow.DialFailed} {
		if r, ok := over[status]; ok {
			return r, nil
		}
	}
	return flow.DialResult{Status: flow.DialFailed}, nil
}

var codes = map[string]int{flow.DialNoAnswer: 487, flow.DialBusy: 486, flow.DialRejected: 603}

// start rings those whose turn it is: all that wait for nobody, and after them
// those before whom all are over.
func (l *line) start(all []*ringing, first bool) {
	for i, r := range all {
		if r.started || r.After == first {
			continue
		}
		for _, before := range all[:i] {
			if r.After && (!before.started || before.status != "") {
				return
			}
		}
		l.ring(r)
	}
}

// ring works out what an attempt will come to, and when.
func (l *line) ring(r *ringing) {
	r.started = true
	who := r.Target.Value
	if r.Target.Number != "" {
		who = r.Target.Number
	}
	l.dialled, l.dialledAt = append(l.dialled, who), append(l.dialledAt, l.at())
	begin := l.clock.Time.Add(r.Delay)
	r.status, r.ends = flow.DialNoAnswer, begin.Add(r.Timeout)
	p, ok := l.world.Parties[who]
	if !ok {
		return
	}
	if p.Name == "" {
		p.Name = who
	}
	r.party = p
	after := func(d time.Duration, status string) {
		if d < r.Timeout {
			r.status, r.ends = status, begin.Add(d)
		}
	}
	switch {
	case p.Fails != "":
		r.why = p.Fails
		after(0, flow.DialFailed)
	case p.Busy != nil:
		after(*p.Busy, flow.DialBusy)
	case p.Rejects != nil:
		after(*p.Rejects, flow.DialRejected)
	case p.Answers > 0:
		after(p.Answers, flow.DialAnswered)
	}
}

// earliest is the attempt that is over next.
func earliest(all []*ringing) *ringing {
	var first *ringing
	for _, r := range all {
		if r.status != "" && (first == nil || r.ends.Before(first.ends)) {
			first = r
		}
	}
	return first
}

// talk lets the two talk.
func (l *line) talk(ctx context.Context, d flow.Dialling, r *ringing) (flow.DialResult, error) {
	l.up()
	by := flow.Party{Name: r.party.Name, Address: r.Target.Value}
	if d.Answered != nil {
		d.Answered(by)
	}
	begin := l.clock.Time
	end, ended := begin.Add(365*24*time.Hour), flow.Nobody
	if r.party.Talks > 0 {
		end, ended = begin.Add(r.party.Talks), flow.Far
	}
	if d.MaxDuration > 0 && begin.Add(d.MaxDuration).Before(end) {
		end, ended = begin.Add(d.MaxDuration), flow.Limit
	}
	var err error
	if beep := begin.Add(d.MaxDuration - d.Warning); d.Warning > 0 && beep.Before(end) {
		if _, err = l.clock.Until(ctx, beep, nil); err == nil {
			l.hears("beep")
		}
	}
	if err == nil {
		_, err = l.clock.Until(ctx, end, nil)
	}
	if err != nil {
		ended = flow.Near
	}
	res := flow.DialResult{Status: flow.DialAnswered, SipCode: 200, By: by, Duration: l.clock.Time.Sub(begin), Ended: ended}
	if d.Record {
		l.recordings++
		res.Recording = &flow.Recording{File: "recording-" + strconv.Itoa(l.recordings), Duration: res.Duration, Finish: "hangup"}
	}
	return res, err
}
