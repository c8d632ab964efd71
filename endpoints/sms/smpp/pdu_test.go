package smpp_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ringflow/endpoints"
	"ringflow/endpoints/sms/smpp"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Units as the document lays them out, byte by byte.
func TestUnits(t *testing.T) {
	for _, c := range []struct {
		name string
		wire string
		pdu  smpp.PDU
	}{
		{"bind_transceiver", `0000002b 00000009 00000000 00000001
			534d50503354455354 00 73656372657430 00 00 34 00 00 00`, // SMPP3TEST, secret0
			smpp.PDU{Command: smpp.BindTransceiver, Seq: 1, Body: smpp.Bind{SystemID: "SMPP3TEST", Password: "secret0", Version: 0x34}.Body()}},
		{"enquire_link_resp", `00000010 80000015 00000000 7fffffff`, smpp.PDU{Command: smpp.EnquireLink.Response(), Seq: 0x7fffffff}},
		{"generic_nack", `00000010 80000000 00000003 00000000`, smpp.PDU{Command: smpp.GenericNack, Status: smpp.InvalidCmdID}},
		{"submit_sm", `0000004a 00000004 00000000 00000002
			00 0101 313230323535353031343300 0101 313230323535353031303000
			40 00 00 00 00 01 00 00 00 07 050003010201 40 0204 0002 abcd`,
			smpp.PDU{Command: smpp.SubmitSM, Seq: 2, Body: smpp.Message{
				Source: smpp.Address{TON: 1, NPI: 1, Addr: "12025550143"}, Dest: smpp.Address{TON: 1, NPI: 1, Addr: "12025550100"}, ESMClass: 0x40, Registered: 1,
				Short: []byte("\x05\x00\x03\x01\x02\x01@"), TLVs: smpp.TLVs{smpp.Uint16(smpp.TagReference, 0xabcd)},
			}.Body()}},
	} {
		want := unhex(t, c.wire)
		if c.name == "submit_sm" {
			want[3] = byte(len(want))
		}
		if got := c.pdu.Append(nil); !bytes.Equal(got[4:], want[4:]) || int(got[3]) != len(got) {
			t.Errorf("%s is\n%x, want\n%x", c.name, got, want)
		}
		if got, err := smpp.ReadPDU(bytes.NewReader(c.pdu.Append(nil))); err != nil || !reflect.DeepEqual(got, c.pdu) {
			t.Errorf("%s is read as %+v, %v", c.name, got, err)
		}
	}
}

var word = rapid.StringMatching(`[A-Za-z0-9]{0,15}`)

func address(t *rapid.T, name string) smpp.Address {
	return smpp.Address{TON: rapid.Byte().Draw(t, name), NPI: rapid.Byte().Draw(t, name), Addr: word.Draw(t, name)}
}

func TestMessagesRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := func(name string) byte { return rapid.Byte().Draw(t, name) }
		m := smpp.Message{
			ServiceType: rapid.StringMatching(`[A-Z]{0,5}`).Draw(t, "service"), Source: address(t, "source"), Dest: address(t, "dest"),
			ESMClass: b("esm"), Protocol: b("protocol"), Priority: b("priority"), ScheduleTime: word.Draw(t, "schedule"), Validity: word.Draw(t, "validity"),
			Registered: b("registered"), Replace: b("replace"), Coding: b("coding"), Default: b("default"),
			Short: rapid.SliceOfN(rapid.Byte(), 0, 254).Draw(t, "short"),
		}
		for range rapid.IntRange(0, 5).Draw(t, "tlvs") {
			m.TLVs = append(m.TLVs, smpp.TLV{Tag: smpp.Tag(rapid.Uint16().Draw(t, "tag")), Value: rapid.SliceOf(rapid.Byte()).Draw(t, "value")})
		}
		body := m.Body()
		got, err := smpp.ParseMessage(body)
		if err != nil || !bytes.Equal(got.Body(), body) || got.Source != m.Source || got.Coding != m.Coding || !bytes.Equal(got.Short, m.Short) || len(got.TLVs) != len(m.TLVs) {
			t.Fatalf("%+v\nis %+v, %v", m, got, err)
		}
		// Cut anywhere but between two parameters it isn't one.
		n := rapid.IntRange(0, len(body)-1).Draw(t, "cut")
		if got, err := smpp.ParseMessage(body[:n]); err == nil && !bytes.Equal(got.Body(), body[:n]) {
			t.Fatalf("%x is %+v", body[:n], got)
		}
	})
}

