package main

import (
	"context"
	"strings"
	"testing"
	"time"

	"ringflow/media"
	"ringflow/sip"
)

// loudest is the most that was heard of a tone within half a second.
func loudest(heard []int16, hz float64) (most float64) {
	const window = media.ClipRate / 2
	for at := 0; at+window <= len(heard); at += window / 2 {
		most = max(most, level(lastSecond(heard[at:at+window]), hz))
	}
	return most
}

// A user has two real phones. The one that answers first is asked and declines by
// a key while the other rings on; that one accepts, hears the whisper alone, and
// then caller and callee hear each other.
func TestScreeningWithTwoPhones(t *testing.T) {
	h, _ := carrierHouse(t)
	alice := h.user("Alice", "")
	whisper := h.upload("whisper.wav", tone(1000, 2*time.Second))
	team := h.post("/endpoints/team", M{"accountId": h.account, "displayName": "Sales", "memberIds": []string{alice.ID}})
	h.number(did, h.flow("Screened", node("ring", "DialNode", M{
		"Destinations": rows(M{"Destination": M{"type": "Team", "value": M{"stringValue": team}}}), "TimeoutInSeconds": amount(60),
		"ScreenCalls": yes(), "WhisperAudioFile": M{"type": "AudioFile", "value": M{"stringValue": whisper}},
	})))
	desk := h.startBaresip(t, alice, 700, "manual")
	cell := h.startBaresip(t, alice, 920, "manual")
	h.eventually("both phones are registered", func() bool { return len(h.ua.Bindings(alice.SipUserName)) == 2 })

	caller := newEar(t, "127.0.0.1", 440)
	type made struct {
		leg *sip.Leg
		err error
	}
	answered := make(chan made, 1)
	phone := h.listener(t, carrierHost, phoneAccount{})
	go func() {
		leg, err := phone.hear(t.Context(), did, "+12025550143", caller)
		answered <- made{leg, err}
	}()
	logged := func(words string) {
		t.Helper()
		h.eventually("the log says: "+words, func() bool { all := h.sessions(""); return len(all) > 0 && strings.Contains(all[0].text(), words) })
	}
	desk.waits("CALL_INCOMING")
	cell.waits("CALL_INCOMING")
	desk.do("accept", "")
	desk.waits("CALL_ESTABLISHED")
	logged("is asked whether to take the call")
	desk.do("sndcode", "2")
	desk.waits("CALL_CLOSED")
	logged("declined the call")
	if cell.take("CALL_CLOSED") {
		t.Fatal("the other phone does not ring any more")
	}
	cell.do("accept", "")
	cell.waits("CALL_ESTABLISHED")
	select {
	case m := <-answered:
		t.Fatalf("the caller was answered before anybody had accepted: %v", m.err)
	default:
	}
	cell.do("sndcode", "1")
	call := <-answered
	if call.err != nil {
		t.Fatal(call.err)
	}
	logged("accepted the call")
	pause(context.Background(), 3*time.Second)
	cell.do("hangup", "")
	cell.waits("CALL_CLOSED")
	heard, err := caller.over(call.leg)
	if err != nil {
		t.Fatal(err)
	}
	hears(t, "the caller", lastSecond(heard), 920, 440)
	theirs := sound(t, cell.heard())
	hears(t, "who accepted", lastSecond(theirs), 440, 920)
	if at, not := loudest(theirs, 1000), loudest(heard, 1000); at < 0.7 || not > 0.1 {
		t.Errorf("who accepted heard %.2f of the whisper, the caller %.2f", at, not)
	}
	if got := loudest(sound(t, desk.heard()), 440); got > 0.1 {
		t.Errorf("who declined heard %.2f of the caller", got)
	}
	var s sessionOf
	h.eventually("the session is over", func() bool { s = h.sessions("")[0]; return s.Ended })
	if s.AnsweredByName != "Alice Test" || strings.Contains(s.text(), "pressed") {
		t.Errorf("answered by %q:\n%s", s.AnsweredByName, s.text())
	}
}
