package session_test

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"testing"
	"time"

	"ringflow/endpoints"
)

// The directory knows each user as soon as Reload has returned, whether it was
// read as a whole or only what has changed.
func TestDirectoryFollowsChanges(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		knows := func(name string, want bool) {
			t.Helper()
			c, err := h.Credentials(t.Context(), name)
			if want && (err != nil || c.MD5 == "" || c.SHA256 == "") || !want && !errors.Is(err, fs.ErrNotExist) {
				t.Fatalf("%s: %v, want it known: %v", name, err, want)
			}
		}
		var users []*endpoints.Endpoint
		for i := range 130 {
			users = append(users, h.user(fmt.Sprintf("user%d", i)))
			knows(fmt.Sprintf("user%d", i), true)
			time.Sleep(time.Second)
		}
		knows("USER7", true)
		first, _ := h.Credentials(t.Context(), "user0")
		users[0].SetSipPassword(realm, "another-password-of-20")
		h.put(users[0])
		if now, _ := h.Credentials(t.Context(), "user0"); now.MD5 == first.MD5 {
			t.Error("the old password is still good")
		}
		users[1].SipUserName = "renamed"
		users[1].SetSipPassword(realm, password)
		h.put(users[1])
		knows("user1", false)
		knows("renamed", true)
		if err := h.store.DeleteEndpoint(t.Context(), users[2].ID); err != nil {
			t.Fatal(err)
		}
		if err := h.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
		knows("user2", false)
		knows("user129", true)
		// One goes and another comes between two looks: as many as before.
		if err := h.store.DeleteEndpoint(t.Context(), users[3].ID); err != nil {
			t.Fatal(err)
		}
		h.user("fresh")
		knows("user3", false)
		knows("fresh", true)
		// More changes at once than a page holds.
		for _, u := range users[10:80] {
			u.SetSipPassword(realm, "yet-another-password-x")
			if err := h.store.PutEndpoint(t.Context(), u); err != nil {
				t.Fatal(err)
			}
		}
		before, _ := h.Credentials(t.Context(), "user10")
		if err := h.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
		if now, _ := h.Credentials(t.Context(), "user10"); now.MD5 == before.MD5 {
			t.Error("one of many changes was not seen")
		}
	})
}

func TestTrunkBySource(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		wide := h.put(&endpoints.Endpoint{Kind: endpoints.SipTrunk, DisplayName: "Wide", Trunk: &endpoints.Trunk{Host: "192.0.2.1", AllowedIPs: []string{"192.0.2.0/24"}}})
		narrow := h.put(&endpoints.Endpoint{Kind: endpoints.SipTrunk, DisplayName: "Narrow", Trunk: &endpoints.Trunk{Host: "192.0.2.9", AllowedIPs: []string{"192.0.2.9"}}})
		port := h.put(&endpoints.Endpoint{Kind: endpoints.SipTrunk, DisplayName: "Port", Trunk: &endpoints.Trunk{Host: "192.0.2.9", Port: 5070, AllowedIPs: []string{"192.0.2.0/24:5070"}}})
		for src, want := range map[string]string{
			"192.0.2.7:5060": wide.ID, "192.0.2.9:5060": narrow.ID, "192.0.2.9:5070": port.ID, "[::ffff:192.0.2.9]:5060": narrow.ID, "192.0.3.1:5060": "", "127.0.0.1:5060": "",
		} {
			c, ok := h.TrunkBySource(netip.MustParseAddrPort(src))
			if ok != (want != "") || c.ID != want {
				t.Errorf("%s: %+v", src, c)
			}
		}
	})
}
