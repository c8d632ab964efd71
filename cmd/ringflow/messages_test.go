package main

import (
	"regexp"
	"strings"
	"testing"
	"time"
)

// A real phone and a sipp that ask what is in a box: nothing, then a message that a caller
// left, and nothing again once it was listened to and deleted, by keys on the real phone.
func TestMessageWaitingForSubscribers(t *testing.T) {
	h, _ := carrierHouse(t)
	alice := h.user("Alice", h.flow("Box", node("box", "VoicemailMenuNode", M{"AskPin": no()})))
	greeting := h.upload("greeting.wav", tone(1000, 500*time.Millisecond))
	h.number(did, h.flow("Voicemail", node("vm", "VoicemailNode", M{
		"User":      M{"type": "User", "value": M{"stringValue": alice.ID}},
		"AudioFile": M{"type": "AudioFile", "value": M{"stringValue": greeting}},
	})))
	phone := h.startBaresip(t, alice, 700, "manual;mwi=yes")
	other := h.startDesk(t, alice, "uac-messages", "-key", "target", h.sipURI(alice))
	told := func(words ...string) {
		t.Helper()
		h.eventually("baresip is told "+strings.Join(words, ", "), func() bool {
			for _, w := range words {
				if !strings.Contains(phone.param("MWI_NOTIFY"), w) {
					return false
				}
			}
			return true
		})
	}
	h.eventually("sipp is told", func() bool { return len(other.told(waiting)) == 1 })
	caller := h.phones(t, did, 440)
	h.eventually("some seconds are recorded", func() bool { _, heard := caller.soFar(); return len(heard) > 4*8000 })
	caller.hangsUp(t)
	told("Messages-Waiting: yes", "Voice-Message: 1/0")
	h.eventually("sipp is told, too", func() bool { return len(other.told(waiting)) == 2 })
	phone.do("dial", "box")
	phone.waits("CALL_ESTABLISHED")
	h.listen("Alice", phone).comesTo(440)
	phone.do("sndcode", "3")
	told("Messages-Waiting: no", "Voice-Message: 0/0")
	phone.do("hangup", "")
	other.passes()
	other.isTold(waiting, "no", "yes", "no")
	h.allOver()
}

// waiting is what documents say of a box.
var waiting = regexp.MustCompile(`(?m)^Messages-Waiting: (yes|no)`)
