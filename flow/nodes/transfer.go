package nodes

import (
	"context"
	"strings"
	"time"

	"ringflow/flow"
)

func init() { flow.Register("TransferNode", func() flow.Node { return new(transfer) }) }

type transfer struct {
	to       flow.TypedValue
	mode     string
	callerID string
}

// transferRings is how long who the caller is given to rings.
const transferRings = 30 * time.Second

func (n *transfer) Spec(s *flow.Spec) {
	s.Title, s.Category = "Transfer", flow.VoiceNodes
	s.Doc = "Gives the caller to somebody else. Bridge rings that one from here for 30 seconds, and the two talk through this server. " +
		"Refer answers the call and asks the caller's own phone, or his carrier, to call that one itself (SIP REFER): what it calls is then up to it, and this call ends with the flow."
	s.Needs(flow.Voice)
	s.Typed(&n.to, "Destination", "A User, a Team, an Endpoint, a PhoneNumber, or text: a number, a user's SIP name or e-mail address. With Refer no Team, and for a caller from outside a number only.")
	s.String(&n.mode, "Mode", "Bridge", "Who calls: this server, or the caller's own phone.").PossibleValues("Bridge", "Refer")
	s.Ref(&n.callerID, "CallerId", flow.PhoneNumberType, "With Bridge the number shown to the outside world, one of the account's; empty: chosen by the rules for caller ID.")
	s.Exit("Done", "Bridge: the two have talked, the other side has hung up, and the caller goes on. Refer: the caller's phone is connected with the other side.")
	s.Exit("Failed", "Nobody answered, it could not be dialled, or the caller's phone does not do it. The caller goes on.")
}

func (n *transfer) Run(ctx context.Context, x *flow.Execution) (string, error) {
	if n.mode == "Refer" {
		return n.refer(ctx, x)
	}
	d := dial{destinations: []destination{{to: n.to}}, strategy: "Simultaneous", timeout: transferRings, callerID: n.callerID, goOn: true}
	exit, err := d.Run(ctx, x)
	if err != nil || exit == "Done" {
		return exit, err
	}
	return "Failed", nil
}

func (n *transfer) refer(ctx context.Context, x *flow.Execution) (string, error) {
	line, ok := x.Line.(flow.Referrer)
	if !ok {
		x.Logf("the caller's phone can't be asked here")
		return "Failed", nil
	}
	t := flow.Target{Type: string(n.to.Type), Value: strings.TrimSpace(n.to.Value.Text())}
	if t.Value == "" {
		x.Logf("there is nobody to transfer to")
		return "Failed", nil
	}
	x.Logf("asks the caller's phone to call %s", t.Value)
	r, err := line.Refer(ctx, t)
	switch {
	case err != nil:
		return "", err
	case !r.Done:
		x.Logf("not transferred%s", because(flow.DialResult{SipCode: r.SipCode, Why: r.Why}))
		return "Failed", nil
	}
	x.Logf("the caller's phone is connected with %s", t.Value)
	return "Done", nil
}
