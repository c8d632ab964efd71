package nodes

import (
	"context"
	"strings"

	"ringflow/flow"
)

func init() { flow.Register("SendDigitsNode", func() flow.Node { return new(sendDigits) }) }

type sendDigits struct{ digits string }

func (n *sendDigits) Spec(s *flow.Spec) {
	s.Title, s.Category = "Send Digits", flow.VoiceNodes
	s.Doc = "Presses keys for the far end, such as an extension behind another switchboard: as telephone-events, or as tones where it has none."
	s.Needs(flow.Voice)
	s.String(&n.digits, "Digits", "", "0 to 9, *, #, A to D; w waits half a second; spaces don't count.").Formed(flow.CheckDigits)
	s.Exit("Done", "All are sent.")
}

func (n *sendDigits) Run(ctx context.Context, x *flow.Execution) (string, error) {
	if err := answer(ctx, x); err != nil {
		return "", err
	}
	digits := strings.ReplaceAll(n.digits, " ", "")
	line, ok := x.Line.(flow.Keypad)
	switch {
	case digits == "":
		x.Logf("there is nothing to send")
		return "Done", nil
	case !ok:
		x.Logf("no digits can be sent here")
		return "Done", nil
	case x.IsSecret(n.digits):
		x.Logf("sends secret digits")
	default:
		x.Logf("sends %s", digits)
	}
	err := line.SendDigits(ctx, digits)
	if cause := context.Cause(ctx); cause != nil {
		return "", cause
	}
	if err != nil {
		x.Logf("they could not all be sent: %v", err)
	}
	return "Done", nil
}
