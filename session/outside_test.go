package session_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/media"
	"ringflow/sip"
)

const (
	outside  = "+14155550123" // a number of the home country that isn't ours
	outside2 = "+12125550123"
)

// dialsOut is a user's flow: what is dialled goes where it leads.
func dialsOut(in map[string]any) []node {
	n := dial("out", in, map[string]string{"No Answer": "na", "Failed": "fail"}, "{{ Session.Destination }}")
	return []node{n, say("na", "NoAnswer", ""), say("fail", "Failed", "")}
}

func TestUserCallsOutside(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.number(did, say("x", "x", ""))
		h.user("alice", dialsOut(nil)...)
		phone := h.phone("alice", "10.0.0.11")
		var far ear
		h.carrier.on(picksUp(&far, 2*time.Second, 440, 0))
		c := phone.mustCall(dials("4155550123"))
		time.Sleep(2 * time.Second)
		if c.ear.hears(440) < time.Second {
			t.Error("Alice does not hear the far end")
		}
		c.hangUp(t)
		in := h.carrier.called()
		if len(in) != 1 || in[0].RequestURI.User != outside || in[0].From.User != did || !strings.Contains(in[0].Header("P-Asserted-Identity"), did) {
			t.Fatalf("the carrier got %+v, P-Asserted-Identity %q", in[0], in[0].Header("P-Asserted-Identity"))
		}
		r := h.record()
		if r.Destination != "4155550123" || r.ToAddress != outside || r.FromAddress != "alice" || r.FromName != "Alice" {
			t.Errorf("record %+v", r)
		}
		logged(t, r, outside+" by Carrier as "+did)
	})
}

func TestDestinationKeepsLettersAndStars(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.user("alice", node{id: "m", typ: "StringMatchNode", in: map[string]any{"Value": "{{ Session.Destination }}",
			"Choices": []map[string]any{{"Value": "*65"}, {"Value": "bob#1"}}}, to: map[string]string{"*65": "star", "bob#1": "bob", "No Matches": "none"}},
			say("star", "Star", ""), say("bob", "Bob", ""), say("none", "None", ""))
		phone := h.phone("alice", "10.0.0.11")
		for dialled, want := range map[string]string{"*65": "Star", "bob%231": "Bob", "Bobby": "None"} {
			c := phone.mustCall(dials(dialled))
			c.over(t, 5*time.Second)
			if c.ear.hears(pitch(want)) < 800*time.Millisecond {
				t.Errorf("%s: did not hear %s", dialled, want)
			}
		}
	})
}

func TestAliceCallsBob(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.user("alice", dialsOut(nil)...)
		h.put(&endpoints.Endpoint{Kind: endpoints.User, DisplayName: "Carol", SipUserName: "carol", EmailAddress: "Carol@ringflow.test", UserMode: endpoints.SipPhone})
		h.user("bob")
		alice, bob := h.phone("alice", "10.0.0.11"), h.phone("bob", "10.0.0.12")
		bob.on(picksUp(&ear{}, time.Second, 440, 0))
		c := alice.mustCall(dials("BOB"))
		time.Sleep(2 * time.Second)
		if c.ear.hears(440) < time.Second {
			t.Error("Alice does not hear Bob")
		}
		c.hangUp(t)
		if in := bob.called(); in[0].From.User != "alice" || in[0].From.Name != "Alice" {
			t.Errorf("Bob sees %+v", in[0].From)
		}
		alice.mustCall(dials("carol%40ringflow.test")).over(t, 5*time.Second)
		logged(t, h.record(), "Carol has no device registered")
	})
}

// Every way to write a number outside, by somebody who is nobody: no leg is placed.
func TestAnonymousPlacesNoLeg(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.number(did, say("x", "x", ""))
		h.user("alice", dialsOut(nil)...)
		stranger := newPeer(t, h, "10.0.0.66")
		var forms []string
		for _, prefix := range []string{"", "+", "00", "011", "9", "9011", "900", "*", "**", "#", "1", "+1", "001", "0", "8", "810", "+011", "0011", "tel:+", "99"} {
			for _, number := range []string{"14155550123", "442079460123", "19005550123"} {
				forms = append(forms, prefix+number)
			}
		}
		if len(forms) < 60 {
			t.Fatalf("%d forms", len(forms))
		}
		for i, f := range forms {
			from := sip.Party{User: "anonymous", Host: "anonymous.invalid"}
			if i%2 == 0 {
				from = sip.Party{User: "alice", Host: realm}
			}
			uri := "sip:" + strings.NewReplacer("#", "%23", ":", "%3A").Replace(f) + "@" + serverHost
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			_, err := stranger.call(ctx, sip.Dial{To: uri, From: from})
			cancel()
			if err == nil {
				t.Fatalf("%s was answered", uri)
			}
		}
		if n := len(h.carrier.called()); n != 0 {
			t.Errorf("%d legs reached the carrier", n)
		}
		if rs := h.records(); len(rs) != 0 {
			t.Errorf("%d sessions came to be", len(rs))
		}
	})
}

