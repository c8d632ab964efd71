package flowtest

import (
	"context"
	"slices"
	"time"

	"ringflow/flow"
)

// Parking is what becomes of a call that is parked.
type Parking struct {
	Retrieved *time.Duration `yaml:"retrieved"` // somebody comes after so long
	By        string         `yaml:"by"`        // who; absent: Somebody
	Talks     time.Duration  `yaml:"talks"`     // and hangs up so long after; 0: never
	Full      []string       `yaml:"full"`      // lots without a free slot
}

// Waiting is somebody who is parked.
type Waiting struct {
	Name  string        `yaml:"name"`  // absent: Somebody
	Talks time.Duration `yaml:"talks"` // hangs up so long after being retrieved; 0: never
}

// Lots are those who are parked, by lot and slot.
type Lots map[string]map[string]Waiting

const somebody = "Somebody"

// for ever, as far as a call goes.
const endless = 365 * 24 * time.Hour

// parkedIn are those who are parked in a lot, by slot.
func (w *World) parkedIn(lot string) map[string]Waiting {
	for name, slots := range w.Parked {
		if flow.LotName(name) == lot {
			return slots
		}
	}
	return nil
}

// Park implements flow.Parker.
func (l *line) Park(ctx context.Context, p flow.Parking) (flow.ParkResult, error) {
	l.up()
	l.DropDigits()
	world := l.world.Parking
	for _, lot := range world.Full {
		if flow.LotName(lot) == p.Lot {
			return flow.ParkResult{}, context.Cause(ctx)
		}
	}
	others := l.world.parkedIn(p.Lot)
	slot := flow.FreeSlot(func(s string) bool { _, taken := others[s]; return taken })
	res := flow.ParkResult{Slot: slot}
	from := l.clock.Now()
	p.Parked(slot)
	if !p.Music.Empty() {
		l.hears(p.Music.File)
		l.script.hear(p.Music.File, from)
	}
	end := from.Add(p.Timeout)
	if r := world.Retrieved; r != nil && *r < p.Timeout {
		end, res.Retrieved = from.Add(*r), true
	}
	if p.AnnounceTo != "" {
		if err := l.announce(ctx, p, slot, end); err != nil {
			p.Left(l.clock.Now().Sub(from))
			return flow.ParkResult{Slot: slot}, err
		}
	}
	_, err := l.clock.Until(ctx, end, nil)
	l.DropDigits()
	if err != nil {
		p.Left(l.clock.Now().Sub(from))
		return flow.ParkResult{Slot: slot}, err
	}
	if res.Waited = end.Sub(from); !res.Retrieved {
		return res, nil
	}
	if res.By.Name = world.By; res.By.Name == "" {
		res.By.Name = somebody
	}
	p.Fetched(res.By.Name, res.Waited)
	res.Talked, _, err = l.together(ctx, world.Talks)
	return res, err
}

// announce rings who is to be told the slot, until the call waits no more.
func (l *line) announce(ctx context.Context, p flow.Parking, slot string, end time.Time) error {
	l.dialled, l.dialledAt = append(l.dialled, p.AnnounceTo), append(l.dialledAt, l.at())
	party := l.world.Parties[p.AnnounceTo]
	if party.Name == "" {
		party.Name = p.AnnounceTo
	}
	after, why := flow.SlotRings, "no answer"
	switch {
	case party.Fails != "":
		after, why = 0, party.Fails
	case party.Busy != nil && *party.Busy < after:
		after, why = *party.Busy, "busy"
	case party.Rejects != nil && *party.Rejects < after:
		after, why = *party.Rejects, "rejected"
	case party.Answers > 0 && party.Answers < after:
		after, why = party.Answers, ""
	}
	at := l.clock.Now().Add(after)
	if !at.Before(end) {
		return nil // nobody needs to know any more
	}
	if _, err := l.clock.Until(ctx, at, nil); err != nil {
		return err
	}
	what, length, err := l.prompt(flow.Prompt{Text: flow.SlotWords(slot)})
	switch {
	case err != nil && why == "":
		why = err.Error()
	case why == "" && party.Leaves > 0 && party.Leaves < length:
		l.tells(what)
		why = "hung up before hearing it"
	}
	if why != "" {
		p.Untold(party.Name, why)
		return nil
	}
	for range flow.SlotTold {
		if !at.Before(end) {
			return nil
		}
		l.tells(what)
		at = at.Add(length + flow.SlotPause)
	}
	if !at.Before(end) {
		return nil
	}
	if _, err = l.clock.Until(ctx, at, nil); err == nil {
		p.Told(party.Name, slot)
	}
	return err
}

// Retrieve implements flow.Parker.
func (l *line) Retrieve(ctx context.Context, r flow.Retrieval) (flow.RetrieveResult, error) {
	party, ok := l.world.parkedIn(r.Lot)[r.Slot]
	if key := r.Lot + "/" + r.Slot; !ok || slices.Contains(l.fetched, key) {
		return flow.RetrieveResult{}, context.Cause(ctx)
	} else {
		l.fetched = append(l.fetched, key)
	}
	l.up()
	if party.Name == "" {
		party.Name = somebody
	}
	r.Fetches(party.Name)
	talked, ended, err := l.together(ctx, party.Talks)
	return flow.RetrieveResult{Found: true, Talked: talked, Ended: ended}, err
}

// together lets two talk until the other one hangs up; 0: never.
func (l *line) together(ctx context.Context, d time.Duration) (talked time.Duration, ended flow.Side, err error) {
	from := l.clock.Now()
	if ended = flow.Far; d <= 0 {
		d = endless
	}
	if _, err = l.clock.Until(ctx, from.Add(d), nil); err != nil {
		ended = flow.Near
	}
	l.DropDigits()
	return l.clock.Now().Sub(from), ended, err
}

var _ flow.Parker = (*line)(nil)
