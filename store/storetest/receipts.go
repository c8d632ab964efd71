package storetest

import (
	"encoding/json"
	"fmt"
	"sync"
	"testing"

	"ringflow/endpoints"
)

// messageReceipts: a receipt counts also where it comes in the moment in which the far end's id is noted.
func messageReceipts(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	e := newNumber(t, s, newAccount(t, s, "A"), "+18005550100")
	for i := range 20 {
		m := textOf(e, "+18005550199", "hi")
		_, err := s.PutMessage(ctx, m, &endpoints.Outbound{To: []string{m.OtherAddress}, Body: json.RawMessage(`{}`)})
		must(t, err)
		remote := fmt.Sprint("r", i)
		var both sync.WaitGroup
		var noted, told error
		both.Go(func() { noted = s.RemoteMessage(ctx, m.ID, remote, 1) })
		both.Go(func() { told = s.MessageReceipt(ctx, m.Channel, e.ID, remote, endpoints.MessageDelivered, "") })
		both.Wait()
		must(t, noted)
		must(t, told)
		got, err := s.Message(ctx, m.ID)
		must(t, err)
		if got.State != endpoints.MessageDelivered || got.RemoteID != remote {
			t.Fatalf("message %d is %s, its name there %q", i, got.State, got.RemoteID)
		}
	}
}
