package session_test

import (
	"testing"
	"time"

	"ringflow/flow"
	"ringflow/sip"
)

func transferNode(mode string, to ref) []node {
	return []node{{id: "transfer", typ: "TransferNode", in: map[string]any{"Mode": mode, "Destination": to}, to: map[string]string{"Failed": "after"}},
		{id: "after", typ: "WaitNode", in: map[string]any{"Timeout": 1}}}
}

// The flow gives Carla to Bob, here.
func TestTransferNodeBridges(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		_, _, _, bobUps := threeInHouse(t, h)
		h.number(did, transferNode("Bridge", ref{flow.StringType, "bob"})...)
		carla := h.carrier.mustCall(toNumber(did))
		bob := <-bobUps
		carla.sings(carlas)
		bob.sings(bobs)
		time.Sleep(time.Second)
		carla.heard(t, "Carla", bobs, true)
		bob.heard(t, "Bob", carlas, true)
		bob.hangUp(t)
		carla.gone(t, "Carla")
		h.nothingLeft(t)
	})
}

// The flow asks Alice's phone to call Bob itself.
func TestTransferNodeRefers(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		_, _, _, bobUps := threeInHouse(t, h)
		talk := waits(1)
		talk[1].to = map[string]string{"Done": "transfer"} // when Dora's phone hears of REFERs
		h.user("dora", append(talk, transferNode("Refer", ref{flow.StringType, "bob"})...)...)
		dora := h.phone("dora", "10.0.0.13").mustCall(dials("1"))
		var asked string
		var referred *sip.Refer
		done := make(chan struct{})
		dora.leg.OnRefer(func(r *sip.Refer) {
			defer close(done)
			asked, referred = r.To.User+"@"+r.To.Host, r
			if err := r.Accept(); err != nil {
				t.Error(err)
			}
			time.Sleep(2 * time.Second) // of the bubble: its own call
			r.Notify(200)
		})
		<-done
		if referred == nil || asked != "bob@"+realm {
			t.Errorf("asked to call %q", asked)
		}
		dora.over(t, 5*time.Second)
		h.nothingLeft(t)
		logged(t, h.record(), "REFER to sip:bob@", "the caller's phone is connected with bob")
		select {
		case <-bobUps:
			t.Error("we have called Bob")
		default:
		}
	})
}

// A phone that refuses, and a carrier that can't reach our users.
func TestTransferNodeFails(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		threeInHouse(t, h)
		h.user("dora", transferNode("Refer", ref{flow.StringType, "bob"})...)
		dora := h.phone("dora", "10.0.0.13").mustCall(dials("1")) // it has nobody who hears of a REFER
		dora.over(t, 5*time.Second)
		h.number(did, transferNode("Refer", ref{flow.StringType, "bob"})...)
		if _, err := h.carrier.call(t.Context(), toNumber(did)); err == nil {
			t.Error("a call was answered of which the carrier can't be asked")
		}
		h.nothingLeft(t)
		rs := h.records()
		logged(t, rs[0], "not transferred, SIP 603")
		logged(t, rs[1], "not transferred: bob is a user of this server")
	})
}
