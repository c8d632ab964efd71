package main

import (
	"encoding/xml"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// dialogInfo is a document of RFC 4235, as far as a lamp needs it.
type dialogInfo struct {
	XMLName xml.Name `xml:"urn:ietf:params:xml:ns:dialog-info dialog-info"`
	Version int      `xml:"version,attr"`
	State   string   `xml:"state,attr"`
	Entity  string   `xml:"entity,attr"`
	Dialogs []struct {
		ID        string `xml:"id,attr"`
		Direction string `xml:"direction,attr"`
		State     string `xml:"state"`
		Remote    struct {
			Identity string `xml:"identity"`
		} `xml:"remote"`
	} `xml:"dialog"`
}

// A sipp with a lamp watches a real phone through a whole call: idle, ringing, busy, held,
// busy, idle. Each document is whole and well formed, and they are numbered.
func TestLampThroughACall(t *testing.T) {
	h, alices, bobs, carols := threeUsers(t)
	alice, bob := h.startBaresip(t, alices, 700, "manual"), h.startBaresip(t, bobs, 920, "manual")
	lamp := h.startDesk(t, carols, "uac-lamp", "-key", "target", h.sipURI(alices))
	shows := func(state string, n int) {
		t.Helper()
		h.eventually("the lamp shows "+state, func() bool {
			all := lamp.told(lampLooks)
			return len(all) >= n && all[len(all)-1] == state
		})
	}
	shows("terminated", 1)
	bob.do("dial", alices.SipUserName)
	alice.waits("CALL_INCOMING")
	shows("early", 2)
	alice.do("accept", "")
	alice.waits("CALL_ESTABLISHED")
	shows("yes", 3)
	h.talk("Alice", alice, 700, "Bob", bob, 920)
	alice.do("hold", "")
	shows("no", 4)
	alice.do("resume", "")
	shows("yes", 5)
	bob.do("hangup", "")
	alice.waits("CALL_CLOSED")
	shows("terminated", 6)
	lamp.passes()

	messages, err := os.ReadFile(filepath.Join(lamp.dir, "messages"))
	if err != nil {
		t.Fatal(err)
	}
	next := -1
	for _, doc := range regexp.MustCompile(`(?s)<\?xml.*?</dialog-info>`).FindAll(messages, -1) {
		var d dialogInfo
		if err := xml.Unmarshal(doc, &d); err != nil {
			t.Fatalf("%v in\n%s", err, doc)
		}
		if d.Version < next { // more than the last one: it is no repetition of a NOTIFY
			t.Errorf("version %d after %d", d.Version, next)
		}
		next = d.Version
		if d.State != "full" || d.Entity != "sip:"+alices.SipUserName+"@ringflow" || len(d.Dialogs) != 1 {
			t.Errorf("not all of Alice's calls:\n%s", doc)
			continue
		}
		if one := d.Dialogs[0]; one.State != "terminated" && (one.Direction != "recipient" || !regexp.MustCompile(`^sip:`+regexp.QuoteMeta(bobs.SipUserName)+`@`).MatchString(one.Remote.Identity)) {
			t.Errorf("the lamp does not tell of Bob's call:\n%s", doc)
		}
	}
	if next < 5 {
		t.Errorf("the last version is %d", next)
	}
	h.allOver()
}

// lampLooks is how a lamp looks: dark, blinking, or, of one who talks, whether he renders.
var lampLooks = regexp.MustCompile(`(?:<state>|<state>confirmed</state><local>.*?pvalue=")(terminated|early|yes|no)`)
