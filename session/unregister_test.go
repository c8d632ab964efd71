package session_test

import (
	"testing"
)

// A user who is deleted, renamed or has a new password is not rung any more where
// he registered before; others are.
func TestUsersGoneAreNotRung(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		alice, bob, carol, dan := h.user("alice"), h.user("bob"), h.user("carol"), h.user("dan")
		for i, name := range []string{"alice", "bob", "carol", "dan"} {
			h.phone(name, "10.0.1."+string(rune('1'+i)))
		}
		bob.SetSipPassword(realm, "another-password-of-20")
		h.put(bob)
		carol.SipUserName = "caroline"
		carol.SetSipPassword(realm, password)
		h.put(carol)
		dan.DisplayName = "Daniel"
		h.put(dan)
		if err := h.store.DeleteEndpoint(t.Context(), alice.ID); err != nil {
			t.Fatal(err)
		}
		if err := h.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]int{"alice": 0, "bob": 0, "carol": 0, "caroline": 0, "dan": 1} {
			if n := len(h.UA.Bindings(name)); n != want {
				t.Errorf("%s has %d bindings, want %d", name, n, want)
			}
		}
	})
}
