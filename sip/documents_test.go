package sip

import (
	"encoding/xml"
	"strings"
	"testing"
)

func TestDialogInfoText(t *testing.T) {
	d := &DialogInfo{Entity: "sip:alice@example.com", Calls: []CallState{
		{Dialog: DialogID{"id@x", "ours", "theirs"}, Incoming: true, State: "early", Local: Party{User: "alice", Host: "example.com"}, Remote: Party{Name: "Carl", User: "c", Host: "x"}},
		{State: "confirmed", Held: true, Local: Party{User: "alice", Host: "example.com"}},
	}}
	want := "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n" +
		`<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="7" state="full" entity="sip:alice@example.com">` + "\r\n" +
		`<dialog id="ours" call-id="id@x" local-tag="ours" remote-tag="theirs" direction="recipient"><state>early</state>` +
		`<local><identity>sip:alice@example.com</identity><target uri="sip:alice@example.com"/></local>` +
		`<remote><identity display="Carl">sip:c@x</identity><target uri="sip:c@x"/></remote></dialog>` + "\r\n" +
		`<dialog id="call1" direction="initiator"><state>confirmed</state>` +
		`<local><identity>sip:alice@example.com</identity><target uri="sip:alice@example.com"><param pname="+sip.rendering" pvalue="no"/></target></local>` +
		`<remote><identity>sip:anonymous@anonymous.invalid</identity><target uri="sip:anonymous@anonymous.invalid"/></remote></dialog>` + "\r\n" +
		"</dialog-info>\r\n"
	if got := string(d.Encode(7)); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	idle := string((&DialogInfo{Entity: "sip:a@b"}).Encode(0))
	if !strings.Contains(idle, `version="0"`) || strings.Count(idle, "<dialog ") != 1 || !strings.Contains(idle, "<state>terminated</state>") {
		t.Error(idle)
	}
}

func TestMessageSummaryText(t *testing.T) {
	for _, c := range []struct {
		m    MessageSummary
		want string
	}{
		{MessageSummary{}, "Messages-Waiting: no\r\nVoice-Message: 0/0 (0/0)\r\n"},
		{MessageSummary{Account: "sip:a@b", Old: 8}, "Messages-Waiting: no\r\nMessage-Account: sip:a@b\r\nVoice-Message: 0/8 (0/0)\r\n"},
		{MessageSummary{Account: "sip:a@b\r\nX: y", New: 2, Old: -1}, "Messages-Waiting: yes\r\nMessage-Account: sip:a@bX:y\r\nVoice-Message: 2/0 (0/0)\r\n"},
	} {
		if got := string(c.m.Encode(3)); got != c.want {
			t.Errorf("%+v: %q", c.m, got)
		}
	}
}

// FuzzDialogInfo: whatever a far end is called, the document is well formed, has the
// elements that it should have, and says the names as they were.
func FuzzDialogInfo(f *testing.F) {
	for _, v := range []string{"alice", `"><dialog id="x">`, "&lt;", "\x00\xff", "é]]>", "\r\n"} {
		f.Add(v, v)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		d := &DialogInfo{Entity: a, Calls: []CallState{{Dialog: DialogID{a, b, a}, State: "early", Local: Party{Name: a, User: b, Host: a}, Remote: Party{Name: b, URI: a}}}}
		var doc struct {
			Entity  string `xml:"entity,attr"`
			Dialogs []struct {
				CallID string `xml:"call-id,attr"`
				State  string `xml:"state"`
				Remote struct {
					Identity struct {
						Display string `xml:"display,attr"`
					} `xml:"identity"`
				} `xml:"remote"`
			} `xml:"dialog"`
		}
		text := d.Encode(1)
		if err := xml.Unmarshal(text, &doc); err != nil || len(doc.Dialogs) != 1 || doc.Dialogs[0].State != "early" {
			t.Fatalf("%v in\n%s", err, text)
		}
		if xmlText(a) && (doc.Entity != a || a != "" && doc.Dialogs[0].CallID != a) || xmlText(b) && doc.Dialogs[0].Remote.Identity.Display != b {
			t.Fatalf("%q %q came back as %+v", a, b, doc)
		}
	})
}

// xmlText is what XML can hold.
func xmlText(v string) bool {
	return strings.IndexFunc(v, func(r rune) bool { return r < ' ' || r == 0xfffd || r > 0xd7ff }) < 0
}
