package main

import (
	"context"
	"io"
	"net/netip"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"ringflow/media"
	"ringflow/sip"
)

// agentPhone is an agent's: it rings until the test takes the call, or whoever calls
// gives up.
type agentPhone struct {
	phone *softphone
	rings chan *agentCall
}

type agentCall struct {
	leg  *sip.Leg
	take chan struct{}
}

func (h *house) agentPhone(t *testing.T, u phoneAccount) *agentPhone {
	t.Helper()
	a := &agentPhone{rings: make(chan *agentCall, 16)}
	engine := make(chan *media.Engine, 1)
	var err error
	a.phone, err = newSoftphone(t.Context(), phoneOptions{
		Bind: netip.AddrPortFrom(netip.MustParseAddr("127.0.0.8"), 0), Server: h.sip, User: u.SipUserName, Password: u.SipPassword, Show: newDisplay(io.Discard), Log: zap.NewNop(),
		Engine: func(e *media.Engine) { engine <- e },
		Answer: func(ctx context.Context, in *sip.Invite) error {
			e := <-engine
			engine <- e
			if err := in.Leg.Ring(ctx, false); err != nil {
				return err
			}
			c := &agentCall{in.Leg, make(chan struct{})}
			a.rings <- c
			select {
			case <-c.take:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
			port, err := e.Open(media.PortOptions{Signalling: in.Source.Addr()})
			if err != nil {
				return err
			}
			in.Leg.Attach(port)
			if err := in.Leg.Answer(ctx); err != nil {
				return err
			}
			<-ctx.Done()
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.phone.Close)
	if err := a.phone.registered(t.Context()); err != nil {
		t.Fatal(err)
	}
	return a
}

// offer is the next call that the agent is offered.
func (a *agentPhone) offer(t *testing.T, when string) *agentCall {
	t.Helper()
	select {
	case c := <-a.rings:
		return c
	case <-time.After(time.Minute):
		t.Fatalf("%s: the agent is offered nothing", when)
		return nil
	}
}

// agentState is what the agent does and why, as the API tells.
func (m *mortal) agentState() string {
	m.t.Helper()
	var u struct{ AgentState, AgentStateReason string }
	m.get("/endpoints/"+m.alice.ID, &u)
	return u.AgentState + " " + u.AgentStateReason
}

func (m *mortal) setAgent(state string) {
	m.t.Helper()
	m.change("/endpoints/"+m.alice.ID, `{"agentState":"`+state+`"}`)
}

// queued waits until the last call stands so in the queue.
func (m *mortal) queued(when, state string) {
	m.t.Helper()
	m.eventually(when+": the call is "+state, func() bool {
		all := m.sessions("") // a new one may wait 200 ms to be written
		if len(all) == 0 {
			return false
		}
		var s struct{ QueueState string }
		m.get("/sessions/"+all[0].ID, &s)
		return s.QueueState == state
	})
}

// offerMoment is one of a queue's offer: what happens up to the kill, and what the agent
// is afterwards, at last.
type offerMoment struct {
	name string
	step string // the kill is at it; empty: when is over
	when func(m *mortal, a *agentPhone, hangUp func())
	is   string
}

func rung(m *mortal, a *agentPhone, _ func()) { a.offer(m.t, "before the kill") }

func taken(m *mortal, a *agentPhone) {
	close(a.offer(m.t, "before the kill").take)
	m.queued("the agent answered", "Connected")
	pause(m.t.Context(), 500*time.Millisecond)
}

func talked(m *mortal, a *agentPhone, hangUp func()) {
	taken(m, a)
	hangUp()
}

var offerMoments = [][]offerMoment{{
	{name: "while the caller waits", is: "NotReady SetByUser", when: func(m *mortal, _ *agentPhone, _ func()) {
		m.queued("nobody is ready", "Queued")
	}},
	{name: "while the agent's phone rings", is: "Ready SetByUser", when: func(m *mortal, a *agentPhone, hangUp func()) {
		rung(m, a, hangUp)
		m.queued("before the kill", "Ringing")
	}},
	{name: "while the agent hears the whisper", is: "Ready SetByUser", when: func(m *mortal, a *agentPhone, _ func()) {
		close(a.offer(m.t, "before the kill").take)
		pause(m.t.Context(), 200*time.Millisecond)
	}},
	{name: "while the two talk", is: "Ready SetByUser", when: func(m *mortal, a *agentPhone, _ func()) { taken(m, a) }},
}, {
	{name: "before the missed call is kept", step: "before the agent is NotReady", is: "Ready SetByUser", when: rung},
	{name: "after the missed call is kept", step: "after the agent is NotReady", is: "NotReady MissedCall", when: rung},
}, {
	{name: "before the wrap-up is kept", step: "before the agent is WrapUp", is: "Ready SetByUser", when: talked},
	{name: "after the wrap-up is kept", step: "after the agent is WrapUp", is: "Ready SetBySystem", when: talked},
	{name: "at the wrap-up's end", step: "before the agent is Ready", is: "Ready SetBySystem", when: talked},
}}

// kill -9 at any moment of a queue's offer: no agent stays reserved. Each is as he last
// said, or as the system said if that was kept; wrap-up comes to its end; the caller's
// session is closed; and the next caller is offered to the agent.
func TestKilledInAQueue(t *testing.T) {
	t.Parallel()
	together(t, offerMoments, func(all []offerMoment) string { return all[0].name }, func(t *testing.T, moments []offerMoment) {
		m := startMortal(t)
		m.offers(moments)
	})
}

// ringSeconds are long, but where a call is to be missed.
func ringSeconds(moments []offerMoment) float64 {
	if strings.Contains(moments[0].step, "NotReady") {
		return 4
	}
	return 60
}

// offers calls a queue in which Alice is the only agent, once for each moment.
func (m *mortal) offers(moments []offerMoment) {
	team := m.post("/endpoints/team", M{"accountId": m.account, "displayName": "Sales", "memberIds": []string{m.alice.ID}})
	m.number(queueNumber, m.flow("Queue", node("q", "QueueNode", M{
		"Team":        M{"type": "Team", "value": M{"stringValue": team}},
		"RingSeconds": amount(ringSeconds(moments)), "WrapUpSeconds": amount(1), "WhisperText": text("From the queue."),
	})))
	a := m.agentPhone(m.t, m.alice)
	for _, at := range moments {
		m.offered(at, a)
	}
	hangUp(a.phone)
}

const queueNumber = "+18005550103"

func (m *mortal) offered(at offerMoment, a *agentPhone) {
	t := m.t
	state := "Ready"
	if at.is == "NotReady SetByUser" {
		state = "NotReady"
	}
	m.setAgent(state)
	before := m.sessions("")
	_, hangUp := m.rings(queueNumber)
	if at.step != "" {
		m.diesAt(at.step)
	}
	at.when(m, a, hangUp)
	if at.step != "" {
		m.hasDied(at.step)
	} else {
		m.kill()
	}
	m.lives()
	hangUp()
	m.isOver(at.name)
	all := m.sessions("")
	if len(all) != len(before)+1 || at.step == "" && all[0].Outcome != "server failure" {
		t.Errorf("%s: %d sessions, there were %d; the last ended by %q", at.name, len(all), len(before), all[0].Outcome)
	}
	m.eventually(at.name+": the agent is "+at.is, func() bool { return m.agentState() == at.is })
	if m.agentState()[:5] != "Ready" {
		m.setAgent("Ready")
	}
	_, hangUp = m.rings(queueNumber)
	close(a.offer(t, at.name).take)
	m.queued(at.name, "Connected")
	hangUp()
	m.isOver(at.name)
	m.eventually(at.name+": the agent is free", func() bool { return m.agentState() == "Ready SetBySystem" })
}