// A length that none can have ends the connection; what promises much and brings
// nothing costs no more than it may.
func TestLengths(t *testing.T) {
	for _, n := range []string{"00000000", "0000000f", "00012001", "ffffffff", "80000000"} {
		p, err := smpp.ReadPDU(bytes.NewReader(unhex(t, n+"00000005 00000000 00000009 00")))
		if !errors.Is(err, smpp.ErrLength) || p.Seq != 9 {
			t.Errorf("%s: %+v, %v", n, p, err)
		}
	}
	for _, in := range []string{"", "00", "00000010 00000015", "00000011 00000015 00000000 00000001"} {
		if _, err := smpp.ReadPDU(bytes.NewReader(unhex(t, in))); !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: %v", in, err)
		}
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	head := unhex(t, "00012000 00000005 00000000 00000001")
	for range 100 {
		if _, err := smpp.ReadPDU(bytes.NewReader(head)); err == nil {
			t.Fatal("it was read")
		}
	}
	if runtime.ReadMemStats(&after); after.TotalAlloc-before.TotalAlloc > 100*2*smpp.MaxPDU {
		t.Errorf("%d bytes were allocated", after.TotalAlloc-before.TotalAlloc)
	}
}

func TestAddresses(t *testing.T) {
	for s, want := range map[string]smpp.Address{
		"+12025550143": {TON: 1, NPI: 1, Addr: "12025550143"}, "12345": {TON: 3, Addr: "12345"}, "Ringflow": {TON: 5, Addr: "Ringflow"}, "0891234567": {NPI: 1, Addr: "0891234567"},
	} {
		if got := smpp.AddressOf(s); got != want {
			t.Errorf("%s is %+v, want %+v", s, got, want)
		}
	}
	for _, c := range []struct {
		a    smpp.Address
		want string
	}{
		{smpp.Address{TON: 1, NPI: 1, Addr: "12025550143"}, "+12025550143"},
		{smpp.Address{TON: 1, NPI: 1, Addr: "+12025550143"}, "+12025550143"},
		{smpp.Address{Addr: "12025550143"}, "+12025550143"},
		{smpp.Address{Addr: "+4989123456"}, "+4989123456"},
		{smpp.Address{TON: 2, NPI: 1, Addr: "2025550143"}, "+12025550143"},
		{smpp.Address{Addr: "2025550143"}, "+12025550143"},
		{smpp.Address{TON: 5, Addr: "My Bank"}, "My Bank"},
		{smpp.Address{Addr: "My Bank"}, "My Bank"},
		{smpp.Address{TON: 3, Addr: "70123"}, "70123"},
		{smpp.Address{Addr: "70123"}, "70123"},
	} {
		if got := c.a.Party("US"); got != c.want {
			t.Errorf("%+v is %s, want %s", c.a, got, c.want)
		}
	}
}

func TestReceipts(t *testing.T) {
	long := "id:0123456789 sub:001 dlvrd:001 submit date:2611220101 done date:2611220102 stat:DELIVRD err:000 text:stat:UNDELIV id:9"
	for _, c := range []struct {
		m     smpp.Message
		id    string
		state endpoints.MessageState
		why   string
		ok    bool
	}{
		{smpp.Message{ESMClass: 4, Short: []byte(long)}, "0123456789", endpoints.MessageDelivered, "", true},
		{smpp.Message{ESMClass: 4, Short: []byte("ID:a-1 STAT:undeliv ERR:042 TEXT:")}, "a-1", endpoints.MessageFailed, "it can't be delivered (error 042)", true},
		{smpp.Message{ESMClass: 4, Short: []byte("id:7 stat:EXPIRED err:000")}, "7", endpoints.MessageFailed, "it couldn't be delivered in time", true},
		{smpp.Message{ESMClass: 4, Short: []byte("id:7 stat:ENROUTE")}, "7", endpoints.MessageSent, "", true},
		{smpp.Message{ESMClass: 0x20, Short: []byte("id:7 stat:ACCEPTD")}, "7", endpoints.MessageSent, "", true},
		{smpp.Message{ESMClass: 4, TLVs: smpp.TLVs{{Tag: smpp.TagReceiptedID, Value: []byte("x9\x00")}, smpp.Uint8(smpp.TagMessageState, 2)}}, "x9", endpoints.MessageDelivered, "", true},
		{smpp.Message{TLVs: smpp.TLVs{{Tag: smpp.TagReceiptedID, Value: []byte("x9")}, smpp.Uint8(smpp.TagMessageState, 8), {Tag: smpp.TagNetworkError, Value: []byte{3, 0, 27}}}}, "x9", endpoints.MessageFailed, "it was rejected (network error 27 of type 3)", true},
		{smpp.Message{Short: []byte(long)}, "", "", "", false}, // somebody wrote it
		{smpp.Message{ESMClass: 4, Short: []byte("no receipt at all")}, "", endpoints.MessageSent, "", true},
	} {
		id, state, why, ok := smpp.ReadReceipt(c.m)
		if id != c.id || state != c.state || why != c.why || ok != c.ok {
			t.Errorf("%+v is %q %s %q %v", c.m, id, state, why, ok)
		}
	}
}

