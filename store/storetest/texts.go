package storetest

import (
	"bytes"
	"fmt"
	"reflect"
	"testing"
	"time"

	"ringflow/endpoints"
)

// texts: how numbers and trunks text comes back as it was put, its secret is sealed, and
// who has written STOP is known until he writes START.
func texts(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	a, b := newAccount(t, s, "A"), newAccount(t, s, "B")
	trunk := &endpoints.Endpoint{AccountID: a, Kind: endpoints.SipTrunk, DisplayName: "SMSC", Trunk: &endpoints.Trunk{},
		Texts: &endpoints.Texts{Carrier: endpoints.CarrierSMPP, SMPP: endpoints.SMPPTexts{Host: "smsc.x.test", SystemID: "ring"}, Secret: "smpp-key"}}
	must(t, s.PutEndpoint(ctx, trunk))
	all := []*endpoints.Endpoint{
		trunk,
		{AccountID: a, Kind: endpoints.PhoneNumber, Number: "+18005550100", Texts: &endpoints.Texts{TrunkID: trunk.ID, PerMinute: 600}},
		{AccountID: a, Kind: endpoints.PhoneNumber, Number: "+18005550101", Texts: &endpoints.Texts{Carrier: endpoints.CarrierTwilio, Twilio: endpoints.TwilioTexts{AccountSID: "AC1"}, Secret: "twilio-secret"}},
		{AccountID: a, Kind: endpoints.PhoneNumber, Number: "+18005550102", Texts: &endpoints.Texts{Carrier: endpoints.CarrierHTTP, HTTP: endpoints.HTTPTexts{URL: "https://x.test/in"}, Secret: "0123456789abcdef-secret"}},
		{AccountID: a, Kind: endpoints.PhoneNumber, Number: "+18005550103"},
	}
	for _, e := range all[1:] {
		must(t, s.PutEndpoint(ctx, e))
	}
	for _, e := range all {
		if got, err := s.Endpoint(ctx, e.ID); err != nil || !reflect.DeepEqual(got, e) {
			t.Errorf("got\n%+v, put\n%+v, %v", got.Texts, e.Texts, err)
		}
	}
	if trunk.Texts.SMPP.Port != 2775 || trunk.Texts.SMPP.Window != 10 || all[2].Texts.Twilio.BaseURL != endpoints.DefaultTwilioURL {
		t.Errorf("%+v %+v", trunk.Texts, all[2].Texts)
	}
	for _, secret := range []string{"smpp-key", "twilio-secret", "0123456789abcdef-secret"} {
		if bytes.Contains(d.Dump(t), []byte(secret)) {
			t.Errorf("%s is in the database", secret)
		}
	}
	for want, carriers := range map[string][]endpoints.TextCarrier{"3": nil, "1": {endpoints.CarrierSMPP}, "2": {endpoints.CarrierTwilio, endpoints.CarrierHTTP}} {
		if got, err := s.TextEndpoints(ctx, carriers...); err != nil || fmt.Sprint(len(got)) != want {
			t.Errorf("%v: %d, %v", carriers, len(got), err)
		} else if want == "1" && got[0].Texts.Secret != "smpp-key" {
			t.Errorf("%+v", got[0].Texts)
		}
	}
	for field, x := range map[string]*endpoints.Texts{
		"texts.trunkId":        {TrunkID: all[1].ID},
		"texts.carrier":        {Carrier: "Pigeon"},
		"texts.password":       {Carrier: endpoints.CarrierSMPP, SMPP: endpoints.SMPPTexts{Host: "h", SystemID: "s"}},
		"texts.host":           {Carrier: endpoints.CarrierSMPP, SMPP: endpoints.SMPPTexts{Host: "a b", SystemID: "s"}, Secret: "x"},
		"texts.systemId":       {Carrier: endpoints.CarrierSMPP, SMPP: endpoints.SMPPTexts{Host: "h", SystemID: "0123456789abcdef"}, Secret: "x"},
		"texts.accountSid":     {Carrier: endpoints.CarrierTwilio, Twilio: endpoints.TwilioTexts{AccountSID: "../x"}, Secret: "x"},
		"texts.baseUrl":        {Carrier: endpoints.CarrierTwilio, Twilio: endpoints.TwilioTexts{AccountSID: "x", BaseURL: "file:///etc"}, Secret: "x"},
		"texts.secret":         {Carrier: endpoints.CarrierHTTP, Secret: "short"},
		"texts.url":            {Carrier: endpoints.CarrierHTTP, HTTP: endpoints.HTTPTexts{URL: "http://a:b@x.test"}, Secret: "0123456789abcdef"},
		"texts.textsPerMinute": {PerMinute: -1},
	} {
		wantInvalid(t, s.PutEndpoint(ctx, &endpoints.Endpoint{AccountID: a, Kind: endpoints.PhoneNumber, Number: "+18005550104", Texts: x}), field)
	}
	wantInvalid(t, s.PutEndpoint(ctx, &endpoints.Endpoint{AccountID: b, Kind: endpoints.PhoneNumber, Number: "+18005550104", Texts: &endpoints.Texts{TrunkID: trunk.ID}}), "texts.trunkId")
	wantInvalid(t, s.PutEndpoint(ctx, &endpoints.Endpoint{AccountID: a, Kind: endpoints.Team, DisplayName: "T", Texts: &endpoints.Texts{}}), "texts")

	stop := endpoints.TextStop{AccountID: a, EndpointID: all[1].ID, Address: "+12125550123", Word: "Stop\r\n"}
	for i, want := range []bool{true, false} {
		if fresh, err := s.StopTexts(ctx, stop); err != nil || fresh != want {
			t.Errorf("%d: %v, %v", i, fresh, err)
		}
	}
	wantInvalid(t, func() error {
		_, err := s.StopTexts(ctx, endpoints.TextStop{AccountID: b, EndpointID: all[1].ID, Address: "+1"})
		return err
	}(), "endpointId")
	stopped := func(id, address string, want bool) {
		t.Helper()
		if got, err := s.TextsStopped(ctx, id, address); err != nil || got != want {
			t.Errorf("%s %s: %v, %v", id, address, got, err)
		}
	}
	stopped(all[1].ID, "+12125550123", true)
	stopped(all[2].ID, "+12125550123", false)
	stopped(all[1].ID, "+12125550124", false)
	list, n, err := s.TextStops(ctx, endpoints.TextStopFilter{AccountIDs: []string{a}, Address: "0123"})
	if err != nil || n != 1 || list[0].Word != "Stop" || list[0].Date.IsZero() || list[0].EndpointID != all[1].ID {
		t.Errorf("%+v, %d, %v", list, n, err)
	}
	if list, _, err := s.TextStops(ctx, endpoints.TextStopFilter{AccountIDs: []string{b}}); err != nil || len(list) != 0 {
		t.Errorf("%+v, %v", list, err)
	}
	for i, want := range []bool{true, false} {
		if had, err := s.StartTexts(ctx, all[1].ID, "+12125550123"); err != nil || had != want {
			t.Errorf("%d: %v, %v", i, had, err)
		}
	}
	stopped(all[1].ID, "+12125550123", false)
	_, err = s.StopTexts(ctx, stop)
	must(t, err)
	must(t, s.DeleteEndpoint(ctx, all[1].ID))
	stopped(all[1].ID, "+12125550123", false)
}

