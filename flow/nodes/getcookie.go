package nodes

import (
	"context"

	"ringflow/flow"
)

func init() { flow.Register("GetCookieNode", func() flow.Node { return new(getCookie) }) }

type getCookie struct {
	name  string
	value flow.Value
}

func (n *getCookie) Spec(s *flow.Spec) {
	s.Title, s.Category = "Get Cookie", flow.CookieNodes
	s.Doc = "Gives what was kept of the other party in an earlier session."
	s.String(&n.name, "Name", "", "The cookie's name.").Need("the cookie has no name").Formed(cookieName)
	s.Output(&n.value, "Value", flow.StringType, "What was kept.")
	s.Exit("Found", "There is one.")
	s.Exit("Not Found", "There is none, or it has expired.")
}

func (n *getCookie) Run(ctx context.Context, x *flow.Execution) (string, error) {
	party, ok := cookies(x)
	if !ok {
		return "Not Found", nil
	}
	v, ok, err := x.Cookies.Cookie(ctx, party, n.name, x.Now())
	if err != nil || !ok {
		return "Not Found", err
	}
	n.value = v
	return "Found", nil
}
