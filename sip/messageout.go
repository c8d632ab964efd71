package sip

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	msg "github.com/emiago/sipgo/sip"
)

// TextOut says whom to send a text and how.
type TextOut struct {
	User  string // sipUserName: to all of his devices
	Trunk string // else: id of a trunk set by SetTrunks
	To    string // Request-URI at the trunk
	From  Party  // Host empty: ours
	PAI   *Party // P-Asserted-Identity; nil: none
	Body  string
	// ID names the text: the Call-ID is made of it, so that a far end that gets it twice can tell.
	// Empty: it is new.
	ID string
}

// textPatience is how long one far end may take for a MESSAGE.
const textPatience = 20 * time.Second

// Text sends a MESSAGE (RFC 3428) and returns when it is accepted: by one of the user's
// devices, or by the trunk. A refusal is a *Status; a user without a device is 480, no
// way there wraps ErrTransport.
func (ua *UA) Text(ctx context.Context, o TextOut) error {
	c := ua.start()
	if c.closing() {
		return ErrClosed
	}
	for _, p := range []*Party{&o.From, o.PAI} {
		if p != nil && hostText(p.Host) != p.Host {
			return fmt.Errorf("sip: text: %q is no host for From or P-Asserted-Identity", clip(p.Host))
		}
	}
	if o.ID == "" {
		o.ID = randomHex(16)
	}
	if o.User != "" {
		return c.textUser(ctx, o)
	}
	return c.textTrunk(ctx, o)
}

// textUser sends to all devices of a user that answer; one that takes it is enough.
func (c *core) textUser(ctx context.Context, o TextOut) error {
	list := c.access.registrar.bindings(strings.ToLower(o.User))
	if len(list) == 0 {
		return &Status{Code: 480, Reason: "No Device Is Registered"}
	}
	errs := make([]error, len(list))
	var sent sync.WaitGroup
	for i, b := range list {
		sent.Go(func() {
			var uri msg.Uri
			if errs[i] = parseURI(b.Contact, &uri); errs[i] == nil {
				uri.Headers = nil
				errs[i] = c.sendText(ctx, o, uri, target{Network: strings.ToUpper(b.Transport), Addr: b.Source}, b.Path, nil)
			}
		})
	}
	sent.Wait()
	var worst error
	for _, err := range errs {
		if err == nil {
			return nil
		}
		if _, refused := asStatus(err); worst == nil || refused {
			worst = err
		}
	}
	return worst
}

// textTrunk sends by a trunk, to the first of its hosts that answers.
func (c *core) textTrunk(ctx context.Context, o TextOut) error {
	var uri msg.Uri
	if err := parseURI(o.To, &uri); err != nil {
		return fmt.Errorf("sip: text to %q: want a SIP URI such as sip:alice@example.com", clip(o.To))
	}
	uri.Headers = nil
	out, err := c.access.outbound(o.Trunk)
	if err != nil {
		return err
	}
	out.done() // it is no call
	list, err := c.access.targets(ctx, &out.URI, out.Network)
	if err != nil {
		return transportError(err)
	}
	err = transportError(errors.New("no address for " + out.URI.Host))
	for _, t := range c.resting.order(list) {
		err = c.sendText(ctx, o, uri, t, nil, out)
		if ctx.Err() == nil {
			c.resting.heard(t, err)
		}
		if err == nil || ctx.Err() != nil || !moveOn(err) {
			break
		}
	}
	if out.heard != nil && errors.Is(err, ErrTransport) {
		out.heard(0, err)
	}
	return err
}

// sendText sends one MESSAGE to one far end, and again with credentials where it asks for them.
func (c *core) sendText(ctx context.Context, o TextOut, uri msg.Uri, to target, path []string, out *outbound) error {
	ctx, cancel := context.WithTimeoutCause(ctx, textPatience, &Status{Code: 408, Reason: "No answer from " + to.Addr.String()})
	defer cancel()
	var auth [][2]string
	for try := 1; ; try++ {
		req, err := c.newText(o, uri, to, path, try)
		if err != nil {
			return err
		}
		if auth == nil && out != nil && out.again != nil {
			auth = out.again(req, "")
		}
		with(req, auth)
		req.SetBody([]byte(o.Body))
		res, err := c.request(ctx, req, to)
		if err != nil {
			return err
		}
		if out != nil && out.heard != nil {
			out.heard(res.StatusCode, nil)
		}
		switch code := res.StatusCode; {
		case code < 300:
			return nil
		case (code == 401 || code == 407) && out != nil && out.authorize != nil && try < maxChallenges:
			if name, value, ok := out.authorize(req, res); ok {
				auth = [][2]string{{name, value}}
				if out.again != nil {
					auth = append(auth, out.again(req, name)...)
				}
				continue
			}
		}
		return statusFrom(&response{Response: res})
	}
}

// newText is the MESSAGE without credentials and body. All that others have written goes
// through nameAddr, partyURI and uriText: no value can begin a header of its own.
func (c *core) newText(o TextOut, uri msg.Uri, to target, path []string, cseq int) (*msg.Request, error) {
	ours, err := c.contact(to)
	if err != nil {
		return nil, err
	}
	from := o.From
	if from.Host == "" && from.URI == "" {
		ours.UriParams = nil
		if ours.Port == 5060 {
			ours.Port = 0
		}
		ours.User = ""
		from.Host = strings.TrimPrefix(ours.String(), "sip:")
	}
	whom := "sip:" + escapeUser(o.User) + "@" + hostText(from.Host)
	if o.User == "" {
		whom = uriText(uri.String())
	}
	sum := sha256.Sum256([]byte(o.ID + "\n" + uri.String()))
	name := hex.EncodeToString(sum[:])
	req := msg.NewRequest(msg.MESSAGE, uri)
	with(req, [][2]string{
		{"From", nameAddr(from.Name, partyURI(from)) + ";tag=" + name[32:48]},
		{"To", "<" + whom + ">"},
		{"Call-ID", name[:32]},
		{"CSeq", itoa(cseq) + " " + string(msg.MESSAGE)},
	})
	for _, p := range path {
		req.AppendHeader(msg.NewHeader("Route", p))
	}
	if o.PAI != nil {
		req.AppendHeader(msg.NewHeader("P-Asserted-Identity", nameAddr(o.PAI.Name, partyURI(*o.PAI))))
	}
	req.AppendHeader(msg.NewHeader("Content-Type", "text/plain;charset=UTF-8"))
	return req, nil
}
