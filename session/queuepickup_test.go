package session_test

import (
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/session"
)

// A colleague takes what a queue offers Ann, in each way in which a ringing call is
// taken. It is his: Ann has missed nothing, is free at once, and he has the wrap-up.
func TestQueueOfferPickedUp(t *testing.T) {
	for _, way := range []string{"prefix", "replaces", "node"} {
		t.Run(way, func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				ann := h.user("ann")
				var flow []node
				if way == "node" {
					flow = []node{{id: "pickup", typ: "PickupNode", in: map[string]any{"User": user(ann.ID)}, to: map[string]string{}}}
				}
				ben := h.user("ben", flow...)
				annPhone, benPhone := h.phone("ann", "10.0.0.11"), h.phone("ben", "10.0.0.12")
				h.ready(ann, ben)
				sales := h.team("Sales", ann)
				h.number(did, queue(sales, map[string]any{"RingSeconds": 20, "WrapUpSeconds": 30})...)
				annPhone.on(refuses(486, time.Hour))
				caller := h.carrier.mustCall(toNumber(did))
				time.Sleep(2 * time.Second)
				how := dials("**ann")
				switch way {
				case "replaces":
					how = inPlaceOf(annPhone.called()[0].Leg, "ann")
				case "node":
					how = dials("1")
				}
				picker := benPhone.mustCall(how)
				picker.sings(bobs)
				caller.sings(carlas)
				time.Sleep(time.Second)
				caller.heard(t, "the caller", bobs, true)
				picker.heard(t, "Ben", carlas, true)
				for _, r := range h.Live(nil) {
					if r.ToAddress == did && (r.QueueState != session.QueueConnected || r.QueueMemberID != ben.ID) {
						t.Errorf("is %s with %s", r.QueueState, r.QueueMemberID)
					}
				}
				if annPhone.called()[0].Leg.Context().Err() == nil {
					t.Error("Ann's phone still rings")
				}
				h.agentIs(ann, endpoints.Ready, endpoints.SetByUser)
				if got := h.Free(sales); got != 1 {
					t.Errorf("%d agents of the team are free, want Ann", got)
				}
				picker.hangUp(t)
				time.Sleep(time.Second)
				h.agentIs(ben, endpoints.WrapUp, endpoints.SetBySystem)
				caller.over(t, 5*time.Second)
				h.nothingLeft(t)
				for _, r := range h.records() {
					if r.ToAddress == did {
						logged(t, r, "offered to Ann", "Ben picks up", "Ben answered", `AnsweredBy = "Ben"`)
						if r.AnsweredByName != "Ben" {
							t.Errorf("answered by %q", r.AnsweredByName)
						}
					}
				}
			})
		})
	}
}

// Who picks up and hangs up before the caller is on the line has taken nothing: the
// agent is offered the call again, and has missed none.
func TestQueueOfferPickedUpInVain(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		ann := h.user("ann")
		h.user("ben")
		annPhone, benPhone := h.phone("ann", "10.0.0.11"), h.phone("ben", "10.0.0.12")
		h.ready(ann)
		h.number(did, queue(h.team("Sales", ann), map[string]any{"RingSeconds": 20, "WhisperText": "For you"})...)
		annPhone.on(refuses(486, time.Hour))
		caller := h.carrier.mustCall(toNumber(did))
		time.Sleep(2 * time.Second)
		picker := benPhone.mustCall(dials("**ann"))
		annPhone.on(picksUp(&ear{}, time.Second, 880, 0))
		time.Sleep(300 * time.Millisecond)
		picker.hangUp(t)
		time.Sleep(4 * time.Second)
		if caller.ear.hears(880) == 0 {
			t.Error("Ann was not offered the call again")
		}
		h.agentIs(ann, endpoints.Ready, endpoints.SetByUser)
		caller.hangUp(t)
		h.nothingLeft(t)
		logged(t, h.record(), "hung up before the call was connected")
	})
}
