package main

import (
	"regexp"
	"testing"
	"time"
)

// A phone that sipp plays asks what is in a box: nothing, then a message that a caller left,
// and nothing again once it was listened to and deleted, by keys on a real phone. That one
// does not ask: baresip's mwi module, once refused, asks on and on without a pause.
func TestMessageWaitingForSubscribers(t *testing.T) {
	h, _ := carrierHouse(t)
	alice := h.user("Alice", h.flow("Box", node("box", "VoicemailMenuNode", M{"AskPin": no()})))
	greeting := h.upload("greeting.wav", tone(1000, 500*time.Millisecond))
	h.number(did, h.flow("Voicemail", node("vm", "VoicemailNode", M{
		"User":      M{"type": "User", "value": M{"stringValue": alice.ID}},
		"AudioFile": M{"type": "AudioFile", "value": M{"stringValue": greeting}},
	})))
	phone := h.startBaresip(t, alice, 700, "manual")
	other := h.startDesk(t, alice, "uac-messages", "-key", "target", h.sipURI(alice))
	told := func(want string) {
		t.Helper()
		h.eventually("the phone with the lamp is told "+want, func() bool {
			all := other.told(waiting)
			return len(all) > 0 && all[len(all)-1] == want
		})
	}
	told("no")
	caller := h.phones(t, did, 440)
	h.eventually("some seconds are recorded", func() bool { _, heard := caller.soFar(); return len(heard) > 4*8000 })
	caller.hangsUp(t)
	told("yes")
	phone.do("dial", "box")
	phone.waits("CALL_ESTABLISHED")
	h.listen("Alice", phone).comesTo(440)
	phone.do("sndcode", "3")
	told("no")
	phone.do("hangup", "")
	other.passes()
	other.isTold(waiting, "no", "yes", "no")
	h.allOver()
}

// waiting is what documents say of a box.
var waiting = regexp.MustCompile(`(?m)^Messages-Waiting: (yes|no)`)
