package main

import (
	"regexp"
	"testing"
)

// threeUsers are Alice, who is called by the number did, Bob, and Carol. What they dial is
// dialled.
func threeUsers(t *testing.T) (h *house, alice, bob, carol phoneAccount) {
	t.Helper()
	h, _ = carrierHouse(t)
	own := h.dialler()
	alice, bob, carol = h.user("Alice", own), h.user("Bob", own), h.user("Carol", own)
	h.reaches(did, alice)
	return h, alice, bob, carol
}

func (h *house) sipURI(u phoneAccount) string { return "sip:" + u.SipUserName + "@" + h.sip.String() }

// A real phone that was called transfers its caller to another: it hears that all went
// well and is out of the call, and the two others hear each other.
func TestBlindTransferByBaresip(t *testing.T) {
	h, alices, bobs, _ := threeUsers(t)
	alice, bob := h.startBaresip(t, alices, 700, "auto"), h.startBaresip(t, bobs, 920, "auto")
	caller := h.phones(t, did, 440)
	h.talk("the caller", caller, 440, "Alice", alice, 700)
	alice.do("transfer", h.sipURI(bobs))
	bob.waits("CALL_ESTABLISHED")
	alice.waits("CALL_CLOSED")
	h.talk("the caller", caller, 440, "Bob", bob, 920)
	h.logged("Transferred by Alice Test to " + bobs.SipUserName)
	caller.hangsUp(t)
	bob.waits("CALL_CLOSED")
	h.allOver()
	if alice.take("TRANSFER_FAILED") {
		t.Error("Alice's phone was told that the transfer failed")
	}
}

// A real phone that made the call transfers whom it has called; the target hangs up in
// the end.
func TestBlindTransferByBaresipThatCalled(t *testing.T) {
	h, alices, bobs, carols := threeUsers(t)
	alice, bob, carol := h.startBaresip(t, alices, 700, "manual"), h.startBaresip(t, bobs, 920, "auto"), h.startBaresip(t, carols, 1140, "auto")
	alice.do("dial", bobs.SipUserName)
	h.talk("Bob", bob, 920, "Alice", alice, 700)
	alice.do("transfer", h.sipURI(carols))
	alice.waits("CALL_CLOSED")
	h.talk("Bob", bob, 920, "Carol", carol, 1140)
	carol.do("hangup", "")
	bob.waits("CALL_CLOSED")
	h.allOver()
}

// sipfrags are the outcomes that a phone was told of its REFER.
var sipfrags = regexp.MustCompile(`(?m)^(SIP/2.0 \d+) [^\r\n]*\r?\n\r?\n-`)

// A phone transfers by REFER: it is told 100, ringing and 200, and we hang it up, as it does
// not do so itself.
func TestBlindTransferByREFER(t *testing.T) {
	h, alices, bobs, _ := threeUsers(t)
	bob := h.startBaresip(t, bobs, 920, "auto")
	alice := h.startDesk(t, alices, "uas-refer", "-d", "1000", "-key", "target", h.sipURI(bobs))
	caller := h.phones(t, did, 440)
	h.listen("the caller", caller).comesTo(440) // Alice's phone sends it back
	bob.waits("CALL_ESTABLISHED")
	h.talk("the caller", caller, 440, "Bob", bob, 920)
	alice.passes()
	alice.isTold(sipfrags, "SIP/2.0 100", "SIP/2.0 180", "SIP/2.0 200")
	bob.do("hangup", "")
	caller.isEnded(t)
	h.allOver()
}

// The target is busy: the phone is told so, and has its caller back.
func TestBlindTransferFails(t *testing.T) {
	h, alices, bobs, _ := threeUsers(t)
	bob := h.startBaresip(t, bobs, 920, "manual")
	alice := h.startDesk(t, alices, "uas-refer", "-d", "1000", "-key", "target", h.sipURI(bobs))
	caller := h.phones(t, did, 440)
	bob.waits("CALL_INCOMING")
	bob.do("hangup", "")
	h.logged("together again")
	h.listen("the caller", caller).comesTo(440)
	caller.hangsUp(t)
	alice.passes()
	alice.isTold(sipfrags, "SIP/2.0 100", "SIP/2.0 180", "SIP/2.0 486")
	h.allOver()
}

// A phone asks its target first, and then transfers its caller there: both of its calls are
// hung up, and the two others hear each other.
func TestAttendedTransferOfACaller(t *testing.T) {
	h, alices, bobs, _ := threeUsers(t)
	bob := h.startBaresip(t, bobs, 920, "auto")
	alice := h.startDesk(t, alices, "uas-refer-attended", "-d", "1500", "-key", "target", h.sipURI(bobs))
	caller := h.phones(t, did, 440)
	h.listen("the caller", caller).comesTo(440)
	bob.waits("CALL_ESTABLISHED")
	h.listen("Bob", bob).comesTo(920)
	h.talk("the caller", caller, 440, "Bob", bob, 920)
	alice.passes()
	caller.hangsUp(t)
	bob.waits("CALL_CLOSED")
	h.allOver()
}

// A phone that called two joins them; this one sends its REFER in the second call.
func TestAttendedTransferOfTwoWhoWereCalled(t *testing.T) {
	h, alices, bobs, carols := threeUsers(t)
	bob, carol := h.startBaresip(t, bobs, 920, "auto"), h.startBaresip(t, carols, 1140, "auto")
	alice := h.startDesk(t, alices, "uac-refer-attended", "-d", "1500", "-key", "first", h.sipURI(bobs), "-key", "target", h.sipURI(carols))
	bob.waits("CALL_ESTABLISHED")
	carol.waits("CALL_ESTABLISHED")
	h.listen("Carol", carol).comesTo(1140)
	h.talk("Bob", bob, 920, "Carol", carol, 1140)
	alice.passes()
	carol.do("hangup", "")
	bob.waits("CALL_CLOSED")
	h.allOver()
}
