package session_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/session"
)

// queue is the node of a queue, and what comes after it.
func queue(team *endpoints.Endpoint, in map[string]any) []node {
	if in == nil {
		in = map[string]any{}
	}
	in["Team"] = ref{"Team", team.ID}
	return []node{{id: "queue", typ: "QueueNode", in: in, to: map[string]string{
		"Done": "done", "Timeout": "late", "No Agents": "nobody", "Queue Full": "full", "Exit Key": "left", "Recording Ready": "ready"}},
		say("done", "Done", ""), say("late", "Late", ""), say("nobody", "Nobody", ""), say("full", "Full", ""), say("left", "Left", ""),
		{id: "ready", typ: "LogNode", in: map[string]any{"Message": "ready: {{ Session.RecordingFileId }}"}},
	}
}

// A caller hears the welcome, its place and music until an agent takes the call,
// who hears a whisper that the caller doesn't; when the agent hangs up the
// caller goes on, and the agent has time for the rest of the work.
func TestQueue(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		c := newCrew(h)
		sales := h.team("Sales", c.users...)
		ann, ben := c.users[0], c.users[1]
		h.ready(ann, ben)
		music := h.audio(1900)
		h.number(did, queue(sales, map[string]any{"WelcomeText": "Welcome", "MusicOnHold": ref{"AudioFile", music}, "AnnouncePosition": true, "AnnounceEverySeconds": 8,
			"RingSeconds": 10, "WhisperText": "For you", "WrapUpSeconds": 30, "RecordCall": true})...)
		agent := &ear{}
		c.does(0, refuses(486, time.Hour)) // does not hear it
		c.does(1, picksUp(agent, 5*time.Second, 2500, 20*time.Second))
		call := h.carrier.mustCall(toNumber(did))
		call.sings(2300)
		time.Sleep(time.Second)
		id := h.sessionOf(t)
		state := func(want session.QueueState, member string) {
			t.Helper()
			r, err := h.Get(id)
			if err != nil || r.QueueState != want || r.QueueMemberID != member {
				t.Errorf("is %+v, want %s, %s", r, want, member)
			}
		}
		time.Sleep(8500 * time.Millisecond)
		state(session.QueueRinging, ann.ID)
		h.agentIs(ann, endpoints.Ready, endpoints.SetByUser)
		if n, m := call.ear.hears(pitch("Welcome")), call.ear.hears(1900); n < 800*time.Millisecond || m < 6*time.Second {
			t.Errorf("heard the welcome for %s, the music for %s", n, m)
		}
		time.Sleep(3 * time.Second)
		state(session.QueueRinging, ben.ID)
		h.agentIs(ann, endpoints.NotReady, endpoints.MissedCall)
		if n := call.ear.hears(pitch("You are number 1 in the queue.")); n < 1600*time.Millisecond {
			t.Errorf("was told the place for %s, want twice a second", n)
		}
		call.ear.forget()
		time.Sleep(6 * time.Second) // Ben has answered, and heard the whisper
		state(session.QueueConnected, ben.ID)
		if got := agent.hears(pitch("For you")); got < 800*time.Millisecond {
			t.Errorf("the agent heard the whisper for %s", got)
		}
		if got := call.ear.hears(pitch("For you")); got > 100*time.Millisecond {
			t.Errorf("the caller heard the whisper for %s", got)
		}
		if a, b := agent.hears(2300), call.ear.hears(2500); a < time.Second || b < time.Second {
			t.Errorf("the agent heard the caller for %s, the caller the agent for %s", a, b)
		}
		call.over(t, 40*time.Second)
		if call.ear.hears(pitch("Done")) < 800*time.Millisecond {
			t.Error("the caller did not go on in the flow")
		}
		h.agentIs(ben, endpoints.WrapUp, endpoints.SetBySystem)
		time.Sleep(30 * time.Second)
		h.agentIs(ben, endpoints.Ready, endpoints.SetBySystem)
		r := h.record()
		logged(t, r, "waits in the queue, number 1", "offered to Ann, for 10 s", "not taken by Ann", "offered to Ben, for 10 s", "Ben answered", "ready: ", "AnsweredBy = \"Ben\"")
		if r.AnsweredByName != "Ben" || r.QueueState != "" {
			t.Errorf("answered by %q, queue %q", r.AnsweredByName, r.QueueState)
		}
		if got := c.rang(); got != "ab" {
			t.Errorf("rang %s", got)
		}
	})
}

