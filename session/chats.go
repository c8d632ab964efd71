package session

import (
	"context"
	"errors"
	"maps"
	"runtime/debug"
	"sync"
	"time"

	"go.uber.org/zap"

	"ringflow/endpoints"
)

const (
	// maxChats are worked at at once. Each mostly waits for the disk, and those that wait
	// together share a commit.
	maxChats = 64
	// chatLease is for how long nobody else takes a chat that is worked at; it is renewed
	// every renewChats. A server that starts again has its own back at once.
	chatLease  = time.Minute
	renewChats = 20 * time.Second
	// lookForChats is how often those are looked for that another server has left.
	lookForChats = time.Minute
	// chatTime is how long a flow may be at work for one message: what takes longer waits
	// for a reply, which is no work.
	chatTime = 15 * time.Minute
	// chatTries is how often a message is begun: one that takes the server down with it
	// must not do so for ever.
	chatTries = 3
)

// chats is what of the chats is in memory: who works at them, and nothing that
// would be lost with it.
type chats struct {
	wake  chan struct{} // 1 deep
	slots chan struct{}
	work  sync.WaitGroup // of chats at work

	mu     sync.Mutex
	claims map[string]string // of chats at work, by their ids
}

// poke lets the runner look for work now.
func (c *chats) poke() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

func (c *chats) begins(kept *StoredChat) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.claims[kept.ID] = kept.Claim
}

// ends forgets a claim; the chat may have been claimed anew before its work was over.
func (c *chats) ends(kept *StoredChat) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.claims[kept.ID] == kept.Claim {
		delete(c.claims, kept.ID)
	}
}

func (c *chats) claimed() map[string]string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.claims)
}

// runChats gives each chat that has something to do to a goroutine, from one for all, until
// the server stops: messages that came, and waits that are over.
func (s *Switchboard) runChats() {
	renew := time.NewTicker(renewChats)
	defer renew.Stop()
	away, due := false, true
	for {
		if due {
			err := s.takeChats()
			if failed := err != nil && s.ctx.Err() == nil; failed != away {
				if away = failed; failed {
					s.log().Error("chats can't be read; messages wait", zap.Error(err))
				} else {
					s.log().Info("chats can be read again")
				}
			}
		}
		var wait time.Duration
		wait, due = s.nextChat()
		next := time.NewTimer(wait)
		for waits := true; waits; {
			select {
			case <-s.chats.wake:
				waits, due = false, true
			case <-next.C:
				waits = false
			case <-renew.C:
				if err := s.Store.RenewChats(s.ctx, s.chats.claimed(), chatLease); err != nil && s.ctx.Err() == nil {
					s.log().Error("chats at work can't be kept for us; another server may do their work again", zap.Error(err))
				}
			case <-s.ctx.Done():
				next.Stop()
				return
			}
		}
		next.Stop()
	}
}

// nextChat is how long nothing is to be done, as far as is known, and whether something is then.
func (s *Switchboard) nextChat() (wait time.Duration, due bool) {
	if len(s.chats.slots) == cap(s.chats.slots) {
		return lookForChats, true // a slot that gets free pokes
	}
	ctx, cancel := context.WithTimeout(s.ctx, storeTime)
	defer cancel()
	at, err := s.Store.NextChat(ctx)
	if err != nil {
		return retryAfter, true
	}
	if wait = time.Until(at); at.IsZero() || wait > lookForChats {
		return lookForChats, false
	}
	return max(wait, time.Millisecond), true
}

// takeChats claims as many as there are slots.
func (s *Switchboard) takeChats() error {
	free := cap(s.chats.slots) - len(s.chats.slots)
	if free == 0 {
		return nil // a slot that gets free pokes
	}
	taken, err := s.Store.ClaimChats(s.ctx, free, chatLease)
	for _, c := range taken {
		s.chats.slots <- struct{}{}
		s.chats.begins(c)
		s.chats.work.Go(func() {
			defer s.chats.poke()
			defer func() { <-s.chats.slots }()
			defer s.chats.ends(c)
			s.workChat(c)
		})
	}
	return err
}

// workChat does what there is to do for a chat. What can't be done now is done later.
func (s *Switchboard) workChat(kept *StoredChat) {
	err := s.tryChat(kept)
	if err == nil || errors.Is(err, errClaimLost) {
		return
	}
	var never *endpoints.Invalid
	if errors.As(err, &never) { // what can't be kept can't be the next time: the try counts, and the claim runs out
		s.log().Error("what a chat's flow did can't be kept; it is tried again, but not for ever", zap.String("session", kept.SessionID), zap.Error(err))
		return
	}
	if errors.Is(err, errChatPanic) { // nor what our own fault stops, most likely
		return
	}
	if s.after.Err() == nil {
		s.log().Error("a chat can't go on now; it is tried again", zap.String("session", kept.SessionID), zap.Error(err))
		t := time.NewTimer(retryAfter)
		defer t.Stop()
		select {
		case <-t.C:
		case <-s.after.Done():
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), storeTime)
	defer cancel()
	if err := s.Store.ReleaseChat(ctx, kept.ID, kept.Claim); err != nil {
		s.log().Warn("a chat can't be given back; it is taken up when its claim is over", zap.String("session", kept.SessionID), zap.Error(err))
	}
}

// tryChat is workChat, in which a fault of ours is an error.
func (s *Switchboard) tryChat(kept *StoredChat) (err error) {
	defer func() {
		if p := recover(); p != nil {
			s.stats.panics.Add(1)
			s.log().Error("a chat panicked", zap.String("session", kept.SessionID), zap.Any("panic", p), zap.ByteString("stack", debug.Stack()))
			err = errChatPanic
		}
	}()
	ctx, cancel := context.WithTimeout(s.after, storeTime)
	defer cancel()
	c, err := s.openChat(ctx, kept)
	if errors.Is(err, errNoChat) {
		return c.rest(ctx)
	}
	if err != nil {
		return err
	}
	return c.work()
}

var (
	// errClaimLost: another server has the chat by now.
	errClaimLost = errors.New("session: another server works at the chat")
	// errNoChat: no session is open in the chat, and none can be.
	errNoChat    = errors.New("session: no flow runs for who wrote")
	errChatPanic = errors.New("session: a fault of ours")
)

// settleChats waits until the chats at work have come to an end, or ctx ends.
func (s *Switchboard) settleChats(ctx context.Context) {
	done := make(chan struct{})
	s.wg.Go(func() {
		defer close(done)
		s.chats.work.Wait()
	})
	select {
	case <-done:
	case <-ctx.Done():
	}
}
