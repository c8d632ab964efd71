package nodes

import (
	"context"

	"ringflow/flow"
)

func init() { flow.Register("ClearCookieNode", func() flow.Node { return new(clearCookie) }) }

type clearCookie struct{ name string }

func (n *clearCookie) Spec(s *flow.Spec) {
	s.Title, s.Category = "Clear Cookie", flow.CookieNodes
	s.Doc = "Forgets what was kept of the other party."
	s.String(&n.name, "Name", "", "The cookie's name.").Need("the cookie has no name").Formed(cookieName)
	s.Exit("Done", "It is forgotten.")
}

func (n *clearCookie) Run(ctx context.Context, x *flow.Execution) (string, error) {
	party, ok := cookies(x)
	if !ok {
		return "Done", nil
	}
	return "Done", x.Cookies.ClearCookie(ctx, party, n.name)
}