// The ways out of a queue but for an agent's answer; the phone that rings then
// rings no more, and nobody has missed anything.
func TestQueueWaysOut(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		c := newCrew(h)
		sales := h.team("Sales", c.users[0])
		ann := c.users[0]
		c.does(0, refuses(486, time.Hour))
		for i, row := range []struct {
			want  string
			in    map[string]any
			state endpoints.AgentState
			keys  string
			takes time.Duration
		}{
			{"Nobody", nil, endpoints.LoggedOut, "", time.Second},
			{"Late", map[string]any{"MaxWaitSeconds": 6}, endpoints.Ready, "", 7 * time.Second},
			{"Left", map[string]any{"ExitKey": "0*"}, endpoints.Ready, "5*", 3 * time.Second},
			{"Left", map[string]any{"ExitKey": "0*"}, endpoints.NotReady, "0", 3 * time.Second},
			{"Late", map[string]any{"MaxWaitSeconds": 6}, endpoints.NotReady, "", 7 * time.Second},
		} {
			number := fmt.Sprint("+1800555020", i)
			h.number(number, queue(sales, row.in)...)
			if _, err := h.SetAgent(t.Context(), ann, row.state); err != nil {
				t.Fatal(err)
			}
			call := h.carrier.mustCall(toNumber(number))
			if row.keys != "" {
				time.Sleep(2 * time.Second)
				call.press(t, row.keys)
			}
			time.Sleep(row.takes - time.Second)
			call.over(t, 4*time.Second)
			if call.ear.hears(pitch(row.want)) < 800*time.Millisecond {
				t.Errorf("row %d: did not hear %s", i, row.want)
			}
			if got := h.Agent(ann).State; got != row.state {
				t.Errorf("row %d: the agent is %s", i, got)
			}
			rings := ""
			if row.state == endpoints.Ready {
				rings = "a"
			}
			if got := c.rang(); got != rings {
				t.Errorf("row %d: rang %q, want %q", i, got, rings)
			}
		}
		// A hang-up, too; and the agent is free for the next caller at once.
		h.ready(ann)
		h.number(did, queue(sales, map[string]any{"MaxLength": 1})...)
		first := h.carrier.mustCall(toNumber(did))
		time.Sleep(2 * time.Second)
		full := h.carrier.mustCall(toNumber(did))
		full.over(t, 3*time.Second)
		if full.ear.hears(pitch("Full")) < 800*time.Millisecond {
			t.Error("the second of a queue of one did not hear that it is full")
		}
		first.hangUp(t)
		logged(t, h.records()[5], "gone after")
		h.agentIs(ann, endpoints.Ready, endpoints.SetByUser)
		c.does(0, picksUp(&ear{}, time.Second, 2500, 0))
		call := h.carrier.mustCall(toNumber(did))
		time.Sleep(3 * time.Second)
		if call.ear.hears(2500) == 0 {
			t.Error("the next caller did not get the agent")
		}
		// The last agent's logging out ends the wait of who waits, but no talk.
		late := h.carrier.mustCall(toNumber(did))
		time.Sleep(2 * time.Second)
		if _, err := h.SetAgent(t.Context(), ann, endpoints.LoggedOut); err != nil {
			t.Fatal(err)
		}
		late.over(t, 4*time.Second)
		if late.ear.hears(pitch("Nobody")) < 800*time.Millisecond {
			t.Error("who waits for nobody was not told")
		}
		if call.leg.Context().Err() != nil {
			t.Error("the talk was ended")
		}
		call.hangUp(t)
		h.agentIs(ann, endpoints.LoggedOut, endpoints.SetByUser)
	})
}

// A server that dies while an agent is offered a call, and one that dies while
// they talk, leaves what the agents had set and reserves nobody.
func TestQueueKilled(t *testing.T) {
	for _, when := range []string{"offered", "talking"} {
		t.Run(when, func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				c := newCrew(h)
				sales := h.team("Sales", c.users...)
				h.ready(c.users[0])
				if _, err := h.SetAgent(t.Context(), c.users[1], endpoints.NotReady); err != nil {
					t.Fatal(err)
				}
				h.number(did, queue(sales, nil)...)
				c.does(0, picksUp(&ear{}, 5*time.Second, 2500, 0))
				h.carrier.mustCall(toNumber(did))
				time.Sleep(2 * time.Second)
				if when == "talking" {
					time.Sleep(5 * time.Second)
				}
				image := h.image(t) // what is on disk now is what the next server finds
				next := h.started(image)
				next.agentIs(c.users[0], endpoints.Ready, endpoints.SetByUser)
				next.agentIs(c.users[1], endpoints.NotReady, endpoints.SetByUser)
				next.agentIs(c.users[2], endpoints.LoggedOut, endpoints.SetBySystem)
				if got := next.Free(sales); got != 1 {
					t.Errorf("%d agents can be offered a call after the restart, want 1", got)
				}
			})
		})
	}
}

// Agents are set by flows: users set themselves, nobody sets another account's.
func TestAgentsByFlow(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		set := func(in map[string]any) []node {
			return []node{{id: "set", typ: "SetAgentStateNode", in: in, to: map[string]string{"Done": "look"}},
				{id: "look", typ: "AgentsAvailableNode", in: map[string]any{"Team": bound{"Endpoint", "Nothing"}}, to: map[string]string{"No": "end"}}, say("end", "End", "")}
		}
		alice := h.user("alice", set(map[string]any{"State": "Ready"})...)
		bob := h.user("bob")
		phone := h.phone("alice", "10.0.0.11")
		phone.mustCall(dials("anything")).over(t, 5*time.Second)
		h.agentIs(alice, endpoints.Ready, endpoints.SetByUser)
		logged(t, h.record(), "Alice is Ready", "there is no team")

		h.number(did, set(map[string]any{"User": ref{"User", bob.ID}, "State": "NotReady"})...)
		h.carrier.mustCall(toNumber(did)).over(t, 5*time.Second)
		h.agentIs(bob, endpoints.NotReady, endpoints.SetByUser)

		other := &endpoints.Account{Name: "Other"}
		if err := h.store.PutAccount(t.Context(), other); err != nil {
			t.Fatal(err)
		}
		eve := &endpoints.Endpoint{AccountID: other.ID, Kind: endpoints.User, FirstName: "Eve", SipUserName: "eve"}
		if err := h.store.PutEndpoint(t.Context(), eve); err != nil {
			t.Fatal(err)
		}
		h.number("+18005550101", set(map[string]any{"User": ref{"User", eve.ID}, "State": "Ready"})...)
		h.carrier.mustCall(toNumber("+18005550101")).over(t, 5*time.Second)
		h.agentIs(eve, endpoints.LoggedOut, endpoints.SetBySystem)
		if text := logText(h.record()); !strings.Contains(text, "there is no user "+eve.ID) {
			t.Errorf("the log does not tell: %s", text)
		}
	})
}