// What leaves in one of a centre's alphabets is read as it was.
func TestAlphabets(t *testing.T) {
	text := rapid.StringOfN(rapid.RuneFrom([]rune("abc @£äß[]€ñΔЖ字😀\n")), 1, 500, -1)
	rapid.Check(t, func(t *rapid.T) {
		s := text.Draw(t, "text")
		a := rapid.SampledFrom(append(endpoints.TextAlphabets, "")).Draw(t, "alphabet")
		pieces, coding := smpp.WriteText(s, a)
		var got string
		for i, data := range pieces {
			m := smpp.Message{Coding: coding, Short: data}
			if len(pieces) > 1 {
				m.ESMClass = 0x40
			}
			if len(data) > 254 || coding == 8 && len(data) > 140 {
				t.Fatalf("piece %d has %d bytes", i, len(data))
			}
			one, seq, _, err := smpp.ReadText(m.Body(), a)
			if err != nil || len(pieces) > 1 && seq != i+1 {
				t.Fatalf("piece %d is %d: %v", i, seq, err)
			}
			if a == endpoints.AlphabetPacked { // seven bits that are left over are filled with a line end
				one = strings.TrimSuffix(one, "\r")
			}
			got += one
		}
		if a == endpoints.AlphabetPacked {
			// @ is septet 0, which is filling, too, at the end of whole bytes: 3GPP TS 23.038 6.1.2.3.1.
			got, s = strings.ReplaceAll(got, "@", ""), strings.ReplaceAll(s, "@", "")
		}
		if got != s {
			t.Fatalf("%q in %s is %q", s, a, got)
		}
	})
	for _, c := range []struct {
		coding byte
		data   string
		want   string
	}{
		{1, "48656c6c6f", "Hello"}, {3, "e4f6fc", "äöü"}, {8, "0416", "Ж"}, {8, "d83dde00", "😀"}, {0xf1, "4800", "H@"}, {0x10, "4800", "H@"}, {0x11, "001b65", "@€"}, {0x18, "0416", "Ж"}, {0x58, "d83dde00", "😀"}, {0x14, "48656c6c6f", "Hello"}, {0xe0, "0416", "Ж"}, {6, "b6", "Ж"}, {0, "001b65", "@€"},
		{4, "7465787420c3a4", "text ä"},
	} {
		m := smpp.Message{Coding: c.coding, Short: unhex(t, c.data)}
		if got, _, _, err := smpp.ReadText(m.Body(), ""); err != nil || got != c.want {
			t.Errorf("coding %#x, %s is %q, %v", c.coding, c.data, got, err)
		}
	}
	for _, coding := range []byte{2, 4, 0xf5} {
		if got, _, _, err := smpp.ReadText(smpp.Message{Coding: coding, Short: []byte{0, 1, 2, 0xff}}.Body(), ""); err == nil {
			t.Errorf("what is binary is %q", got)
		}
	}
}

// Whatever comes is read or refused.
func FuzzRead(f *testing.F) {
	f.Add(smpp.PDU{Command: smpp.DeliverSM, Seq: 1, Body: smpp.Message{Source: smpp.Address{Addr: "1"}, Dest: smpp.Address{Addr: "2"}, ESMClass: 0x40, Short: []byte("\x05\x00\x03\x01\x02\x01hello")}.Body()}.Append(nil))
	f.Add(smpp.PDU{Command: smpp.DeliverSM, Seq: 1, Body: smpp.Message{ESMClass: 4, Short: []byte("id:1 stat:DELIVRD"), TLVs: smpp.TLVs{{Tag: smpp.TagReceiptedID, Value: []byte("1\x00")}}}.Body()}.Append(nil))
	f.Add(smpp.PDU{Command: smpp.BindTransceiver, Seq: 1, Body: smpp.Bind{SystemID: "a"}.Body()}.Append(nil))
	f.Add([]byte("\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, wire []byte) {
		r := bytes.NewReader(wire)
		for {
			p, err := smpp.ReadPDU(r)
			if err != nil {
				return
			}
			if len(p.Body) > len(wire) {
				t.Fatalf("a body of %d bytes of %d", len(p.Body), len(wire))
			}
			for _, a := range endpoints.TextAlphabets {
				_, _, _, _ = smpp.ReadText(p.Body, a)
			}
			_, _ = smpp.ParseBind(p.Body)
			_, _ = smpp.ParseBindResp(p.Body)
			_, _ = smpp.ParseMessageResp(p.Body)
			if m, err := smpp.ParseData(p.Body); err == nil {
				m.Source.Party("US")
			}
			if m, err := smpp.ParseMessage(p.Body); err == nil {
				again, err := smpp.ParseMessage(m.Body())
				if err != nil || !reflect.DeepEqual(again, m) {
					t.Fatalf("%+v is read again as %+v, %v", m, again, err)
				}
			}
		}
	})
}
