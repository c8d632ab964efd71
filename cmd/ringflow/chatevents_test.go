package main

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var wasHeard = regexp.MustCompile(`(?m)^note\w+: \w+ heard (.*)$`)

// Two numbers with different flows lead into one room by its name. Whoever writes there, by a channel, by the API or
// from a phone: the Chat Events of both flows are told, each in the session of its own chat and by its own flow, and of
// each message once.
func TestChatEventsOfAllWhoWaitInARoom(t *testing.T) {
	var ann *person
	flowOf := func(name string, room M) []M {
		return []M{
			node("room"+name, "ChatNode", room),
			node("events"+name, "ChatEventsNode", M{"New Message": next("note" + name)}),
			node("note"+name, "LogNode", M{"Message": text(name + " heard {{ Node.events" + name + ".Sender }}: {{ Node.events" + name + ".Body }}")}),
		}
	}
	x := startTextHouse(t, func(h *house) string {
		ann = h.person(t, "Ann", "127.0.0.3", nil)
		return h.flow("North", flowOf("North", M{"RoomName": text("Desk"), "UsersToInvite": rows(M{"User": M{"type": "User", "value": M{"stringValue": ann.ID}}})})...)
	}, nil)
	const south, zoe, ben = "+18005550111", "+12025550143", "+12025550144"
	x.post("/endpoints/phone-numbers", M{"accountId": x.account, "number": south, "displayName": "South", "isVirtualPhoneNumber": true,
		"flowId": x.flow("South", flowOf("South", M{"RoomName": text("Desk")})...)})

	logOf := func(party string) (id string, lines []string) {
		for _, s := range x.sessions("channel=Chat") {
			if s.FromAddress != party {
				continue
			}
			for _, found := range wasHeard.FindAllStringSubmatch(s.text(), -1) {
				lines = append(lines, found[1])
			}
			id = s.ID
		}
		slices.Sort(lines)
		return id, lines
	}
	var want []string
	all := func(what string) {
		t.Helper()
		slices.Sort(want)
		x.eventually(what, func() bool {
			_, north := logOf(zoe)
			_, south := logOf(ben)
			return slices.Equal(north, want) && slices.Equal(south, want)
		})
	}
	x.sip.write(zoe, did, "hello")
	x.eventually("the room is open", func() bool { id, _ := logOf(zoe); return id != "" && len(ann.phone.texts()) > 0 })
	x.sip.write(ben, south, "hello")
	x.eventually("both are in it", func() bool { return len(ann.phone.texts()) > 1 })

	x.sip.write(ben, south, "From the south")
	want = append(want, ben+": From the south")
	all("what a party wrote")
	id, _ := logOf(zoe)
	if code, b := ann.asks(http.MethodPost, "/sessions/"+id+"/messages", M{"text": "By the API"}); code != http.StatusOK {
		t.Fatalf("%d %s", code, b)
	}
	want = append(want, ann.ID+": By the API")
	all("what a user wrote by the API")
	ann.phone.write("", did, "From a phone")
	want = append(want, ann.ID+": From a phone")
	all("what a user wrote on the phone")
	for _, s := range x.sessions("channel=Chat") {
		for name, other := range map[string]string{zoe: "South heard", ben: "North heard"} {
			if log := s.text(); s.FromAddress == name && strings.Contains(log, other) {
				t.Errorf("the session of %s has the other flow's words:\n%s", name, log)
			}
		}
	}
}
