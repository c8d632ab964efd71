package email

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"time"

	"go.uber.org/zap"

	"ringflow/endpoints"
)

const (
	lookEvery    = 10 * time.Second // for accounts that are due, or new
	maxMailboxes = 8                // that are asked at once
	pollTime     = 10 * time.Minute // for one look into one mailbox
	longestAway  = time.Hour        // between two looks into one that can't be asked
)

// Mailboxes knows the e-mail accounts that have one.
type Mailboxes interface {
	Directory
	EmailAccounts(ctx context.Context, keep func(endpoints.EmailAccount) bool) (map[string][]endpoints.EmailAccount, error)
}

// Poller looks into the mailboxes of e-mail accounts by IMAP (RFC 9051), and takes what is unseen
// for the e-mail endpoint of the account that has the same address. A mail is marked as seen,
// or moved, only once it is kept; one that is met again meanwhile is known by its key, so
// nothing is lost and nothing comes twice, whatever dies when. Set the fields, then Start.
type Poller struct {
	Receiver  *Receiver
	Mailboxes Mailboxes
	Memory    Memory      // what is kept of the mailboxes' folders; nil: nothing
	TLSConfig *tls.Config // nil: the system's roots, the server's name
	// Dial connects; nil: TCP.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	Log  *zap.Logger // nil: none
	// Links is told how mailboxes are doing, and by which servers accounts send no more; nil: nobody is.
	Links *endpoints.Links

	wake   chan struct{}
	cancel context.CancelFunc
	wg     sync.WaitGroup
	slots  chan struct{}

	mu     sync.Mutex
	states map[string]*mailboxState // by account and e-mail account
}

// mailboxState is what is remembered of a mailbox between two looks.
type mailboxState struct {
	box    endpoints.Mailbox
	next   time.Time
	failed int  // looks that came to nothing, on end
	busy   bool // somebody looks
}

// Start begins to look.
func (p *Poller) Start(ctx context.Context) {
	if p.Log == nil {
		p.Log = zap.NewNop()
	}
	ctx, p.cancel = context.WithCancel(context.WithoutCancel(ctx))
	p.wake, p.slots, p.states = make(chan struct{}, 1), make(chan struct{}, maxMailboxes), map[string]*mailboxState{}
	p.wg.Go(func() { p.run(ctx) })
}

// Close ends all looks, and waits.
func (p *Poller) Close() {
	if p.cancel == nil {
		return
	}
	p.cancel()
	p.wg.Wait()
}

// Look looks into all mailboxes now.
func (p *Poller) Look() {
	p.mu.Lock()
	for _, s := range p.states {
		s.next = time.Time{}
	}
	p.mu.Unlock()
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

func (p *Poller) run(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		p.round(ctx)
		select {
		case <-tick.C:
		case <-p.wake:
		case <-ctx.Done():
			return
		}
	}
}

// round starts a look into each mailbox that is due.
func (p *Poller) round(ctx context.Context) {
	all, err := p.Mailboxes.EmailAccounts(ctx, func(a endpoints.EmailAccount) bool { return a.IMAP != nil || a.SMTP != nil })
	if err != nil {
		if ctx.Err() == nil {
			p.Log.Error("the mailboxes can't be read from the store", zap.Error(err))
		}
		return
	}
	there, fetched, sent := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for account, list := range all {
		for _, a := range list {
			of := endpoints.MailLinkOf(account, a.EmailAddress)
			if sent[of] = a.SMTP != nil; a.IMAP == nil {
				continue
			}
			key := account + " " + a.ID
			there[key], fetched[of] = true, true
			p.begin(ctx, key, account, a)
		}
	}
	p.Links.Only(endpoints.LinkIMAP, func(of string) bool { return fetched[of] })
	p.Links.Only(endpoints.LinkSMTP, func(of string) bool { return sent[of] })
	p.mu.Lock()
	defer p.mu.Unlock()
	for key, s := range p.states {
		if !there[key] && !s.busy {
			delete(p.states, key)
		}
	}
}

// begin starts a look into a mailbox that is due.
func (p *Poller) begin(ctx context.Context, key, account string, a endpoints.EmailAccount) {
	if !p.due(key, *a.IMAP) {
		return
	}
	select {
	case p.slots <- struct{}{}:
	default:
		p.done(key, nil, true) // all hands are busy
		return
	}
	p.wg.Go(func() {
		defer func() { <-p.slots }()
		err := p.look(ctx, account, a)
		if ctx.Err() == nil {
			p.Links.Note(endpoints.LinkIMAP, endpoints.MailLinkOf(account, a.EmailAddress), a.IMAP.Address(), err)
		}
		p.done(key, err, ctx.Err() != nil)
	})
}

// due tells whether a mailbox is to be looked into now, and takes it.
func (p *Poller) due(key string, box endpoints.Mailbox) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.states[key]
	if s == nil {
		s = &mailboxState{}
		p.states[key] = s
	}
	if s.box != box && !s.busy { // set up anew
		s.box, s.next, s.failed = box, time.Time{}, 0
	}
	if s.busy || time.Now().Before(s.next) {
		return false
	}
	s.busy = true
	return true
}

// done notes how a look went; again: it was none.
func (p *Poller) done(key string, err error, again bool) {
	p.mu.Lock()
	s := p.states[key]
	s.busy = false
	every := time.Duration(s.box.Interval) * time.Second
	was := s.failed
	switch {
	case again:
		every = 0
	case err != nil:
		s.failed++
		for range min(s.failed, 10) {
			every = min(2*every, max(longestAway, every))
		}
	default:
		s.failed = 0
	}
	s.next = time.Now().Add(every)
	p.mu.Unlock()
	switch {
	case again:
	case err != nil && was == 0:
		p.Log.Warn("a mailbox can't be asked; it is asked again later and later", zap.String("mailbox", key), zap.Error(err))
	case err == nil && was > 0:
		p.Log.Info("a mailbox can be asked again", zap.String("mailbox", key))
	}
}

var errNoEndpoint = errors.New("the account has no e-mail endpoint of this address")

// look takes what is new in a mailbox.
func (p *Poller) look(ctx context.Context, account string, a endpoints.EmailAccount) error {
	ctx, cancel := context.WithTimeout(ctx, pollTime)
	defer cancel()
	all, _, err := p.Mailboxes.Endpoints(ctx, endpoints.EndpointFilter{AccountIDs: []string{account}, Types: []endpoints.Kind{endpoints.EmailAddress}, EmailAddress: a.EmailAddress})
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return errNoEndpoint
	}
	return p.fetch(ctx, *a.IMAP, all[0])
}
