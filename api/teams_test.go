package api

import (
	"fmt"
	"strings"
	"testing"
)

func TestTeams(t *testing.T) {
	h := newHouse(t)
	at := `"accountId":"` + h.account + `"`
	user := func(account, name string) string {
		return decode[EndpointInfo](t, h.want(200, admin, "POST", "/endpoints/users", `{"accountId":"`+account+`","firstName":"`+name+`"}`)).Id
	}
	ann, ben, stranger := user(h.account, "Ann"), user(h.account, "Ben"), user(h.other, "Eve")
	f := decode[FlowInfo](t, h.want(200, admin, "POST", "/flows", `{`+at+`,"name":"Sales"}`))

	a := h.want(200, admin, "POST", "/endpoints/team", `{`+at+`,"displayName":"Sales","memberIds":["`+ben+`","`+ann+`"],"flowId":"`+f.Id+`","referenceId":"r"}`)
	team := decode[EndpointInfo](t, a)
	if team.Type != "Team" || team.DisplayName != "Sales" || fmt.Sprint(team.MemberIds) != fmt.Sprint([]string{ben, ann}) || team.FlowName != "Sales" || team.ReferenceId != "r" || team.AccountName == "" {
		t.Error(a.body)
	}
	for accept, want := range map[string]string{
		"application/json": `"memberIds":["` + ben + `","` + ann + `"]`,
		"application/xml":  ben + "</",
		"text/csv":         ben,
		"text/jsv":         `memberIds:[` + ben + `,` + ann + `]`,
	} {
		if got := h.want(200, admin, "GET", "/endpoints/"+team.Id, "", header("Accept", accept)); !strings.Contains(got.body, want) {
			t.Errorf("%s: %s", accept, got.body)
		}
	}
	if list := h.want(200, admin, "GET", "/endpoints?type=Team", ""); len(decode[ListResponse[EndpointInfo]](t, list).Items) != 1 {
		t.Error(list.body)
	}

	a = h.want(200, admin, "PATCH", "/endpoints/"+team.Id, `{"displayName":"Support"}`)
	if p := decode[EndpointInfo](t, a); p.DisplayName != "Support" || len(p.MemberIds) != 2 {
		t.Error(a.body)
	}
	a = h.want(200, admin, "PATCH", "/endpoints/"+team.Id, `{"memberIds":["`+ann+`","`+ben+`"]}`)
	if p := decode[EndpointInfo](t, a); p.DisplayName != "Support" || fmt.Sprint(p.MemberIds) != fmt.Sprint([]string{ann, ben}) {
		t.Error(a.body)
	}
	for members, field := range map[string]string{
		`["` + ann + `","` + stranger + `"]`: "memberIds[1]", `["` + team.Id + `"]`: "memberIds[0]", `["` + ann + `","` + ann + `"]`: "memberIds[1]", `["ann"]`: "memberIds[0]",
	} {
		for _, a := range []answer{
			h.want(400, admin, "PATCH", "/endpoints/"+team.Id, `{"memberIds":`+members+`}`),
			h.want(400, admin, "POST", "/endpoints/team", `{`+at+`,"displayName":"Bad","memberIds":`+members+`}`),
		} {
			if !strings.Contains(a.body, `"fieldName":"`+field+`"`) {
				t.Errorf("%s: %s", members, a.body)
			}
		}
	}
	h.want(400, admin, "POST", "/endpoints/team", `{`+at+`,"memberIds":["`+ann+`"]}`)
	h.want(400, admin, "PATCH", "/endpoints/"+team.Id, `{"displayName":""}`)

	// Who is deleted is in no team any more.
	h.want(204, admin, "DELETE", "/endpoints/"+ann, "")
	if p := decode[EndpointInfo](t, h.want(200, admin, "GET", "/endpoints/"+team.Id, "")); fmt.Sprint(p.MemberIds) != fmt.Sprint([]string{ben}) {
		t.Errorf("%+v", p.MemberIds)
	}
	a = h.want(200, admin, "PATCH", "/endpoints/"+team.Id, `{"memberIds":[]}`)
	if !strings.Contains(a.body, `"memberIds":[]`) {
		t.Error(a.body)
	}
	h.want(204, admin, "DELETE", "/endpoints/"+team.Id, "")
}
