package main

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"ringflow/api/apitest"
	"ringflow/sip"
)

// memberOf is the call id under which a live session has a user.
func memberOf(c *apitest.Client, session, user string) (callSid, state string, muted bool) {
	c.Helper()
	for _, m := range c.Want(apitest.Done, "GET", "/sessions/"+session, nil, nil)["members"].([]any) {
		if m := m.(thing); m["endpointId"] == user {
			muted, _ = m["muted"].(bool)
			return m["callSid"].(string), m["callState"].(string), muted
		}
	}
	c.Fatalf("%s is not in the session", user)
	return "", "", false
}

// What a console does with a call, by HTTP, is heard on its phones at once: hold and back,
// recording, a third one who is added, muted, held and sent away, another phone in the place
// of the first, the end.
func TestConsoleControlsACall(t *testing.T) {
	const callers, alices, bobs, musics = 440.0, 700.0, 1000.0, 1500.0
	h, alice, bob, _ := threeUsers(t)
	h.music(musics)
	c := h.client(t)
	desk, other := h.startBaresip(t, alice, alices, "auto"), h.startBaresip(t, bob, bobs, "auto")
	caller := h.phones(t, did, callers)
	desk.waits("CALL_ESTABLISHED")
	h.talk("the caller", caller, callers, "Alice", desk, alices)
	id := h.sessions("")[0].ID
	do := func(verb, path string, body thing) thing {
		t.Helper()
		return c.Want(apitest.Done, verb, "/sessions/"+id+path, nil, body)
	}

	if s := do("POST", "/hold", thing{"reason": "Transferring"}); s["callState"] != "Hold" || s["holdReason"] != "Transferring" || s["heldByUserId"] != alice.ID {
		t.Errorf("%v %v %v", s["callState"], s["holdReason"], s["heldByUserId"])
	}
	h.listen("the caller on hold", caller).comesTo(musics, alices, callers)
	do("POST", "/hold", thing{"hold": false})
	h.talk("the caller", caller, callers, "Alice", desk, alices)

	do("POST", "/record", thing{"record": true})
	pause(t.Context(), 2*time.Second)
	do("POST", "/record", thing{"record": false})
	do("POST", "/log", thing{"message": "spoken with the console"})
	if !slices.ContainsFunc(c.Log(id), func(l string) bool { return strings.HasSuffix(l, ": spoken with the console") }) {
		t.Errorf("%q", c.Log(id))
	}

	do("POST", "/conference", nil)
	do("POST", "/conference/members", thing{"destination": bob.SipUserName})
	other.waits("CALL_ESTABLISHED")
	h.listen("the caller of three", caller).both(alices, bobs, callers)
	h.listen("Alice of three", desk).both(callers, bobs, alices)
	h.listen("Bob of three", other).both(callers, alices, bobs)
	bobsCall, _, _ := memberOf(c, id, bob.ID)
	member := "/conference/members/" + bobsCall
	do("PATCH", member, thing{"mute": true})
	h.listen("the caller, of Bob muted", caller).comesTo(alices, bobs, callers)
	h.listen("Bob muted", other).both(callers, alices, bobs)
	if _, _, muted := memberOf(c, id, bob.ID); !muted {
		t.Error("Bob isn't shown as muted")
	}
	do("PATCH", member, thing{"mute": false})
	h.listen("the caller, of Bob who speaks again", caller).both(alices, bobs, callers)
	do("PATCH", member, thing{"hold": true})
	h.listen("the caller, of Bob on hold", caller).comesTo(alices, bobs, callers)
	h.listen("Bob on hold", other).comesTo(musics, callers, alices, bobs)
	if _, state, _ := memberOf(c, id, bob.ID); state != "Hold" {
		t.Errorf("Bob on hold is %s", state)
	}
	do("PATCH", member, thing{"hold": false})
	h.listen("Bob back", other).both(callers, alices, bobs)
	do("DELETE", member, nil)
	other.waits("CALL_CLOSED")
	h.talk("the caller", caller, callers, "Alice", desk, alices)

	do("POST", "/redirect", thing{"destination": bob.SipUserName})
	other.waits("CALL_ESTABLISHED")
	desk.waits("CALL_CLOSED")
	h.talk("the caller", caller, callers, "Bob", other, bobs)
	do("DELETE", "", nil)
	other.waits("CALL_CLOSED")
	caller.isEnded(t)
	h.allOver()

	files := h.session(id).Files
	if len(files) != 1 {
		t.Fatalf("%d recordings", len(files))
	}
	said, heard := sides(t, h.content(files[0].ID))
	hears(t, "one side of the recording", said, callers, alices)
	hears(t, "the other", heard, alices, callers)
}

// A call that rings is declined by HTTP: its phone rings no more, and its caller is told.
func TestConsoleRejectsACall(t *testing.T) {
	h, alice, _, _ := threeUsers(t)
	c := h.client(t)
	desk := h.startBaresip(t, alice, 700, "manual")
	refused := make(chan error, 1)
	phone, e := h.listener(t, carrierHost, phoneAccount{}), newEar(t, "127.0.0.1", 440)
	go func() {
		_, err := phone.hear(t.Context(), did, "+12025550143", e)
		refused <- err
	}()
	desk.waits("CALL_INCOMING")
	h.logged("Alice Test: 180 Ringing") // the session is kept and the phone's word has come
	id := h.sessions("")[0].ID
	if _, state, _ := memberOf(c, id, alice.ID); state != "Ringing" {
		t.Errorf("Alice is %s", state)
	}
	c.Want(apitest.Done, "POST", "/sessions/"+id+"/reject", nil, nil)
	desk.waits("CALL_CLOSED")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	select {
	case err := <-refused:
		var st *sip.Status
		if !errors.As(err, &st) || st.Code != 486 && st.Code != 603 {
			t.Errorf("the caller was told %v", err)
		}
	case <-ctx.Done():
		t.Error("the caller is told nothing")
	}
	c.Want(apitest.Other, "POST", "/sessions/"+id+"/reject", nil, nil) // over: a conflict
	h.allOver()
}
