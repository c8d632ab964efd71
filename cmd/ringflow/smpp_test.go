package main

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/endpoints/sms"
	"ringflow/endpoints/sms/smpp"
	"ringflow/endpoints/sms/smpptest"
	"ringflow/store"
)

// A text comes by SMPP, its number's flow answers it, the message centre tells that the
// answer has arrived; long ones are joined and split. The message centre goes and comes
// back, and has another password, while the server runs.
func TestTextsBySMPP(t *testing.T) {
	t.Parallel()
	c := &smpptest.Centre{SystemID: "ring", Password: "flow", Receipts: true}
	p, _, number := texting(t, c, startStepsWeb(t))
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	deliver := func(m smpp.Message) {
		t.Helper()
		if err := c.Deliver(ctx, m); err != nil {
			t.Fatal(err)
		}
	}
	answer := func(n int) smpptest.Submit {
		t.Helper()
		all := c.Wait(ctx, n)
		if len(all) < n {
			t.Fatalf("%d texts came, not %d", len(all), n)
		}
		return all[n-1]
	}
	p.change("/endpoints/"+number, `{"texts":{"carrier":"Smpp","host":"127.0.0.1","port":1,"systemId":"ring"}}`)
	p.eventually("the link is taken down", func() bool { return c.Connected() == 0 })
	host, port := c.Host()
	p.patch("/endpoints/"+number, M{"texts": M{"carrier": "Smpp", "host": host, "port": port, "systemId": "ring", "textsPerMinute": 60_000}})

	deliver(textTo(did, writer(0), "Hello"))
	septets, _ := sms.EncodeGSM7("You wrote: Hello")
	first := answer(1)
	if string(first.Short) != string(septets) || "+"+first.Dest.Addr != writer(0) || "+"+first.Source.Addr != did || first.Registered != 1 {
		t.Errorf("the answer is %+v", first)
	}
	type info struct {
		Texts struct {
			Link struct {
				Bound     bool
				Since     time.Time
				LastError string
			}
		}
	}
	var shown info
	p.get("/endpoints/"+number, &shown)
	if l := shown.Texts.Link; !l.Bound || time.Since(l.Since) > 4*time.Minute {
		t.Errorf("the link is shown as %+v", l)
	}
	if _, page := p.request(http.MethodGet, "/metrics", "", nil); !strings.Contains(string(page), `ringflow_smpp_bound{centre="`) || !strings.Contains(string(page), `"} 1`) {
		t.Error("/metrics don't tell of the link")
	}
	// What has no answer when the link goes is sent again on the next: so let it have its answer.
	p.eventually("the first answer is noted", func() bool { return p.metric(`ringflow_outbox_queued{channel="smpp"}`) == "0" })
	c.Drop()
	deliver(textTo(did, writer(1), "Back again"))
	answer(2)

	long := strings.Repeat("Ein langer Text, in dem € steht. ", 8)
	pieces, _ := sms.Split(long)
	for i := range pieces {
		m := textTo(did, writer(2), "")
		data, _ := sms.EncodeGSM7(pieces[i])
		m.ESMClass, m.Short = 0x40, append(sms.Part{Ref: 7, Total: len(pieces), Seq: i + 1}.Header(), data...)
		deliver(m)
	}
	answer(4)
	var got string
	for i, s := range c.Submits()[2:] {
		part, data, _, err := sms.CutHeader(s.Short)
		if err != nil || part.Seq != i+1 || part.Total != 2 {
			t.Errorf("part %d is %+v, %v", i, part, err)
		}
		got += sms.DecodeGSM7(data)
	}
	if want := "You wrote: " + strings.TrimSpace(long); got != want {
		t.Errorf("the long answer is %q, want %q", got, want)
	}

	db, err := store.Open(ctx, store.Options{Dir: p.data})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	p.eventually("all answers are delivered", func() bool {
		all, _, err := db.Messages(ctx, endpoints.MessageFilter{List: endpoints.List{All: true}, EndpointIDs: []string{number}})
		if err != nil {
			t.Fatal(err)
		}
		delivered := 0
		for _, m := range all {
			if ref, ok := first.TLVs.Int(smpp.TagReference, 2); m.Direction == endpoints.MessageOut && m.OtherAddress == writer(0) && (!ok || ref != int(smpp.Reference(m.ID))) {
				t.Fatalf("the answer %s has the reference %x", m.ID, ref)
			}
			if m.Direction == endpoints.MessageOut && m.State == endpoints.MessageDelivered {
				delivered++
			}
		}
		return delivered == 3 && len(all) == 6
	})
	if code, body := p.request(http.MethodGet, "/endpoints/"+number, "", nil); code != http.StatusOK || strings.Contains(string(body), `"flow"`) {
		t.Errorf("the number is shown as %d %s", code, body)
	}
}
