package api

import (
	"fmt"
	"strings"
	"testing"

	"ringflow/endpoints"
)

// Boxes are set on their users and teams; messages are listed, marked, and deleted.
func TestVoicemail(t *testing.T) {
	h := newHouse(t)
	at := `"accountId":"` + h.account + `"`
	user := decode[EndpointInfo](t, h.want(200, admin, "POST", "/endpoints/users", `{`+at+`,"firstName":"Ann"}`))
	team := decode[EndpointInfo](t, h.want(200, admin, "POST", "/endpoints/team", `{`+at+`,"displayName":"Sales"}`))
	number := decode[EndpointInfo](t, h.want(200, admin, "POST", "/endpoints/phone-numbers", `{`+at+`,"number":"+18005550188"}`))
	file := func(account, owner string, typ endpoints.FileType, unread bool) string {
		f := &endpoints.File{AccountID: account, UserID: owner, Type: typ, FileName: "m.wav", FromName: "Carla", Unread: unread}
		if err := h.server.Store.PutFile(t.Context(), f); err != nil {
			t.Fatal(err)
		}
		return f.ID
	}
	greeting, foreign := file(h.account, "", endpoints.Upload, false), file(h.other, "", endpoints.Upload, false)
	for _, e := range []EndpointInfo{user, team} {
		if e.VoicemailEmail == nil || !*e.VoicemailEmail || *e.HasVoicemailPin {
			t.Errorf("a new box: %+v", e)
		}
		a := h.want(200, admin, "PATCH", "/endpoints/"+e.Id, `{"voicemailPin":"4711","voicemailGreeting":"Hello.","voicemailGreetingFileId":"`+greeting+`","voicemailEmail":false}`)
		if strings.Contains(a.body, "4711") || strings.Contains(a.body, "argon2") {
			t.Error(a.body)
		}
		h.want(200, admin, "PATCH", "/endpoints/"+e.Id, `{"displayName":"Renamed"}`)
		got := decode[EndpointInfo](t, h.want(200, admin, "GET", "/endpoints/"+e.Id, ""))
		if !*got.HasVoicemailPin || *got.VoicemailEmail || got.VoicemailGreeting != "Hello." || got.VoicemailGreetingFileId != greeting {
			t.Errorf("kept %+v", got)
		}
		kept, err := h.server.Store.Endpoint(t.Context(), e.Id)
		if err != nil || !kept.Voicemail.Opens("4711") {
			t.Errorf("the PIN doesn't open the box: %v", err)
		}
		for body, field := range map[string]string{
			`{"voicemailPin":"12"}`: "voicemailPin", `{"voicemailPin":"5555"}`: "voicemailPin", `{"voicemailPin":"12ab"}`: "voicemailPin",
			`{"voicemailGreetingFileId":"` + foreign + `"}`: "voicemailGreetingFileId", `{"voicemailGreeting":"` + strings.Repeat("x", 2001) + `"}`: "voicemailGreeting",
		} {
			if a := h.want(400, admin, "PATCH", "/endpoints/"+e.Id, body); !strings.Contains(a.body, `"fieldName":"`+field+`"`) {
				t.Errorf("%s: %s", body, a.body)
			}
		}
		if got := decode[EndpointInfo](t, h.want(200, admin, "PATCH", "/endpoints/"+e.Id, `{"voicemailPin":""}`)); *got.HasVoicemailPin {
			t.Error("the PIN is still there")
		}
	}
	h.want(400, admin, "PATCH", "/endpoints/"+number.Id, `{"voicemailGreeting":"Hello."}`)

	fresh, old := file(h.account, user.Id, endpoints.VoiceMessage, true), file(h.account, user.Id, endpoints.VoiceMessage, false)
	call := file(h.account, user.Id, endpoints.CallRecording, false)
	list := func(query string, want ...string) {
		t.Helper()
		got := decode[ListResponse[FileInfo]](t, h.want(200, admin, "GET", "/files?userId="+user.Id+query, ""))
		var ids []string
		for _, f := range got.Items {
			ids = append(ids, f.Id)
		}
		if fmt.Sprint(ids) != fmt.Sprint(want) {
			t.Errorf("%s: %v, want %v", query, ids, want)
		}
	}
	list("&type=VoiceMessage", fresh, old)
	list("&isUnread=true", fresh)
	list("&isUnread=false", old)
	f := decode[FileInfo](t, h.want(200, admin, "PATCH", "/files/"+fresh, `{"isUnread":false,"fileName":"../Carla.wav"}`))
	if f.IsUnread == nil || *f.IsUnread || f.FileName != "Carla.wav" || f.FromName != "Carla" {
		t.Errorf("%+v", f)
	}
	list("&isUnread=true")
	h.want(200, admin, "PATCH", "/files/"+old, `{"isUnread":true}`)
	list("&isUnread=true", old)
	h.want(400, admin, "PATCH", "/files/"+call, `{"isUnread":true}`)
	if f := decode[FileInfo](t, h.want(200, admin, "GET", "/files/"+call, "")); f.IsUnread != nil {
		t.Errorf("%+v", f)
	}
	h.want(204, admin, "DELETE", "/files/"+old, "")
	list("&type=VoiceMessage", fresh)
	h.calls.mu.Lock()
	defer h.calls.mu.Unlock()
	if fmt.Sprint(h.calls.boxes) != fmt.Sprint([]string{user.Id, user.Id, user.Id}) {
		t.Errorf("phones were told of %v", h.calls.boxes)
	}
}
