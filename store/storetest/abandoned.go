package storetest

import (
	"testing"
	"time"

	"ringflow/endpoints"
)

// outboxAbandoned: what nobody sends any more is given up after its time and not before, and its
// message shows it; in a lane it holds up nothing that goes by another channel.
func outboxAbandoned(t *testing.T, db *Database) {
	s, ctx := db.Open(t), t.Context()
	d := newDesk(t, s)
	put := func(c endpoints.Channel, text string) (*endpoints.Message, *endpoints.Outbound) {
		t.Helper()
		m := textOf(d.ep, cell, text)
		m.Channel = c
		o := &endpoints.Outbound{To: []string{cell}, Body: []byte(`{"text":"x"}`), Secret: true}
		_, err := s.PutMessage(ctx, m, o)
		must(t, err)
		return m, o
	}
	gone, carrier := put("gone", "one")
	_, next := put(endpoints.SMPP, "two")
	put(endpoints.SMPP, "three")
	ours := []endpoints.Channel{endpoints.SMPP}
	got, err := s.ClaimOutbound(ctx, ours, 9, time.Minute)
	must(t, err)
	if len(got) != 1 || got[0].ID != next.ID {
		t.Fatalf("%d leave; the first of its channel should", len(got))
	}
	if n, err := s.AbandonOutbound(ctx, ours, time.Now().Add(-time.Hour), "gone"); err != nil || n != 0 {
		t.Errorf("%d given up before their time, %v", n, err)
	}
	if n, err := s.AbandonOutbound(ctx, append(ours, "gone"), time.Now().Add(time.Second), "gone"); err != nil || n != 0 {
		t.Errorf("%d of ours given up, %v", n, err)
	}
	var told []endpoints.MessageState
	s.OnMessage(func(m *endpoints.Message) { told = append(told, m.State) })
	if n, err := s.AbandonOutbound(ctx, ours, time.Now().Add(time.Second), "no such way"); err != nil || n != 1 {
		t.Errorf("%d given up, %v", n, err)
	}
	m, err := s.Message(ctx, gone.ID)
	must(t, err)
	o, err := s.Outbound(ctx, carrier.ID)
	must(t, err)
	if m.State != endpoints.MessageFailed || m.Error != "no such way: gone" || o.State != endpoints.OutFailed || o.LastError != m.Error || len(o.Body) != 0 || len(told) != 1 {
		t.Errorf("%+v %+v, told %v", m, o, told)
	}
	if still, err := s.Outbound(ctx, next.ID); err != nil || still.State != endpoints.OutSending {
		t.Errorf("%+v, %v", still, err)
	}
}
