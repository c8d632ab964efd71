package session

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"ringflow/endpoints"
	"ringflow/flow"
	"ringflow/sip"
)

// outsideRoute leads to a number in the outside world by the trunks that carry
// it: only where the account may call it, within what the user may cost, and
// with a caller ID that the account owns.
func (c *call) outsideRoute(ctx context.Context, e164 string, d flow.Dialling) (*route, error) {
	if err := c.s.cache.allowedOutside(c.settings, e164); err != nil {
		return nil, words(err)
	}
	shown, err := c.callerID(ctx, d.CallerID)
	if err != nil {
		return nil, words(err)
	}
	trunks := endpoints.Route(c.s.trunksOf(c.account), e164)
	if len(trunks) == 0 {
		return nil, fmt.Errorf("no trunk carries %s", e164)
	}
	return c.throughTrunks(trunks, e164, e164, shown, d)
}

// trunkRoute leads by one trunk that the flow names.
func (c *call) trunkRoute(ctx context.Context, id, number string, d flow.Dialling) (*route, error) {
	e, err := c.s.cache.endpoint(ctx, id)
	if err != nil || e.AccountID != c.account || e.Kind != endpoints.SipTrunk {
		if err == nil || errors.Is(err, fs.ErrNotExist) {
			err = fmt.Errorf("there is no trunk %.64q", id)
		}
		return nil, err
	}
	number = strings.TrimSpace(number)
	dial := number
	if e164, err := c.s.cache.parse(number, c.settings.DefaultCountry); err == nil {
		owned, err := c.s.cache.number(ctx, e164)
		if err == nil { // a number of ours never leaves the house
			return c.childRoute(owned, d), nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		if err := c.s.cache.allowedOutside(c.settings, e164); err != nil {
			return nil, words(err)
		}
		dial = e164
	} else if !shortCode(number) {
		return nil, fmt.Errorf("%.64q is neither a telephone number nor an extension of up to 6 characters", number)
	}
	shown, err := c.callerID(ctx, d.CallerID)
	if err != nil {
		return nil, words(err)
	}
	return c.throughTrunks([]*endpoints.Endpoint{e}, dial, number, shown, d)
}

// shortCode is what a PBX behind a trunk may have as an extension: too short
// to cost anything as a number.
func shortCode(s string) bool {
	for _, r := range s {
		if r > 127 || !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '*' || r == '#') {
			return false
		}
	}
	return len(s) > 0 && len(s) <= 6
}

func (c *call) throughTrunks(trunks []*endpoints.Endpoint, dial, name, shown string, d flow.Dialling) (*route, error) {
	w := &route{name: name, by: flow.Party{Name: name, Address: dial}}
	if c.caller != nil {
		w.limit = func() (func(), error) { return c.s.outs.take(c.caller.ID, c.settings) }
	}
	for i, t := range trunks {
		source, _ := netip.ParseAddr(t.Trunk.Host) // a name: its media comes from where its SDP says
		w.tries = append(w.tries, try{
			name: fmt.Sprintf("%s by %s as %s", name, t.DisplayName, shown), to: dial, endpointID: t.ID, codecs: t.Trunk.Codecs, source: source,
			place: c.placeTrunk(t, dial, shown, d, i < len(trunks)-1),
		})
	}
	return w, nil
}

// placeTrunk calls through one trunk. more: there is another one to go to.
func (c *call) placeTrunk(t *endpoints.Endpoint, dial, shown string, d flow.Dialling, more bool) func(context.Context, *party, func(int, bool)) (dialog, error) {
	return func(ctx context.Context, p *party, progress func(int, bool)) (dialog, error) {
		free, ok := c.s.trunks.take(t.ID, t.Trunk.MaxCalls)
		if !ok {
			return nil, &sip.Status{Code: 503, Reason: fmt.Sprintf("the trunk has its %d calls", t.Trunk.MaxCalls)}
		}
		a, err := p.open()
		if err != nil {
			free()
			return nil, err
		}
		out := c.trunkDial(t, dial, shown, d)
		out.Progress = progress
		out.Hurry = more
		leg, err := c.s.UA.Dial(ctx, out, a)
		if err != nil {
			free()
			return nil, err
		}
		context.AfterFunc(leg.Context(), free)
		return leg, nil
	}
}

