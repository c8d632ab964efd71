package main

import (
	"slices"
	"testing"
)

// Texts to a user whose phone is away wait (RFC 3428), and leave in their order as soon as it is
// back, not when the outbox would try them again.
func TestTextsWaitForThePhone(t *testing.T) {
	h := startHouse(t)
	ada, bob := h.user("Ada", ""), h.user("Bob", "")
	phone := h.newTexter(t, "127.0.0.1", freePort(t), ada)
	want := []string{}
	for _, words := range []string{"one", "two", "three"} {
		phone.write("", bob.SipUserName, words)
		want = append(want, ada.SipUserName+" "+bob.SipUserName+": "+words)
	}
	h.eventually("the first has been tried", func() bool {
		var out struct {
			Items []struct{ ErrorMessage string }
		}
		h.get("/notifications?accountIds="+h.account, &out)
		return slices.ContainsFunc(out.Items, func(m struct{ ErrorMessage string }) bool { return m.ErrorMessage != "" })
	})
	back := h.newTexter(t, "127.0.0.1", freePort(t), bob)
	h.eventually("the texts are there", func() bool { return len(back.texts()) >= len(want) })
	if got := back.texts(); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}
