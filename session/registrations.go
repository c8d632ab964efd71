package session

import (
	"sync"
	"time"
)

// registrations are how users' phones stood when that was told last. A refresh
// changes nothing, and isn't told.
type registrations struct {
	mu    sync.Mutex
	users map[string]registered // by SIP user name, lower case; with a contact only
}

type registered struct {
	endpoint, account, customer string
	Registration
}

// knowPhones takes over what is known from before a restart: nothing of that is news.
func (s *Switchboard) knowPhones() {
	s.phones.mu.Lock()
	defer s.phones.mu.Unlock()
	s.phones.users = map[string]registered{}
	for user := range s.directory().phones {
		if now, ok := s.registration(user); ok && now.Contacts > 0 {
			s.phones.users[user] = now
		}
	}
}

// registration is how a user's phones stand; false: there is no such user.
func (s *Switchboard) registration(user string) (registered, bool) {
	d := s.dir.Load()
	if d == nil {
		return registered{}, false
	}
	c, ok := d.phones[user]
	u := d.users[c.ID]
	if !ok || u == nil {
		return registered{}, false
	}
	now := registered{endpoint: u.ID, account: u.AccountID, customer: u.CustomerID, Registration: Registration{SipUserName: user}}
	for i, b := range s.UA.Bindings(user) {
		if i == 0 {
			now.UserAgent = b.UserAgent
		}
		now.Contacts++
		if !b.Offline {
			now.Online++
		}
	}
	return now, true
}

// BindingChanged is the UA's OnBinding: it tells who listens to Events.
func (s *Switchboard) BindingChanged(user string) {
	s.phones.mu.Lock()
	defer s.phones.mu.Unlock() // until it is told, so that the last that is told is how it is
	if s.phones.users == nil {
		return // before Start, which looks for itself
	}
	was, known := s.phones.users[user]
	now, there := s.registration(user)
	switch {
	case !there && !known, there && now.Registration == was.Registration, there && now.Contacts == 0 && !known:
		return
	case !there: // the user is removed, and his phones with him
		now = was
		now.Registration = Registration{SipUserName: user}
	}
	if now.Contacts > 0 {
		s.phones.users[user] = now
	} else {
		delete(s.phones.users, user)
	}
	s.events.tell(Event{Kind: Registered, AccountID: now.account, CustomerID: now.customer, EndpointID: now.endpoint, Date: time.Now().UTC(), Registration: &now.Registration})
}
