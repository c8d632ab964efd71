package main

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// music is the account's music on hold, a tone.
func (h *house) music(hz float64) {
	h.t.Helper()
	h.patch("/system/settings", M{"musicOnHoldFileId": h.upload("music.wav", tone(hz, 10*time.Second))})
}

// Who is put on hold by a real phone hears the account's music, and nothing of the phone;
// then the phone again. (baresip 1.0 itself hears nobody after its own hold, no server needed.)
func TestHoldWithMusicByBaresip(t *testing.T) {
	const musics, alices, bobs = 1500.0, 700.0, 920.0
	h, alice, bob, _ := threeUsers(t)
	h.music(musics)
	desk, other := h.startBaresip(t, alice, alices, "manual"), h.startBaresip(t, bob, bobs, "auto")
	desk.do("dial", bob.SipUserName)
	desk.waits("CALL_ESTABLISHED")
	h.talk("Alice", desk, alices, "Bob", other, bobs)
	desk.do("hold", "")
	h.listen("Bob", other).comesTo(musics, alices, bobs)
	desk.do("resume", "")
	h.listen("Bob", other).comesTo(alices, musics, bobs)
	desk.do("hangup", "")
	other.waits("CALL_CLOSED")
	h.allOver()
}

// A phone that was called holds and resumes. It sends back what it hears: so its caller hears
// himself, the music, and himself again.
func TestHoldWithMusicByREINVITE(t *testing.T) {
	const musics, callers = 1500.0, 440.0
	h, alice, _, _ := threeUsers(t)
	h.music(musics)
	desk := h.startDesk(t, alice, "uas-hold-resume", "-d", "3000")
	caller := h.phones(t, did, callers)
	h.listen("the caller", caller).inTurn(callers, musics, callers)
	caller.hangsUp(t)
	desk.passes()
	h.allOver()
}

// A supervisor's phone is rung and whispers: the account's user hears him, the caller does
// not, and he hears both.
func TestWhisperOnTheWire(t *testing.T) {
	const callers, alices, bobs = 440.0, 700.0, 1000.0
	h, alice, bob, _ := threeUsers(t)
	desk, boss := h.startBaresip(t, alice, alices, "auto"), h.startBaresip(t, bob, bobs, "auto")
	caller := h.phones(t, did, callers)
	h.talk("the caller", caller, callers, "Alice", desk, alices)
	id := h.sessions("")[0].ID
	take := func(mode string) {
		t.Helper()
		if code, answer := h.request(http.MethodPost, "/sessions/"+id+"/monitor", "application/json", strings.NewReader(`{"endpointId":"`+bob.ID+`","mode":"`+mode+`"}`)); code != http.StatusNoContent {
			t.Fatalf("%d %s", code, answer)
		}
	}
	take("Whisper")
	boss.waits("CALL_ESTABLISHED")
	listens := h.listen("the supervisor", boss)
	whispered, outside := h.listen("Alice", desk), h.listen("the caller", caller)
	whispered.both(callers, bobs, alices)
	listens.both(callers, alices, bobs)
	outside.comesTo(alices, callers, bobs)
	if part := outside.most(bobs); part > 0.02 {
		t.Errorf("the caller heard %.2f of the supervisor", part)
	}
	// Barge is the counter-proof: then the caller hears him.
	take("Barge")
	h.listen("the caller", caller).both(alices, bobs, callers)
	boss.do("hangup", "")
	h.talk("the caller", caller, callers, "Alice", desk, alices)
	caller.hangsUp(t)
	h.allOver()
}
