package smpp_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/endpoints/sms"
	"ringflow/endpoints/sms/smpp"
	"ringflow/endpoints/sms/smpptest"
)

// A text comes, is kept with all that answering takes, and only then acknowledged; what
// can't be kept stays with the centre; what is for nobody is refused.
func TestIncoming(t *testing.T) {
	h := open(t)
	m := text("Hello \x1b\x65 {") // septets
	m.Short = append([]byte("Price 5 "), 0x1b, 0x65, 0x00)
	h.deliver(m)
	h.wantTexts("Price 5 €@")
	got := h.inbox.got[0]
	if got.EndpointID != h.number.ID || got.AccountID != h.account || got.OtherAddress != theirs || got.Channel != endpoints.SMPP || got.Destination != ours ||
		endpoints.ParseTextRoute(got.Route).Via != h.number.ID || got.Key == "" || got.Segments != 1 {
		t.Errorf("%+v", got)
	}
	if b := h.centre.Binds(); len(b) != 1 || b[0].SystemType != "VMA" || b[0].Version != 0x34 {
		t.Errorf("it bound %+v", b)
	}
	h.inbox.setFail(errAway)
	done := make(chan error, 1)
	go func() {
		ctx, cancel := h.soon()
		defer cancel()
		done <- h.centre.Deliver(ctx, text("later"))
	}()
	select {
	case err := <-done:
		t.Errorf("it was acknowledged (%v), and not kept", err)
	case <-time.After(300 * time.Millisecond):
	}
	h.inbox.setFail(nil)
	h.must(<-done)
	h.wantTexts("Price 5 €@", "later")
	refused := func(m smpp.Message, want smpp.Status) {
		t.Helper()
		ctx, cancel := h.soon()
		defer cancel()
		var r *smpptest.Refused
		if err := h.centre.Deliver(ctx, m); !errors.As(err, &r) || r.Status != want {
			t.Errorf("got %v, want %v", err, want)
		}
	}
	stranger := text("x")
	stranger.Dest.Addr = "12025550199"
	refused(stranger, smpp.InvalidDest)
	binary := text("\x00\x01\xff")
	binary.Coding = 4
	refused(binary, smpp.Rejected)
	nobody := text("x")
	nobody.Source.Addr = ""
	refused(nobody, smpp.InvalidSource)
	h.inbox.setFail(&endpoints.Invalid{Field: "x", Text: "never"})
	refused(text("never"), smpp.NeverTry)
	h.inbox.change(func() { h.inbox.fail, h.inbox.panics = nil, true })
	refused(text("panics"), smpp.NeverTry)
	h.inbox.change(func() { h.inbox.panics = false })
	name := text("your code is 1234")
	name.Source = smpp.Address{TON: 5, Addr: "My Bank"}
	h.deliver(name)
	payload := text("")
	payload.TLVs = smpp.TLVs{{Tag: smpp.TagPayload, Value: sms.EncodeUCS2(strings.Repeat("Жук ", 100))}}
	payload.Coding = 8
	h.deliver(payload)
	h.wantTexts("Price 5 €@", "later", "your code is 1234", strings.TrimSpace(strings.Repeat("Жук ", 100))+" ")
	if n := h.inbox.got[2].OtherAddress; n != "My Bank" {
		t.Errorf("the sender is %q", n)
	}
}

// The same words twice are two texts; the same text twice is one, when its answer
// may have been lost: with the connection, or with the server.
func TestComesAgain(t *testing.T) {
	h := open(t)
	h.deliver(text("1"))
	h.deliver(text("1"))
	h.deliver(text("2"))
	h.wantTexts("1", "1", "2")
	h.centre.Drop()
	h.deliver(text("2")) // its answer may have been lost
	h.deliver(text("3"))
	h.wantTexts("1", "1", "2", "3")
	h.deliver(text("2"))
	h.wantTexts("1", "1", "2", "3", "2")
	h.hub.Close()
	h.start()
	h.deliver(text("3"))
	h.deliver(text("4"))
	h.wantTexts("1", "1", "2", "3", "2", "4")
	h.deliver(text("3"))
	h.wantTexts("1", "1", "2", "3", "2", "4", "3")
}

// One sender's texts keep their order, however many are under way.
func TestOrder(t *testing.T) {
	h := open(t)
	ctx, cancel := h.soon()
	defer cancel()
	conn, err := h.centre.Bound(ctx)
	h.must(err)
	var want []string
	var answers []func(context.Context) (smpp.PDU, error)
	for i := range 50 {
		want = append(want, fmt.Sprint("n", i))
		answer, err := conn.Begin(ctx, smpp.DeliverSM, text(want[i]).Body())
		h.must(err)
		answers = append(answers, answer)
	}
	for _, answer := range answers {
		_, err := answer(ctx)
		h.must(err)
	}
	h.wantTexts(want...)
}

