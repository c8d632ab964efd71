package nodes

import (
	"context"
	"time"

	"ringflow/flow"
)

func init() { flow.Register("ParkNode", func() flow.Node { return new(park) }) }

type park struct {
	lot        string
	timeout    time.Duration
	music      string
	announceTo string

	slot string
}

func (n *park) Spec(s *flow.Spec) {
	s.Title, s.Category = "Park", flow.VoiceNodes
	s.Doc = "Parks the caller in a slot of a lot, to music, until another call of the account retrieves it there. A call that was retrieved has left this flow: it ends when one of the two hangs up. " +
		"Slots are 701 to 800, the lowest that is free; keys that the caller presses do nothing."
	s.Needs(flow.Voice)
	s.String(&n.lot, "Lot", flow.DefaultLot, "Where to park; each lot has slots of its own. Capital or small letters are the same.")
	s.Seconds(&n.timeout, "TimeoutInSeconds", 120*time.Second, "How long the call waits to be retrieved.").Range(1, 24*3600)
	s.Ref(&n.music, "MusicOnHold", flow.AudioFileType, "Heard meanwhile; empty: the call's music, as Set Music On Hold, the endpoint or the account sets it, else silence.")
	s.Ref(&n.announceTo, "AnnounceTo", flow.UserType, "Who is rung and told the slot, digit by digit, twice; best who parks the call. If Timeout is not connected, this user gets the call back then. Empty: nobody.")
	s.Output(&n.slot, "Slot", flow.StringType, "The slot, such as 701; empty: the lot was full.")
	s.Exit("Timeout", "Nobody retrieved the call in time, or the lot was full from the beginning. Not connected: AnnounceTo, if given, is rung and gets the call.")
}

func (n *park) Run(ctx context.Context, x *flow.Execution) (string, error) {
	if err := answer(ctx, x); err != nil {
		return "", err
	}
	line, ok := x.Line.(flow.Parker)
	if !ok {
		x.Logf("no call can be parked here")
		return "Timeout", nil
	}
	if n.music == "" {
		n.music = x.Session.MusicOnHold
	}
	p := flow.Parking{
		Lot: flow.LotName(n.lot), Timeout: n.timeout, Music: flow.Prompt{File: n.music}, AnnounceTo: n.announceTo, Log: x.Logf,
	}
	r, err := line.Park(ctx, p)
	n.slot = r.Slot
	if r.Retrieved {
		x.Session.AnsweredByName = shown(r.By)
		x.Logf("talked for %s", flow.Seconds(r.Talked))
	}
	switch {
	case err != nil:
		return "", err
	case r.Retrieved:
		return "", &flow.Stop{Refuse: flow.RefuseUnavailable}
	case r.Slot == "":
		p.Full()
	default:
		x.Logf("nobody came within %s", flow.Seconds(n.timeout))
	}
	if n.announceTo != "" && !x.Leads("Timeout") {
		return n.callBack(ctx, x)
	}
	return "Timeout", nil
}

// callBack gives the call to who was told of it.
func (n *park) callBack(ctx context.Context, x *flow.Execution) (string, error) {
	x.Logf("dials %s, for %s", n.announceTo, flow.Seconds(flow.SlotRings))
	r, err := x.Line.Dial(ctx, flow.Dialling{
		Attempts: []flow.Attempt{{Target: flow.Target{Type: string(flow.UserType), Value: n.announceTo}, Timeout: flow.SlotRings}},
		Answered: func(by flow.Party) {
			x.Session.AnsweredByName = shown(by)
			x.Logf("%s answered", shown(by))
		},
	})
	if r.Status == "" {
		r.Status = flow.DialCancelled
	}
	x.Dialled(r)
	answered := r.Status == flow.DialAnswered
	if answered {
		x.Logf("talked for %s; %s", flow.Seconds(r.Duration), sides[r.Ended])
	}
	switch {
	case err != nil:
		return "", err
	case !answered:
		x.Logf("%s%s", failures[r.Status], because(r))
		return "Timeout", nil
	case r.Ended == flow.Near:
		return "", flow.ErrHungUp
	}
	return "", &flow.Stop{Refuse: flow.RefuseUnavailable}
}
