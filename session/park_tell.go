package session

import (
	"context"
	"errors"
	"io/fs"
	"strings"

	"ringflow/endpoints"
	"ringflow/flow"
)

// telling is a user being told of a parked call: a goroutine, and what to write
// into the call's log when it is over, in the words of the call's own goroutine.
type telling struct {
	news <-chan func() // once; nil: nobody is told
	stop func()        // ends it and waits for it
}

// announce rings the user of AnnounceTo and tells the slot.
func (w *parking) announce(ctx context.Context, slot string) telling {
	if w.p.AnnounceTo == "" {
		return telling{stop: func() {}}
	}
	ctx, cancel := context.WithCancel(ctx)
	news, over := make(chan func(), 1), make(chan struct{})
	go func() {
		defer close(over)
		name, why := w.call.tellSlot(ctx, w.p.AnnounceTo, slot)
		if ctx.Err() != nil {
			return // nobody needs to know any more
		}
		news <- func() {
			if why != "" {
				w.p.Untold(name, why)
			} else {
				w.p.Told(name, slot)
			}
		}
	}()
	return telling{news, func() { cancel(); <-over }}
}

// tellSlot rings a user of the account, and says the slot to who answers. why is
// empty when it was heard to its end at least once.
func (c *call) tellSlot(ctx context.Context, user, slot string) (name, why string) {
	u, err := c.accountUser(ctx, user)
	if err != nil {
		return user, err.Error()
	}
	name = u.DisplayName
	text := flow.Prompt{Text: flow.SlotWords(slot)}
	d := flow.Dialling{Whisper: text, Attempts: []flow.Attempt{{Target: flow.Target{Type: string(flow.UserType), Value: u.ID}, Timeout: flow.SlotRings}}}
	r := newRinging(ctx, c, d)
	defer r.end()
	for {
		select {
		case <-ctx.Done():
			return name, failWords(context.Cause(ctx))
		case n, more := <-r.news:
			switch {
			case !more:
				return name, strings.TrimPrefix(r.result().Why, name+": ")
			case n.answered:
				r.decide()
				defer n.free()
				defer n.party.close(nil, nil)
				return name, c.saySlot(ctx, n.party, text)
			}
		}
	}
}

// saySlot says it to one who has answered.
func (c *call) saySlot(ctx context.Context, p *party, text flow.Prompt) (why string) {
	for i := range flow.SlotTold {
		source, err := c.source(ctx, text)
		if err == nil {
			_, err = p.ask(ctx, source, "", flow.SlotPause)
		}
		switch {
		case errors.Is(err, flow.ErrTimeout): // it was heard, and no key was asked for
		case i > 0:
			return ""
		case p.dialog.Context().Err() != nil:
			return "hung up before hearing it"
		case err != nil:
			return err.Error()
		}
	}
	return ""
}

var errNoUser = errors.New("there is no such user in this account")

// accountUser is a user of this account by id, SIP user name, e-mail address or extension.
func (c *call) accountUser(ctx context.Context, who string) (*endpoints.Endpoint, error) {
	if !endpoints.ValidID(who) {
		u, err := c.findUser(ctx, who)
		if err == nil && u == nil {
			err = errNoUser
		}
		return u, err
	}
	u, err := c.s.cache.endpoint(ctx, who)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, errNoUser
	case err != nil:
		return nil, err
	case u.Kind != endpoints.User || u.AccountID != c.account: // another account's things do not exist here
		return nil, errNoUser
	}
	return u, nil
}
