package endpoints

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"
)

// LinkKind is by what messages come and go.
type LinkKind string

const (
	LinkSMPP       LinkKind = "Smpp"         // a number's or trunk's connection to its message centre
	LinkIMAP       LinkKind = "Imap"         // an e-mail account's mailbox, as of the last look
	LinkSMTP       LinkKind = "Smtp"         // the server that an account's mails leave by, as of the last one
	LinkListener   LinkKind = "SmtpListener" // this server's own, for all addresses
	LinkSocketMode LinkKind = "SocketMode"   // a Slack bot's connection
)

// LinkKinds are all there are.
var LinkKinds = []LinkKind{LinkSMPP, LinkIMAP, LinkSMTP, LinkListener, LinkSocketMode}

// ServerMail is whose the links of this server's own mail are.
const ServerMail = "mail"

// MailLinkOf is whose the links of an account's mail with an address are.
func MailLinkOf(accountID, address string) string { return accountID + " " + NormalEmail(address) }

// Link is how something outside, on which messages depend, is doing.
type Link struct {
	Kind      LinkKind
	Of        string // an endpoint's id, MailLinkOf or ServerMail
	Server    string // host:port
	Up        bool
	Since     time.Time // it is up, or isn't
	LastError string    // why it isn't, or wasn't before
}

// maxLinkError bounds what a far end tells of itself, in bytes.
const maxLinkError = 500

// Links is how all of this server are doing. Adapters note what happens; who looks after the server reads. The zero
// value is ready, and a nil one remembers nothing.
type Links struct {
	mu  sync.Mutex
	all map[linkKey]Link
}

type linkKey struct {
	kind LinkKind
	of   string
}

// Begin notes a link that is about to be made: it is down, for no reason yet.
func (l *Links) Begin(kind LinkKind, of, server string) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.put(Link{Kind: kind, Of: of, Server: server, Since: time.Now()})
}

// Note notes that a link works (nil), or why it doesn't.
func (l *Links) Note(kind LinkKind, of, server string, err error) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	n, known := l.all[linkKey{kind, of}]
	if up := err == nil; !known || n.Up != up || n.Server != server {
		n.Up, n.Since = up, time.Now()
	}
	n.Kind, n.Of, n.Server = kind, of, server
	if err != nil {
		n.LastError = shortened(strings.ToValidUTF8(oneLine(err.Error()), ""), maxLinkError)
	}
	l.put(n)
}

func (l *Links) put(n Link) {
	if l.all == nil {
		l.all = map[linkKey]Link{}
	}
	l.all[linkKey{n.Kind, n.Of}] = n
}

// Only forgets the links of a kind that are of none of these; the server's own stay.
func (l *Links) Only(kind LinkKind, of func(of string) bool) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for k := range l.all {
		if k.kind == kind && k.of != ServerMail && !of(k.of) {
			delete(l.all, k)
		}
	}
}

// End forgets a link.
func (l *Links) End(kind LinkKind, of string) {
	l.Only(kind, func(other string) bool { return other != of })
}

// Of are the links of these, in the order of their kinds.
func (l *Links) Of(of ...string) (all []Link) {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, o := range of {
		for _, kind := range LinkKinds {
			if n, ok := l.all[linkKey{kind, o}]; ok {
				all = append(all, n)
			}
		}
	}
	return all
}

// All are all links, by kind and whose they are.
func (l *Links) All() (all []Link) {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	for _, n := range l.all {
		all = append(all, n)
	}
	l.mu.Unlock()
	slices.SortFunc(all, func(a, b Link) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Of, b.Of)) })
	return all
}
