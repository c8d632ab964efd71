package nodes

import (
	"context"
	"time"

	"ringflow/flow"
)

func init() { flow.Register("SetCookieNode", func() flow.Node { return new(setCookie) }) }

type setCookie struct {
	name  string
	value flow.Value
	days  float64
}

func (n *setCookie) Spec(s *flow.Spec) {
	s.Title, s.Category = "Set Cookie", flow.CookieNodes
	s.Doc = "Keeps a value for the next session with the same other party, by its address. Of an anonymous one nothing is kept."
	s.String(&n.name, "Name", "", "The cookie's name.").Need("the cookie has no name").Formed(cookieName)
	s.Any(&n.value, "Value", "What is kept.").AtMost(maxCookie)
	s.Number(&n.days, "ExpiresInDays", 365, "For how long.").Range(0.001, 3650)
	s.Exit("Done", "It is kept.")
}

func (n *setCookie) Run(ctx context.Context, x *flow.Execution) (string, error) {
	party, ok := cookies(x)
	if !ok {
		return "Done", nil
	}
	expires := x.Now().Add(time.Duration(n.days * 24 * float64(time.Hour)))
	return "Done", x.Cookies.SetCookie(ctx, party, n.name, n.value, expires)
}