func TestNotDialled(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.number(did, say("x", "x", ""))
		h.user("alice", dialsOut(nil)...)
		h.user("mallory", dialsOut(map[string]any{"CallerId": "+14155550999"})...)
		alice, mallory := h.phone("alice", "10.0.0.11"), h.phone("mallory", "10.0.0.12")
		h.carrier.on(refuses(486, 0))
		for dialled, why := range map[string]string{
			"011442079460123":         "is in GB",
			"+19005550123":            "premium",
			"sip%3Abob%40example.com": "SIP addresses are not allowed",
			"nobody":                  "neither a user of this account nor a telephone number",
		} {
			alice.mustCall(dials(dialled)).over(t, 5*time.Second)
			logged(t, h.record(), why)
		}
		mallory.mustCall(dials(outside)).over(t, 5*time.Second)
		logged(t, h.record(), "is not a number of this account", "Failed")
		if n := len(h.carrier.called()); n != 0 {
			t.Errorf("%d legs reached the carrier", n)
		}
	})
}

func TestLimitsOfAUser(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.number(did, say("x", "x", ""))
		h.user("alice", dialsOut(nil)...)
		phone := h.phone("alice", "10.0.0.11")
		h.carrier.on(picksUp(&ear{}, 0, 440, 0))
		a, b := phone.mustCall(dials(outside)), phone.mustCall(dials(outside2))
		time.Sleep(time.Second)
		phone.mustCall(dials(outside)).over(t, 5*time.Second)
		logged(t, h.record(), "limit: 2 outside calls of a user at once")
		a.hangUp(t)
		b.hangUp(t)
		for range 4 {
			phone.mustCall(dials(outside)).hangUp(t)
		}
		phone.mustCall(dials(outside)).over(t, 5*time.Second)
		logged(t, h.record(), "limit: 6 outside calls of a user a minute")
		time.Sleep(time.Minute)
		before := len(h.carrier.called())
		phone.mustCall(dials(outside)).hangUp(t)
		if len(h.carrier.called()) != before+1 {
			t.Error("a minute later the user still can't call")
		}
	})
}

func TestTrunkFailover(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.number(did, say("x", "x", ""))
		h.user("alice", dialsOut(nil)...)
		phone := h.phone("alice", "10.0.0.11")
		add := func(host string, priority int, prefixes ...string) *peer {
			p := newPeer(t, h, host)
			h.put(&endpoints.Endpoint{Kind: endpoints.SipTrunk, DisplayName: "T" + host, Trunk: &endpoints.Trunk{
				Host: host, Port: 5060, Transport: "udp", Priority: priority, Prefixes: prefixes, CallerIDFormat: endpoints.E164NoPlus}})
			return p
		}
		second := add("10.0.0.3", 2)
		best := add("10.0.0.4", 9, "+1415")
		second.on(picksUp(&ear{}, 0, 440, 0))
		for _, refusal := range []func(context.Context, *sip.Invite, *media.Port) error{refuses(503, 0), refuses(486, 0)} {
			best.on(refuses(503, 0))
			h.carrier.on(refusal)
			c, err := phone.call(t.Context(), dials(outside))
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
			c.hangUp(t)
		}
		if b, c, s := len(best.called()), len(h.carrier.called()), len(second.called()); b != 2 || c != 2 || s != 1 {
			t.Errorf("calls: longest prefix %d, priority 1 %d, priority 2 %d; want 2, 2, 1 (busy is no reason to go on)", b, c, s)
		}
		if in := second.called()[0]; in.From.User != "18005550100" {
			t.Errorf("caller ID without plus: %s", in.From.User)
		}
		// One that says nothing at all costs four seconds.
		h.net.pull("10.0.0.4")
		started := time.Now()
		h.carrier.on(picksUp(&ear{}, 0, 440, 0))
		c := phone.mustCall(dials(outside))
		if d := time.Since(started); d > 5*time.Second {
			t.Errorf("the next trunk was asked after %s", d)
		}
		c.hangUp(t)
		logged(t, h.record(), "Trying the next trunk")
	})
}

func TestTrunkMaxCalls(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.number(did, node{id: "w", typ: "AnswerNode", to: map[string]string{"Done": "v"}}, node{id: "v", typ: "WaitNode", in: map[string]any{"Timeout": 60}})
		h.trunk.Trunk.MaxCalls = 1
		h.put(h.trunk)
		c := h.carrier.mustCall(toNumber(did))
		if _, err := h.carrier.call(t.Context(), toNumber(did)); status(t, err) != 503 {
			t.Errorf("the second call got %v, want 503", err)
		}
		c.hangUp(t)
		h.carrier.mustCall(toNumber(did)).hangUp(t)
	})
}

func TestEarlyMedia(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.number(did, dial("out", nil, nil, outside))
		far := newPeer(t, h, "10.0.0.3")
		h.put(&endpoints.Endpoint{Kind: endpoints.SipTrunk, DisplayName: "Far", Trunk: &endpoints.Trunk{Host: "10.0.0.3", Port: 5060, Transport: "udp", Prefixes: []string{"+1415"}}})
		far.on(soundsThen(486, 700))
		e, early, err := h.carrier.listens(t, toNumber(did))
		if status(t, err) != 486 {
			t.Errorf("got %v", err)
		}
		if !early || e.hears(700) < 2*time.Second {
			t.Errorf("183 with sound: %v; heard the far end's own tone for %s", early, e.hears(700))
		}
		logged(t, h.record(), "183 Session Progress")
	})
}
