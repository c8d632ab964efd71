package session_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/sip"
)

// status is the SIP code of a refused call.
func status(t testing.TB, err error) int {
	t.Helper()
	var s *sip.Status
	if !errors.As(err, &s) {
		t.Fatalf("the call was not refused: %v", err)
	}
	return s.Code
}

func TestNumberRunsItsFlow(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.number(did, say("hello", "Welcome", ""))
		c := h.carrier.mustCall(toNumber(did))
		c.over(t, 5*time.Second)
		if d := c.ear.hears(pitch("Welcome")); d < 900*time.Millisecond {
			t.Errorf("heard the greeting for %s, want a second", d)
		}
		r := h.record()
		if r.FromAddress != "+14155550199" || r.FromName != "Carla" || r.ToAddress != did || r.Outcome != "Completed" || r.Ended.IsZero() || r.Answered.IsZero() {
			t.Errorf("record: %+v", r)
		}
		if len(r.Legs) != 1 || r.Legs[0].SipCode != http.StatusOK || r.Legs[0].Codec != "PCMU" || r.Legs[0].Quality == nil || r.Legs[0].Quality.PacketsOut < 45 {
			t.Errorf("legs: %+v", r.Legs)
		} else if q := r.Legs[0].Quality; q.MOS < 4 || q.MOS > 4.5 {
			t.Errorf("quality of a good line: %+v", q)
		}
		logged(t, r, "Call from Carla (+14155550199) to "+did, "Answered", "Ended: Completed")
	})
}

func TestRefused(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.put(&endpoints.Endpoint{Kind: endpoints.PhoneNumber, DisplayName: "No flow", Number: "+18005550101"})
		h.number("+18005550102", node{id: "a", typ: "NoSuchNode"})
		for _, o := range []struct {
			reason string
			code   int
		}{{"Busy", 486}, {"Declined", 603}, {"NotFound", 404}, {"Unavailable", 480}, {"Forbidden", 403}} {
			h.number("+18005550103", node{id: "a", typ: "RejectNode", in: map[string]any{"Reason": o.reason}})
			if _, err := h.carrier.call(t.Context(), toNumber("+18005550103")); status(t, err) != o.code {
				t.Errorf("Reject %s: got %v, want %d", o.reason, err, o.code)
			}
			e, err := h.store.EndpointByNumber(t.Context(), "+18005550103")
			if err != nil {
				t.Fatal(err)
			}
			if err := h.store.DeleteEndpoint(t.Context(), e.ID); err != nil {
				t.Fatal(err)
			}
		}
		for number, code := range map[string]int{"+18005550101": 480, "+18005550102": 480, "+18005550199": 404, "nonsense": 404} {
			if _, err := h.carrier.call(t.Context(), toNumber(number)); status(t, err) != code {
				t.Errorf("%s: got %v, want %d", number, err, code)
			}
		}
		for _, r := range h.records() {
			if r.ToAddress == "+18005550102" {
				logged(t, r, "Refused with 480", "NoSuchNode")
			}
		}
		if h.log.FilterMessageSnippet("no phone number").FilterFieldKey("lookedUp").Len() == 0 {
			t.Error("the server's log does not name the number that it looked up")
		}
	})
}

// What a trunk says about the caller is there for the flow.
func TestWhatTheCarrierSays(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.number(did, node{id: "a", typ: "LogNode", in: map[string]any{"Message": "<{{ Session.ForwardedFrom }}> <{{ Session.Diversion }}> <{{ Session.StirVerstat }}> <{{ Session.CallerName }}> <{{ Session.SipHeader[\"X-Shop\"] }}>"}})
		d := toNumber(did)
		d.Headers = [][2]string{{"diversion", "<sip:4155550177@carrier.test>;reason=unconditional"}, {"X-Shop", "7"},
			{"P-Asserted-Identity", `"Carla" <sip:+14155550199;verstat=TN-Validation-Passed@10.0.0.2;user=phone>`}}
		if _, err := h.carrier.call(t.Context(), d); status(t, err) != 480 {
			t.Fatal(err)
		}
		r := h.record()
		logged(t, r, "a: <+14155550177> <<sip:4155550177@carrier.test>;reason=unconditional> <TN-Validation-Passed> <Carla> <7>")
		if r.FromAddress != "+14155550199" {
			t.Errorf("from %q", r.FromAddress)
		}
	})
}
