package session

import (
	"context"
	"slices"
	"strings"
	"sync"

	"go.uber.org/zap"

	"ringflow/endpoints"
)

const (
	// maxBack users wait to be looked at; texts to the others leave with their next try.
	maxBack = 10_000
	// backAtOnce users are looked at in one go.
	backAtOnce = 200
)

// textsWaiting are users whose phones have come: texts that wait for them are to leave now, and not
// when the outbox would try them again.
type textsWaiting struct {
	mu   sync.Mutex
	back map[string]struct{} // SIP user names, lower case
	came chan struct{}       // capacity 1: back is not empty
}

func (w *textsWaiting) bell() chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.came == nil {
		w.came = make(chan struct{}, 1)
	}
	return w.came
}

// phoneBack notes that a phone of the user has come. It does not wait.
func (s *Switchboard) phoneBack(user string) {
	w := &s.texts
	bell := w.bell()
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.back) >= maxBack {
		return
	}
	if w.back == nil {
		w.back = map[string]struct{}{}
	}
	w.back[user] = struct{}{}
	select {
	case bell <- struct{}{}:
	default:
	}
}

// hurryTexts runs until the switchboard stops. Phones that come while the store is asked, as all do
// after a power cut, are asked for together.
func (s *Switchboard) hurryTexts() {
	bell := s.texts.bell()
	for {
		select {
		case <-bell:
		case <-s.after.Done():
			return
		}
		s.texts.mu.Lock()
		back := s.texts.back
		s.texts.back = nil
		s.texts.mu.Unlock()
		for account, names := range s.namesOf(back) {
			for some := range slices.Chunk(names, backAtOnce) {
				s.hurryTextsTo(account, some)
			}
		}
	}
}

// namesOf is what texts to these users may be addressed to, by account.
func (s *Switchboard) namesOf(users map[string]struct{}) map[string][]string {
	d := s.directory()
	out := map[string][]string{}
	for user := range users {
		u := d.users[d.phones[user].ID]
		if u == nil {
			continue
		}
		for _, name := range userNames(u) {
			_, name, _ = strings.Cut(name, " ")
			out[u.AccountID] = append(out[u.AccountID], name)
		}
	}
	return out
}

func (s *Switchboard) hurryTextsTo(account string, names []string) {
	ctx, cancel := context.WithTimeout(s.after, storeTime)
	defer cancel()
	n, err := s.Store.HurryOutbound(ctx, account, endpoints.SIPText, names)
	switch {
	case err != nil && s.after.Err() == nil:
		s.log().Warn("texts to phones that have come can't be looked for; they leave with their next try", zap.String("account", account), zap.Error(err))
	case n > 0 && s.Wake != nil:
		s.Wake()
	}
}
