package bot

import (
	"context"
	"errors"
	"sync"
	"time"

	"go.uber.org/zap"

	"ringflow/endpoints"
)

// typingAfter is how long an answer may take before the person sees that one is coming.
const typingAfter = 700 * time.Millisecond

// typing knows the conversations in which an answer is awaited. Its zero value is ready.
type typing struct {
	mu      sync.Mutex
	awaited map[string]chan struct{}
}

// begin is closed once the conversation is answered.
func (t *typing) begin(conversation string) chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.awaited == nil {
		t.awaited = map[string]chan struct{}{}
	}
	c := make(chan struct{})
	t.awaited[conversation] = c
	return c
}

// end forgets who waits; c is nil where the conversation is answered.
func (t *typing) end(conversation string, c chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	there := t.awaited[conversation]
	if there == nil || c != nil && there != c {
		return
	}
	delete(t.awaited, conversation)
	if c == nil {
		close(there)
	}
}

// errShown keeps no memory of an indicator.
var errShown = errors.New("nothing to remember")

// typingSoon shows that an answer is being written, unless there is one soon. It is
// worth one try, and nothing waits for it.
func (a *Adapter) typingSoon(e *endpoints.Endpoint, act *Activity) {
	conversation := e.ID + " " + act.Conversation.ID
	answered := a.typing.begin(conversation)
	to := route{ServiceURL: act.ServiceURL, Conversation: act.Conversation.ID, Activity: act.ID}
	show := &Activity{Type: "typing", From: act.Recipient, Recipient: act.From, Conversation: &Conversation{ID: act.Conversation.ID}, ReplyToID: act.ID}
	_ = a.typists.Do(context.Background(), conversation+" "+act.ID, 0, func(ctx context.Context) error {
		defer a.typing.end(conversation, answered)
		timer := time.NewTimer(typingAfter)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-answered:
			return errShown
		case <-ctx.Done():
			return errShown
		}
		if a.patience.Check(e.ID) != nil {
			return errShown
		}
		if _, err := a.reply(ctx, e, &to, show); err != nil {
			a.log().Debug("a typing indicator was not shown", zap.String("endpoint", e.ID), zap.Error(err))
		}
		return errShown
	})
}
