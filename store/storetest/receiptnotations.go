package storetest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/store"
)

// sentText is a text that has left, known as remote over there; empty: not yet.
func sentText(t *testing.T, s *store.Store, ep *endpoints.Endpoint, c endpoints.Channel, remote string) string {
	t.Helper()
	m := &endpoints.Message{
		Entity: endpoints.Entity{ID: endpoints.NewID()}, AccountID: ep.AccountID, EndpointID: ep.ID, Channel: c, OtherAddress: "+12025550143", Text: "hi",
	}
	_, err := s.PutMessage(t.Context(), m, nil)
	must(t, err)
	must(t, s.RemoteMessage(t.Context(), m.ID, remote, 1))
	return m.ID
}

// receiptNotations: a message centre tells of a text by its id in another notation, after a restart as well, and
// before the id was known.
func receiptNotations(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	a := newAccount(t, s, "A")
	ep, other := newNumber(t, s, a, "+12025550100"), newNumber(t, s, a, "+12025550101")
	state := func(id string) endpoints.MessageState {
		t.Helper()
		m, err := s.Message(ctx, id)
		must(t, err)
		return m.State
	}
	tells := func(c endpoints.Channel, e *endpoints.Endpoint, remote string) {
		t.Helper()
		must(t, s.MessageReceipt(ctx, c, e.ID, remote, endpoints.MessageDelivered, ""))
	}
	var want []string
	for i, pair := range [][2]string{
		{"ABC1", "43969"}, {"abc2", "43970"}, {"0000ABC3", "43971"}, {"43972", "abc4"}, {"43973", "0000ABC5"}, {"0000043974", "43974"}, {"43975", "0000043975"},
		{"1f", "1f"}, {"5F5E100", "0100000000"}, {"some id", "some id"},
	} {
		id := sentText(t, s, ep, endpoints.SMPP, pair[0])
		if i%2 == 0 {
			must(t, s.Close())
			s = d.Open(t)
		}
		tells(endpoints.SMPP, ep, pair[1])
		if got := state(id); got != endpoints.MessageDelivered {
			t.Errorf("given as %s, told of as %s: it is %s", pair[0], pair[1], got)
		}
		early := fmt.Sprintf("7%05d", i) // its receipt is quicker
		tells(endpoints.SMPP, ep, early)
		want = append(want, sentText(t, s, ep, endpoints.SMPP, fmt.Sprintf("%X", 700000+i)))
	}
	for _, id := range want {
		if got := state(id); got != endpoints.MessageDelivered {
			t.Errorf("told of before: it is %s", got)
		}
	}
	for i := range 10 { // in the moment in which the id is noted
		id := sentText(t, s, ep, endpoints.SMPP, "")
		var both sync.WaitGroup
		both.Go(func() {
			if err := s.RemoteMessage(ctx, id, fmt.Sprintf("%x", 800000+i), 1); err != nil {
				t.Error(err)
			}
		})
		both.Go(func() {
			if err := s.MessageReceipt(ctx, endpoints.SMPP, ep.ID, fmt.Sprint(800000+i), endpoints.MessageDelivered, ""); err != nil {
				t.Error(err)
			}
		})
		both.Wait()
		if got := state(id); got != endpoints.MessageDelivered {
			t.Errorf("told of at once: it is %s", got)
		}
	}
	// What is like it in short, of another number or channel, or was told of by its own id is another.
	no := []string{
		sentText(t, s, ep, endpoints.SMPP, "1f"), sentText(t, s, other, endpoints.SMPP, "BEEF01"), sentText(t, s, ep, endpoints.HTTPText, "BEEF01"),
	}
	exact, alike := sentText(t, s, ep, endpoints.SMPP, "12513025"), sentText(t, s, ep, endpoints.SMPP, "BEEF01")
	tells(endpoints.SMPP, ep, "31")
	tells(endpoints.SMPP, ep, "12513025")
	tells(endpoints.HTTPText, ep, "12513025")
	if state(exact) != endpoints.MessageDelivered || state(alike) != endpoints.MessageSent {
		t.Errorf("by its own id it is %s, the one alike %s", state(exact), state(alike))
	}
	for i, id := range no {
		if got := state(id); got != endpoints.MessageSent {
			t.Errorf("%d is %s", i, got)
		}
	}
}

// receiptOfFormerTry: a carrier that repeats that a text was lost, when somebody has sent it again, does not tell of the
// second one.
func receiptOfFormerTry(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	ep := newNumber(t, s, newAccount(t, s, "A"), "+12025550100")
	m := &endpoints.Message{
		Entity: endpoints.Entity{ID: endpoints.NewID()}, AccountID: ep.AccountID, EndpointID: ep.ID, Channel: endpoints.Twilio, OtherAddress: "+12025550143", Text: "hi",
	}
	out := &endpoints.Outbound{AccountID: ep.AccountID, Channel: endpoints.Twilio, To: []string{m.OtherAddress}, Body: []byte(`{}`)}
	_, err := s.PutMessage(ctx, m, out)
	must(t, err)
	leaves := func(end func(*endpoints.Outbound) error) {
		t.Helper()
		claimed, err := s.ClaimOutbound(ctx, []endpoints.Channel{endpoints.Twilio}, 1, time.Minute)
		must(t, err)
		if len(claimed) != 1 {
			t.Fatalf("%d are to be sent", len(claimed))
		}
		must(t, end(claimed[0]))
	}
	state := func(want endpoints.MessageState) {
		t.Helper()
		kept, err := s.Message(ctx, m.ID)
		must(t, err)
		if kept.State != want {
			t.Errorf("it is %s, want %s", kept.State, want)
		}
	}
	must(t, s.RemoteMessage(ctx, m.ID, "SM1", 1))
	leaves(func(o *endpoints.Outbound) error { return s.FailOutbound(ctx, o.ID, o.Claim, "no") })
	state(endpoints.MessageFailed)
	_, err = s.RequeueOutbound(ctx, out.ID, "")
	must(t, err)
	must(t, s.MessageReceipt(ctx, endpoints.Twilio, ep.ID, "SM1", endpoints.MessageFailed, "lost"))
	state(endpoints.MessageQueued)
	leaves(func(o *endpoints.Outbound) error {
		must(t, s.RemoteMessage(ctx, m.ID, "SM2", 1))
		return s.SentOutbound(ctx, o.ID, o.Claim, "")
	})
	must(t, s.MessageReceipt(ctx, endpoints.Twilio, ep.ID, "SM2", endpoints.MessageDelivered, ""))
	must(t, s.MessageReceipt(ctx, endpoints.Twilio, ep.ID, "SM2", endpoints.MessageSent, "")) // in another order
	state(endpoints.MessageDelivered)
}
