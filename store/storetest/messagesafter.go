package storetest

import (
	"fmt"
	"sync"
	"testing"

	"ringflow/endpoints"
)

// messagesAfter: who asks page by page for what was said, while others write, gets each message
// once and in its order, of his own conversation only.
func messagesAfter(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	account := newAccount(t, s, "A")
	bot := &endpoints.Endpoint{AccountID: account, Kind: endpoints.SkypeBot, DisplayName: "Page", Bot: &endpoints.Bot{DirectLineSecret: "a-secret-of-the-page"}}
	must(t, s.PutEndpoint(ctx, bot))
	message := func(address, text string) *endpoints.Message {
		return &endpoints.Message{AccountID: account, EndpointID: bot.ID, Channel: endpoints.BotFramework, OtherAddress: address, Text: text}
	}
	if known, err := s.HasTalked(ctx, bot.ID, "page/1"); err != nil || known {
		t.Errorf("%v, %v", known, err)
	}
	const writers, each = 4, 10
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				var err error
				if m := message("page/1", fmt.Sprint(w, i)); i%2 == 0 {
					_, err = s.ReceiveMessage(ctx, m, nil)
				} else {
					_, err = s.PutMessage(ctx, m, nil)
				}
				if err == nil {
					_, err = s.ReceiveMessage(ctx, message("page/2", "other"), nil)
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	over := make(chan struct{})
	go func() { // ends with the writers
		wg.Wait()
		close(over)
	}()
	var got []string
	var mark int64
	for done := false; ; {
		all, last, err := s.MessagesAfter(ctx, bot.ID, "page/1", mark, 3)
		must(t, err)
		if len(all) > 3 || last < mark || len(all) == 0 && done {
			break
		}
		mark = last
		for _, m := range all {
			got = append(got, m.Text)
		}
		select {
		case <-over:
			done = true
		default:
		}
	}
	next, seen := map[byte]int{}, map[string]bool{}
	for _, text := range got {
		seen[text] = true
		if want := fmt.Sprint(string(text[0]), " ", next[text[0]]); text != want {
			t.Errorf("%q comes where %q was to come", text, want)
		}
		next[text[0]]++
	}
	if len(got) != writers*each || len(seen) != len(got) {
		t.Errorf("%d messages, %d different ones, want %d", len(got), len(seen), writers*each)
	}
	if known, err := s.HasTalked(ctx, bot.ID, "page/1"); err != nil || !known {
		t.Errorf("%v, %v", known, err)
	}
}
