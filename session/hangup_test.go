package session_test

import (
	"net/http"
	"testing"
	"time"
)

// A Hangup node ends an answered call by BYE, and declines one that is not answered.
func TestHangupNode(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		hangup := node{id: "hangup", typ: "HangupNode", in: map[string]any{"Reason": "closed for today"}}
		h.number(did, node{id: "answer", typ: "AnswerNode", to: map[string]string{"Done": "hangup"}}, hangup)
		c := h.carrier.mustCall(toNumber(did))
		c.over(t, time.Second)
		r := h.record()
		if len(r.Legs) != 1 || r.Legs[0].SipCode != http.StatusOK || r.Answered.IsZero() || r.Ended.IsZero() {
			t.Errorf("record: %+v, legs %+v", r, r.Legs)
		}
		logged(t, r, "hangup: hung up: closed for today")

		h.number("+18005550101", hangup)
		if _, err := h.carrier.call(t.Context(), toNumber("+18005550101")); status(t, err) != 603 {
			t.Errorf("an unanswered call got %v, want 603", err)
		}
		r = h.record()
		if !r.Answered.IsZero() || r.Ended.IsZero() {
			t.Errorf("record: %+v", r)
		}
		logged(t, r, "hangup: hung up: closed for today")
		h.nothingLeft(t)
	})
}
