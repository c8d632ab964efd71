package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"ringflow/flow/flowtest"
	"ringflow/media"
	"ringflow/sip"
)

// acceptance is a worked flow on the server. A real call is made of each of its
// stories, and goes the same way.
type acceptance struct {
	*house
	t       *testing.T
	flowID  string
	names   []string                   // of the nodes
	stories map[string]*flowtest.Story // of which no call was made yet
}

// scenario uploads a flow of testdata, as it is.
func (h *house) scenario(t *testing.T, name string) *acceptance {
	t.Helper()
	raw, err := os.ReadFile("../../testdata/flows/scenarios/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var body map[string]json.RawMessage
	var flow struct{ Nodes []struct{ Name string } }
	if err := json.Unmarshal(raw, &body); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &flow); err != nil {
		t.Fatal(err)
	}
	s := &acceptance{house: h.on(t), t: t, stories: map[string]*flowtest.Story{}}
	body["accountId"], _ = json.Marshal(h.account)
	s.flowID = s.post("/flows", body)
	for _, n := range flow.Nodes {
		s.names = append(s.names, regexp.QuoteMeta(n.Name))
	}
	stories, err := flowtest.Load("../../testdata/stories/scenarios/" + name + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, story := range stories {
		if filepath.Base(story.Flow) != name+".json" {
			t.Errorf("the story %q is of %s", story.Name, story.Flow)
		}
		s.stories[story.Name] = story
	}
	t.Cleanup(func() {
		for _, name := range slices.Sorted(maps.Keys(s.stories)) {
			if !t.Failed() && !t.Skipped() {
				t.Errorf("no call was made of the story %q", name)
			}
		}
	})
	return s
}

// runs gives a number the flow, and what else the endpoint is to have.
func (s *acceptance) runs(number string, more M) (endpoint string) {
	s.t.Helper()
	body := M{"accountId": s.account, "number": number, "isVirtualPhoneNumber": true, "flowId": s.flowID}
	maps.Copy(body, more)
	return s.post("/endpoints/phone-numbers", body)
}

// dials gives a new user the flow, for what is dialled on the phone.
func (s *acceptance) dials(first string, params M) phoneAccount {
	s.t.Helper()
	var u phoneAccount
	s.postInto("/endpoints/users", M{"accountId": s.account, "firstName": first, "lastName": "Test", "userMode": "SipPhone", "flowId": s.flowID, "flowParams": params}, &u)
	return u
}

func (h *house) patch(path string, body M) {
	h.t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		h.t.Fatal(err)
	}
	if code, answer := h.request(http.MethodPatch, path, "application/json", bytes.NewReader(b)); code != http.StatusOK {
		h.t.Fatalf("PATCH %s: %d %s", path, code, answer)
	}
}

// caller is a phone of the carrier's.
func (s *acceptance) caller() *softphone { return s.listener(s.t, carrierHost, phoneAccount{}) }

// callerHz is the tone of whoever calls.
const callerHz = 440

// real is a call of a story that was made.
type real struct {
	s     *acceptance
	story *flowtest.Story
	leg   *sip.Leg
	ear   *ear
}

// makes has a phone make the call of a story, up to the answer.
func (s *acceptance) makes(story string, phone *softphone, number string) *real {
	s.t.Helper()
	r := &real{s: s, story: s.stories[story], ear: newEar(s.t, "127.0.0.1", callerHz)}
	if r.story == nil {
		s.t.Fatalf("there is no story %q, or it had its call", story)
	}
	delete(s.stories, story)
	var err error
	if r.leg, err = phone.hear(s.t.Context(), number, "+12025550143", r.ear); err != nil {
		s.t.Fatalf("%s: calling %s: %v", story, number, err)
	}
	return r
}