// trunkDial is the call as this trunk wants it: our number in From and
// P-Asserted-Identity. The original caller's number goes out only where the
// trunk allows it, and then with our own beside it (RFC 5806, 3325).
func (c *call) trunkDial(t *endpoints.Endpoint, dial, shown string, d flow.Dialling) sip.Dial {
	ours := endpoints.FormatCallerID(t.Trunk.CallerIDFormat, shown)
	host := t.Trunk.Host
	from := sip.Party{Name: d.CallerName, User: ours}
	out := sip.Dial{Trunk: t.ID, MaxForwards: c.hops, Headers: d.Headers, PAI: &sip.Party{Name: d.CallerName, User: ours, Host: host}}
	if d.PassCallerID {
		if _, err := c.s.cache.parse(c.session.FromAddress, c.settings.DefaultCountry); err == nil && t.Trunk.AllowOriginalCallerID {
			from = sip.Party{Name: c.session.FromName, User: endpoints.FormatCallerID(t.Trunk.CallerIDFormat, c.session.FromAddress)}
			out.Headers = append([][2]string{{"Diversion", fmt.Sprintf("<sip:%s@%s>;reason=unconditional", ours, host)}}, d.Headers...)
		} else {
			c.journal.say("The caller's own number is not passed on: %s", passWords(t, c.session.FromAddress))
		}
	}
	out.From = from
	user := dial
	if t.Trunk.CallerIDFormat == endpoints.E164NoPlus {
		user = strings.TrimPrefix(user, "+")
	}
	if p := t.Trunk.Port; p != 0 {
		host = net.JoinHostPort(strings.Trim(host, "[]"), strconv.Itoa(p))
	}
	out.To = "sip:" + strings.ReplaceAll(user, "#", "%23") + "@" + host
	return out
}

func passWords(t *endpoints.Endpoint, from string) string {
	if !t.Trunk.AllowOriginalCallerID {
		return fmt.Sprintf("the trunk %s does not allow it (allowOriginalCallerId)", t.DisplayName)
	}
	return fmt.Sprintf("%q is no telephone number", from)
}

// callerID is the number of ours that a call to the outside shows, by the rules
// of endpoints. asked may be a number or the id of a phone number.
func (c *call) callerID(ctx context.Context, asked string) (string, error) {
	if asked == "" {
		asked = c.asks
	}
	asked, err := c.numberText(ctx, asked)
	if err != nil {
		return "", err
	}
	field, err := c.numberText(ctx, c.callerIDField())
	if err != nil {
		return "", err
	}
	customers, err := c.numberText(ctx, c.customersCallerID())
	if err != nil {
		return "", err
	}
	owned, err := c.s.cache.ownedNumbers(ctx, c.account)
	if err != nil {
		return "", fmt.Errorf("caller ID: %w", err)
	}
	r := endpoints.CallerIDRules{Asked: asked, Field: field, Customer: customers, Account: c.settings.CallerID, Owned: owned, Country: c.settings.DefaultCountry, Pick: rand.IntN}
	if c.endpoint != nil {
		r.Endpoint = c.endpoint.Number
	}
	return endpoints.CallerID(r)
}

// callerIDField is the value of the first Endpoint Field that is flagged as a
// caller ID and is set: on the user who calls, else on the endpoint.
func (c *call) callerIDField() string {
	for _, e := range []*endpoints.Endpoint{c.caller, c.endpoint} {
		if e == nil || e.AccountID != c.account {
			continue
		}
		for _, d := range c.settings.EndpointFields {
			if !d.IsCallerID || d.EndpointType != "" && d.EndpointType != e.Kind {
				continue
			}
			if v, _, _ := fieldOf(e, d, ""); !v.Blank() {
				return strings.TrimSpace(v.Text())
			}
		}
	}
	return ""
}

// customersCallerID is the value of the first Customer Field that is flagged as
// a caller ID and that the session's customer, or one above it, has.
func (c *call) customersCallerID() string {
	if len(c.customers) == 0 {
		return ""
	}
	for _, d := range c.settings.CustomerFields {
		if !d.IsCallerID {
			continue
		}
		if v, _, _ := c.customerField(d); !v.Blank() {
			return strings.TrimSpace(v.Text())
		}
	}
	return ""
}

// numberText is the number of what may be one, or the id of a phone number of
// the account.
func (c *call) numberText(ctx context.Context, text string) (string, error) {
	if !endpoints.ValidID(text) {
		return text, nil
	}
	e, err := c.s.cache.endpoint(ctx, text)
	if err != nil || e.AccountID != c.account || e.Number == "" {
		return "", fmt.Errorf("caller ID: there is no phone number %s", text)
	}
	return e.Number, nil
}

// trunksOf are the trunks of an account.
func (s *Switchboard) trunksOf(account string) []*endpoints.Endpoint {
	var out []*endpoints.Endpoint
	for _, t := range s.directory().trunks {
		if t.AccountID == account {
			out = append(out, t)
		}
	}
	return out
}

// words takes the name of the API's field from an error that goes into a log.
func words(err error) error {
	var i *endpoints.Invalid
	if errors.As(err, &i) {
		return errors.New(i.Text)
	}
	return err
}
