package smpp_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"ringflow/endpoints"
	"ringflow/endpoints/sms"
	"ringflow/endpoints/sms/smpp"
	"ringflow/endpoints/sms/smpptest"
)

// restart ends the hub and the store, and begins their next life.
func (h *house) restart() {
	h.t.Helper()
	h.hub.Close()
	h.must(h.db.Close())
	h.openStore()
	h.start()
}

// A centre that tells of texts in decimal where it gave their ids in hexadecimal is understood, also by
// the server's next life.
func TestReceiptAfterRestart(t *testing.T) {
	h := open(t, func(h *house) { h.centre.ID = func(n int) string { return fmt.Sprintf("%X", 0xabc0+n) } })
	var ids []string
	for range 2 {
		m := &endpoints.Message{
			Entity: endpoints.Entity{ID: endpoints.NewID()}, AccountID: h.account, EndpointID: h.number.ID, Channel: endpoints.SMPP, OtherAddress: theirs, Text: "hi",
		}
		_, err := h.db.PutMessage(t.Context(), m, nil)
		h.must(err)
		h.must(h.sendAs(m.ID, "hi"))
		ids = append(ids, m.ID)
	}
	left := h.centre.Submits()
	told := func(i int) {
		t.Helper()
		h.deliver(smpptest.Receipt(left[i], fmt.Sprint(0xabc1+i), "UNDELIV", 0))
		m, err := h.db.Message(t.Context(), ids[i])
		if err != nil || m.State != endpoints.MessageFailed {
			t.Errorf("%d: %+v, %v", i, m, err)
		}
	}
	told(0)
	h.restart()
	told(1)
}

// A number that has sent what it may has done so after a restart, too.
func TestRateAfterRestart(t *testing.T) {
	h := open(t, func(h *house) { h.number.Texts.PerMinute = 1 })
	for range 10 { // as many may leave at once
		if _, err := h.send("hi"); err != nil {
			t.Fatal(err)
		}
	}
	var later *endpoints.Later
	for range 2 {
		if _, err := h.send("hi"); !errors.As(err, &later) {
			t.Fatalf("it is sent: %v", err)
		}
		h.restart()
	}
	if n := len(h.centre.Submits()); n != 10 {
		t.Errorf("%d texts have left", n)
	}
}

// A long text has not arrived with its first part, however quick the receipt of that is.
func TestReceiptOfTheFirstPart(t *testing.T) {
	h := open(t, func(h *house) {
		h.centre.Receipts = true
		h.centre.Answer = func(m smpp.Message) smpp.Status {
			if p, _, _, _ := sms.CutHeader(m.Short); p.Seq == 2 {
				h.inbox.waitReceipts(1) // of the first one
				return smpp.InvalidDest
			}
			return smpp.OK
		}
	})
	m := &endpoints.Message{
		Entity: endpoints.Entity{ID: endpoints.NewID()}, AccountID: h.account, EndpointID: h.number.ID, Channel: endpoints.SMPP, OtherAddress: theirs, Text: "hi",
	}
	_, err := h.db.PutMessage(t.Context(), m, nil)
	h.must(err)
	var refused *endpoints.Refused
	if err := h.sendAs(m.ID, strings.Repeat("x", 161)); !errors.As(err, &refused) {
		t.Errorf("it is sent: %v", err)
	}
	if kept, err := h.db.Message(t.Context(), m.ID); err != nil || kept.State != endpoints.MessageSent {
		t.Errorf("%+v, %v", kept, err)
	}
}