// asTold waits for the call's end, and wants it to have gone as its story does:
// by the same nodes and transitions, and saying the same. A call without a Dial
// that is answered says nothing else.
func (r *real) asTold(voice string) (session sessionOf, heard []int16) {
	s, e := r.s, r.story.Expect
	s.t.Helper()
	heard, err := r.ear.over(r.leg)
	if err != nil {
		s.t.Fatalf("%s: %v", r.story.Name, err)
	}
	told, err := r.story.Play(s.t.Context())
	if err == nil {
		err = told.Err()
	}
	if err != nil {
		s.t.Fatal(err)
	}
	s.eventually("the session is over", func() bool {
		for _, one := range s.sessions("") {
			if one.CallSid == r.leg.CallID() && one.Ended {
				session = one
				return true
			}
		}
		return false
	})
	if walked := s.walked(session); !slices.Equal(walked, e.Path) || !slices.Equal(told.Path, e.Path) {
		s.t.Errorf("%s: the call went\n%q, the story\n%q, and expected is\n%q; the call's log:\n%s", r.story.Name, walked, told.Path, e.Path, session.text())
	}
	if again := s.fromSession(session.ID); !slices.Equal(again.Expect.Path, e.Path) {
		s.t.Errorf("%s: the story that is made of the session goes %q", r.story.Name, again.Expect.Path)
	}
	if who, ok := e.Variables["AnsweredByName"]; ok != (session.AnsweredByName != "") || ok && who != session.AnsweredByName {
		s.t.Errorf("%s: %q answered, and in the story %v", r.story.Name, session.AnsweredByName, who)
	}
	hearsText(s.t, "the caller of "+r.story.Name, heard, voice, e.Heard, session.AnsweredByName == "")
	return session, heard
}

// fromSession is the story that `ringflow test --from-session` makes.
func (s *acceptance) fromSession(id string) *flowtest.Story {
	s.t.Helper()
	c := s.run(s.t, "test", "--from-session", id)
	if err := c.wait(); err != nil {
		s.t.Fatalf("%v\n%s", err, c.out)
	}
	all, err := flowtest.Read([]byte(c.out.String()), "story.yaml")
	if err != nil || len(all) != 1 {
		s.t.Fatalf("%v in\n%s", err, c.out)
	}
	return all[0]
}

// walked is a session's path by its log, in the words of stories.
func (s *acceptance) walked(session sessionOf) []string {
	name := "(" + strings.Join(s.names, "|") + ")"
	follows := regexp.MustCompile("^" + name + ": (?:(.+) is not connected, )?(.+), to " + name + "$")
	nowhere := regexp.MustCompile("^" + name + ": (.+) is not connected, the flow ends$")
	ends := regexp.MustCompile("^" + name + " ends(?: the flow|: .*)$")
	var path []string
	for _, l := range session.Log {
		if m := follows.FindStringSubmatch(l.Message); m != nil && m[2] != "" {
			path = append(path, m[1]+": "+m[2])
		} else if m != nil {
			path = append(path, m[1]+": "+m[3])
		} else if m := nowhere.FindStringSubmatch(l.Message); m != nil {
			path = append(path, m[1]+": "+m[2])
		} else if m := ends.FindStringSubmatch(l.Message); m != nil {
			path = append(path, m[1])
		}
	}
	return path
}

// lastSecond is the end of what was heard of two who talked then, as a WAV of
// which the head is left empty.
func lastSecond(s []int16) []byte {
	wav := make([]byte, 44)
	for _, x := range s[max(0, len(s)-media.ClipRate):] {
		wav = binary.LittleEndian.AppendUint16(wav, uint16(x))
	}
	return wav
}

// tones wants caller and callee of an answered call to have heard each other.
func (s *acceptance) tones(heard []int16, callee *talker) {
	s.t.Helper()
	hears(s.t, "the caller", lastSecond(heard), callee.hz, callerHz)
	callee.phone.Close() // its file is whole now
	wav, err := os.ReadFile(callee.file)
	if err != nil {
		s.t.Fatal(err)
	}
	theirs := sound(s.t, wav)
	hears(s.t, "who answered", lastSecond(theirs), callerHz, callee.hz)
	if len(theirs) < media.ClipRate {
		s.t.Errorf("who answered heard %d samples", len(theirs))
	}
}

// talks lets both talk, for as long as the stories do, and has the callee hang up.
func (s *acceptance) talks(callee *talker) {
	s.t.Helper()
	leg := nextLeg(s.t, "the callee", callee.up)
	pause(s.t.Context(), 2*time.Second)
	if err := leg.Hangup(s.t.Context(), nil); err != nil {
		s.t.Error(err)
	}
}