// A text leaves with its id, is known by the one that it gets, and is told of.
func TestOutgoing(t *testing.T) {
	h := open(t, func(h *house) {
		h.centre.Receipts = true
		h.centre.ID = func(n int) string { return fmt.Sprintf("%X", 0xabc0+n) }
	})
	id, err := h.send("Grüße, 5 €")
	h.must(err)
	s := h.centre.Submits()
	if len(s) != 1 {
		t.Fatalf("%d texts left", len(s))
	}
	septets, _ := sms.EncodeGSM7("Grüße, 5 €")
	ref, _ := s[0].TLVs.Int(smpp.TagReference, 2)
	if m := s[0]; !bytes.Equal(m.Short, septets) || m.Coding != 0 || m.Source != (smpp.Address{TON: 1, NPI: 1, Addr: ours[1:]}) || m.Dest != (smpp.Address{TON: 1, NPI: 1, Addr: theirs[1:]}) ||
		m.Registered != 1 || fmt.Sprintf("%04x", ref) != id[:4] {
		t.Errorf("%+v", m)
	}
	if r := h.inbox.remotes[id]; !slices.Equal(r, []string{"ABC1"}) {
		t.Errorf("its ids are %v", r)
	}
	eventually(h, "the receipt", func() bool { return slices.Equal(h.inbox.receipts, []string{"ABC1 Delivered"}) })
	h.deliver(smpptest.Receipt(s[0], "ABC1", "UNDELIV", 0))
	eventually(h, "the other receipt", func() bool {
		return len(h.inbox.receipts) == 2 && h.inbox.receipts[1] == "ABC1 Failedit can't be delivered"
	})
}

func eventually(h *house, what string, so func() bool) {
	h.t.Helper()
	ctx, cancel := h.soon()
	defer cancel()
	for {
		h.inbox.mu.Lock()
		more, ok := h.inbox.more, so()
		h.inbox.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-more:
		case <-ctx.Done():
			h.t.Fatalf("%s doesn't come: %v", what, h.inbox.receipts)
		}
	}
}

// Long texts leave in parts that a phone joins, and are joined when they come, by either
// header and by parameters, over a restart, and late without what is missing.
func TestLong(t *testing.T) {
	h := open(t)
	long := strings.Repeat("All work and no play €. ", 20)
	id, err := h.send(long)
	h.must(err)
	parts := h.centre.Submits()
	if len(parts) != 4 || !slices.Equal(h.inbox.remotes[id], []string{"id-4"}) { // the last one's is the text's
		t.Fatalf("%d parts left, %q are known", len(parts), h.inbox.remotes[id])
	}
	back := func(i int, ref16 bool) smpp.Message {
		m := text("")
		p, data, _, err := sms.CutHeader(parts[i].Short)
		h.must(err)
		if p.Seq != i+1 || p.Total != 4 || parts[i].ESMClass != 0x40 {
			t.Errorf("part %d is %+v", i, p)
		}
		if ref16 {
			p.Ref += 1000
		}
		m.ESMClass, m.Short = 0x40, append(p.Header(), data...)
		return m
	}
	for _, i := range []int{2, 0, 0, 3, 1, 1} {
		h.deliver(back(i, false))
	}
	want := strings.TrimSpace(long)
	h.wantTexts(want)
	if n := h.inbox.got[0].Segments; n != 4 {
		t.Errorf("it has %d segments", n)
	}
	for _, i := range []int{0, 1, 2} {
		h.deliver(back(i, true))
	}
	h.hub.Close()
	h.must(h.db.Close())
	h.openStore()
	h.start()
	h.deliver(back(3, true))
	h.wantTexts(want, want)
	for i, s := range []string{"Hello ", "world"} {
		m := text(s)
		m.TLVs = smpp.TLVs{smpp.Uint16(smpp.TagSARRef, 7), smpp.Uint8(smpp.TagSARTotal, 2), smpp.Uint8(smpp.TagSARSeq, byte(i+1))}
		h.deliver(m)
	}
	h.wantTexts(want, want, "Hello world")
	if _, err := h.send(strings.Repeat("Ж", 140)); err != nil {
		t.Error(err)
	}
	if s := h.centre.Submits(); len(s) != 7 || s[6].Coding != 8 || len(s[4].Short) != 140 {
		t.Errorf("%d parts, %+v", len(s), s[len(s)-1])
	}
	var refused *endpoints.Refused
	if _, err := h.send(strings.Repeat("x", 153*256)); !errors.As(err, &refused) {
		t.Errorf("more than can be joined: %v", err)
	}
	if _, err := h.send(""); !errors.As(err, &refused) {
		t.Errorf("nothing: %v", err)
	}
}
