package api

import (
	"fmt"
	"testing"

	"ringflow/endpoints"
)

// The music for who waits is a file of the account, or none.
func TestMusicOnHold(t *testing.T) {
	h := newHouse(t)
	manager := basic("manager@default.test")
	own := decode[SystemSettingsInfo](t, h.want(200, manager, "GET", "/system/settings", "")).AccountId
	file := func(account string) string {
		f := &endpoints.File{AccountID: account, Type: endpoints.Upload, FileName: "waltz.wav"}
		if err := h.server.Store.PutFile(t.Context(), f); err != nil {
			t.Fatal(err)
		}
		return f.ID
	}
	other := &endpoints.Account{Name: "Other music"}
	if err := h.server.Store.PutAccount(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	e := &endpoints.Endpoint{AccountID: own, Kind: endpoints.PhoneNumber, Number: "+18005550177"}
	if err := h.server.Store.PutEndpoint(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	good, foreign := file(own), file(other.ID)
	for path, music := range map[string]func() string{
		"/system/settings": func() string {
			return decode[SystemSettingsInfo](t, h.want(200, manager, "GET", "/system/settings", "")).MusicOnHoldFileId
		},
		"/endpoints/" + e.ID: func() string {
			return decode[EndpointInfo](t, h.want(200, manager, "GET", "/endpoints/"+e.ID, "")).MusicOnHoldFileId
		},
	} {
		for _, row := range []struct {
			id   string
			code int
			want string
		}{{good, 200, good}, {foreign, 400, good}, {endpoints.NewID(), 400, good}, {"../x", 400, good}, {"", 200, ""}} {
			h.want(row.code, manager, "PATCH", path, fmt.Sprintf(`{"musicOnHoldFileId":%q}`, row.id))
			if got := music(); got != row.want {
				t.Errorf("%s: after %q it is %q", path, row.id, got)
			}
		}
		h.want(200, manager, "PATCH", path, fmt.Sprintf(`{"musicOnHoldFileId":%q}`, good))
		h.want(200, manager, "PATCH", path, `{}`)
		if got := music(); got != good {
			t.Errorf("%s: a patch of nothing left %q", path, got)
		}
	}
}