// hurried: what waits for an address leaves now, in any case of its letters, and nothing else does;
// however often it is asked for, one that was tried twice rests between two tries.
func hurried(t *testing.T, db *Database) {
	s, ctx := db.Open(t), t.Context()
	d := newDesk(t, s)
	texts := []endpoints.Channel{endpoints.SIPText}
	put := func(to string) {
		m := &endpoints.Message{AccountID: d.ep.AccountID, EndpointID: d.ep.ID, Channel: endpoints.SIPText, OtherAddress: to, Text: "hello"}
		_, err := s.PutMessage(ctx, m, &endpoints.Outbound{Channel: m.Channel, To: []string{to}, Body: []byte(`{}`)})
		must(t, err)
	}
	put("Alice")
	put("bob")
	try := func(want int) {
		t.Helper()
		got, err := s.ClaimOutbound(ctx, texts, 10, time.Minute)
		must(t, err)
		if len(got) != want {
			t.Fatalf("%d leave, want %d", len(got), want)
		}
		for _, o := range got {
			must(t, s.RetryOutbound(ctx, o.ID, o.Claim, time.Now().Add(time.Hour), "480"))
		}
	}
	hurry := func(account string, want int, to ...string) {
		t.Helper()
		if n, err := s.HurryOutbound(ctx, account, endpoints.SIPText, to); n != want || err != nil {
			t.Errorf("%d are hurried, want %d: %v", n, want, err)
		}
	}
	try(2)
	hurry(newAccount(t, s, "Other"), 0, "alice")
	hurry(d.ep.AccountID, 0, "carol")
	hurry(d.ep.AccountID, 0)
	try(0)
	hurry(d.ep.AccountID, 1, "alice", "alice@example.com")
	try(1)
	hurry(d.ep.AccountID, 1, "alice")
	try(0) // it has just been tried a second time
	all, _, err := s.Outbounds(ctx, endpoints.OutboundFilter{To: "alice"})
	must(t, err)
	if wait := time.Until(all[0].Next); len(all) != 1 || wait <= 0 || wait > 5*time.Second {
		t.Errorf("%d, in %s", len(all), wait)
	}
}
