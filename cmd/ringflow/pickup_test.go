package main

import (
	"regexp"
	"testing"
)

// A real phone picks up what rings at another, by ** and its name: it talks with the caller,
// and the phone that rang hears that the call is somebody else's.
func TestPickupByPrefix(t *testing.T) {
	h, alices, bobs, _ := threeUsers(t)
	bob := h.startBaresip(t, bobs, 920, "manual")
	alice := h.startDesk(t, alices, "uas-taken-elsewhere")
	up := h.rings(t, did, 440)
	h.logged("Alice Test: 180 Ringing")
	bob.do("dial", "**"+alices.SipUserName)
	bob.waits("CALL_ESTABLISHED")
	alice.passes()
	caller := up()
	h.talk("the caller", caller, 440, "Bob", bob, 920)
	h.logged("Bob Test picks up the call that rings at " + alices.SipUserName)
	if s := h.sessions("")[0]; s.AnsweredByName != "Bob Test" {
		t.Errorf("answered by %q", s.AnsweredByName)
	}
	caller.hangsUp(t)
	bob.waits("CALL_CLOSED")
	h.allOver()
}

// A phone with lamps picks up what one of them shows, by INVITE with Replaces as the lamp's
// document names the dialog.
func TestPickupByReplaces(t *testing.T) {
	h, alices, bobs, _ := threeUsers(t)
	alice := h.startDesk(t, alices, "uas-taken-elsewhere")
	bob := h.startDesk(t, bobs, "uac-lamp-pickup", "-key", "target", h.sipURI(alices))
	h.eventually("Bob watches Alice", func() bool { return len(bob.told(lampStates)) > 0 })
	up := h.rings(t, did, 440)
	alice.passes()
	caller := up()
	h.listen("the caller", caller).comesTo(440) // Bob's phone sends it back
	caller.hangsUp(t)
	bob.passes()
	h.logged("Bob Test picks up the call that rings at " + alices.SipUserName)
	h.allOver()
}

// lampStates are the states in what a lamp was told.
var lampStates = regexp.MustCompile(`<state>([a-z]+)</state>`)
