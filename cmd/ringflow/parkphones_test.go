package main

import "testing"

// A receptionist's real phone parks her caller by a transfer to her own flow: he hears the
// music, she is rung and told the slot. Another real phone retrieves him, and both hear each
// other; when that one hangs up nothing is left.
func TestParkAndRetrieveByBaresip(t *testing.T) {
	const musics, callers, alices, bobs = 1500.0, 440.0, 700.0, 920.0
	h, _ := carrierHouse(t)
	h.music(musics)
	alice, bob := h.user("Alice", ""), h.user("Bob", h.flow("Fetch", node("fetch", "RetrieveNode", M{"Slot": text("{{ Session.Destination }}")})))
	h.patch("/endpoints/"+alice.ID, M{"flowId": h.flow("Park", node("park", "ParkNode", M{"AnnounceTo": M{"type": "User", "value": M{"stringValue": alice.ID}}}))})
	h.reaches(did, alice)
	desk, other := h.startBaresip(t, alice, alices, "auto"), h.startBaresip(t, bob, bobs, "manual")
	caller := h.phones(t, did, callers)
	h.talk("the caller", caller, callers, "Alice", desk, alices)
	desk.waits("CALL_ESTABLISHED")
	desk.do("transfer", "sip:park@"+h.sip.String())
	h.listen("the caller", caller).comesTo(musics, callers, alices)
	desk.waits("CALL_ESTABLISHED") // is told
	h.logged("slot 701")
	other.do("dial", "701")
	other.waits("CALL_ESTABLISHED")
	h.talk("the caller", caller, callers, "Bob", other, bobs)
	h.logged("retrieved by Bob Test")
	other.do("hangup", "")
	caller.isEnded(t)
	h.allOver()
}
