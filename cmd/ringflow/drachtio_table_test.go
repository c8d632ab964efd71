package main

import (
	"strconv"
	"testing"
)

// The flows that the scenarios call.
func waits(seconds float64) func(*house, string) []M {
	return func(*house, string) []M {
		return []M{node("a", "AnswerNode", M{"Done": next("w")}), node("w", "WaitNode", M{"Timeout": amount(seconds)})}
	}
}

func rejects(reason string) func(*house, string) []M {
	return func(*house, string) []M { return []M{node("r", "RejectNode", M{"Reason": text(reason)})} }
}

func nobody(*house, string) []M { return []M{node("e", "EndNode", nil)} }

// breaks fails at run time, before it has answered.
func breaks(*house, string) []M {
	return []M{node("w", "WaitNode", M{"Timeout": M{"type": "Number", "source": "Expression", "expression": "1 / 0"}})}
}

func dialsOut(_ *house, number string) []M {
	return []M{node("d", "DialNode", M{"Destinations": destinations(outsideOf(number)), "TimeoutInSeconds": amount(30)})}
}

func answersLate(*house, string) []M {
	return []M{node("w", "WaitNode", M{"Timeout": amount(1), "Done": next("a")}), node("a", "AnswerNode", M{"Done": next("x")}), node("x", "WaitNode", M{"Timeout": amount(30)})}
}

func hearsDigits(*house, string) []M {
	return []M{node("a", "AnswerNode", M{"Done": next("c")}),
		node("c", "CollectDigitsNode", M{"MaxDigits": amount(1), "TimeoutInSeconds": amount(30), "Done": next("w")}),
		node("w", "WaitNode", M{"Timeout": amount(30)})}
}

// refusesScanners turns away what calls itself one.
func refusesScanners(*house, string) []M {
	return []M{
		node("m", "StringMatchNode", M{
			"Value":   M{"type": "String", "source": "Expression", "expression": `Session.SipHeader["User-Agent"]`},
			"Choices": rows(M{"Name": text("Scanner"), "Value": text("sip-cli")}), "sip-cli": next("r"), "No Matches": next("a")}),
		node("r", "RejectNode", M{"Reason": text("Declined")}),
		node("a", "AnswerNode", nil),
	}
}

const (
	noDigest    = "a registrar of ours asks for a password, and the scenario knows none: a stranger's REGISTER is challenged"
	noSRTP      = "the only stream is UDP/TLS/RTP/SAVPF, and DTLS-SRTP is not spoken here: 488"
	noHeaderOut = "it looks for a header that drachtio's application put into the answer; a flow puts none into its own"
)

// scenarios is the whole corpus, the slow ones first.
func scenarios() []scenario {
	return append([]scenario{
		// A minute of timers.
		{file: "uac-200-no-ack", uac: &calls{flow: waits(60)}, args: []string{"-timeout", "85s", "-default_behaviors", "none"}, log: "ACK"},
		{file: "uac-session-expires", uac: &calls{flow: waits(80)}, args: []string{"-timeout", "85s"}},
		{file: "uac-session-expires-no-refresher", uac: &calls{flow: waits(80)}, args: []string{"-timeout", "85s"}, heard: "Session timer expired"},
		{file: "uas-success-reinvite", uas: &called{talk: 50}, args: []string{"-timeout", "85s"}},
		{file: "uac-recv-reinvite", uac: &calls{flow: waits(60)}, args: []string{"-timeout", "85s"}},
		{file: "uac-drop-all-200", uac: &calls{flow: answersLate}, log: "ACK"},
		{file: "uac-no-ack", uac: &calls{flow: nobody}},
		{file: "uac-drop-one-200", uac: &calls{flow: waits(60)}, tries: 3},
		{file: "uac-drop-one-503", uac: &calls{drain: true}, tries: 3},
		{file: "uas-drop-one-200", uas: &called{talk: 25}, tries: 3},
		{file: "uas-options-delay", uas: &called{rings: registersPhone}},

		// They call us.
		{file: "uac", uac: &calls{flow: waits(30)}},
		{file: "uac-utf8", uac: &calls{flow: waits(30)}, log: "Virtuális kolléga"},
		{file: "uac-cancel", uac: &calls{flow: dialsOut, callee: "uas-early-cancelled"}},
		{file: "uac-expect-486", uac: &calls{flow: rejects("Busy")}},
		{file: "uac-expect-500", uac: &calls{flow: breaks}},
		{file: "uac-expect-503", uac: &calls{drain: true}},
		{file: "uac-spammer-expect-603", uac: &calls{flow: refusesScanners}},
		{file: "uac-options-expect-200", uac: &calls{}},
		{file: "uac-outbound-3031", uac: &calls{flow: dialsOut, callee: "uas-answer"}},
		{file: "uac-outbound-3032", uac: &calls{flow: dialsOut, callee: "uas-answer"}},
		{file: "uac-outbound-3033-expect-480", uac: &calls{flow: dialsOut, callee: "uas-404"}},
		{file: "uac-outbound-3034", uac: &calls{flow: dialsOut, callee: "uas-answer"}},
		{file: "uac-outbound-3035", uac: &calls{flow: dialsOut, callee: "uas-answer"}},
		{file: "uac-outbound-3041", uac: &calls{flow: dialsOut, callee: "uas-answer"}},
		{file: "uac_black", uac: &calls{flow: nobody}},
		{file: "uac-overlapping", uac: &calls{flow: waits(5)}},
		{file: "uac-pcap", uac: &calls{flow: hearsDigits}, log: "1"},
		{file: "uac-preloaded-route", uac: &calls{flow: waits(30)}},
		{file: "uac-recv-bye", uac: &calls{flow: waits(1)}},
		{file: "uac-refresh", uac: &calls{flow: waits(30)}},
		{file: "pcap/uac-refresh", uac: &calls{flow: waits(30)}},
		{file: "uac-send-reinvite-no-sdp", uac: &calls{flow: waits(3)}},
		{file: "uac-session-expires-no-refresher-default", uac: &calls{flow: waits(30)}, heard: "Session-Expires: 90;refresher=uac"},

		// We call them.
		{file: "uas-success", uas: &called{talk: 1}},
		{file: "uas-tcp", uas: &called{talk: 1, transport: "tcp"}, args: []string{"-t", "t1"}},
		{file: "uas-183-180-200", uas: &called{by: "uac-bye", byArgs: []string{"-d", "1000"}}},
		{file: "uas-183-recv-update", uas: &called{by: "uac-bye", byArgs: []string{"-d", "1000"}}},
		{file: "uas-ackbye", uas: &called{cancelAt: "SIP/2.0 183"}},
		{file: "uas-bad-bye", uas: &called{talk: 1}},
		{file: "uas-bye", uas: &called{by: "uac-bye-received"}},
		{file: "uas-cancel", uas: &called{cancelAt: "SIP/2.0 183"}},
		{file: "uas-fail-480", uas: &called{by: "uac-expect-480", headers: []M{{"Name": text("X-Custom"), "Value": text("custom header value")}}}},
		{file: "uas-fail-486", uas: &called{by: "uac-expect-486"}},
		{file: "uas-handle-5-registers", uas: &called{rings: registersFive}, args: []string{"-m", "5"}},
		{file: "uas-invite-delay", uas: &called{talk: 1}},
		{file: "uas-prack", uas: &called{talk: 1}},
		{file: "uas-slow-response", uas: &called{talk: 1}},
	}, otherwise()...)
}

// otherwise are the scenarios that want something that we do not do, on purpose.
func otherwise() []scenario {
	return []scenario{
		{file: "register-bad-contact", uac: &calls{}, differs: "400", why: "% is no Contact: that is a bad request before it is a forbidden one"},
		{file: "uac-register-jp-chars", uac: &calls{}, differs: "401", why: noDigest},
		{file: "uac-register-recv-invite", uac: &calls{}, differs: "401", why: noDigest},
		{file: "uac-register-subscribe-publish", uac: &calls{}, differs: "401", why: noDigest + "; there is no presence either"},
		{file: "uac-register-with-star-in-contact", uac: &calls{}, differs: "401", why: noDigest},
		{file: "uac-drop-200-then-cancel", uac: &calls{flow: answersLate}, differs: "200",
			why: "the CANCEL comes within 32 s of the 200, and RFC 6026 keeps the transaction so long: it is 200 and changes nothing"},
		{file: "uac-invalid-uri-user", uac: &calls{}, differs: "404", why: "its user part is valid (RFC 3261 25.1 has / and &), and nobody's number"},
		{file: "uac-long-message", uac: &calls{}, differs: "415", why: "a text is text; an alarm in XML is none"},
		{file: "uac-long-uri", uac: &calls{}, differs: "404", why: "100 digits are nobody's number"},
		{file: "uac-long-sdp", uac: &calls{flow: waits(30)}, differs: "488", why: noSRTP},
		{file: "uac-spammer-ack-crash", uac: &calls{}, differs: "404", why: "it calls 0, which is nobody's number"},
		{file: "uac-update-during-invite", uac: &calls{flow: dialsOut, callee: "uas-early-cancelled"}, differs: "500",
			why: "an offer in UPDATE while the INVITE's own is not answered reliably: RFC 3311 5.2 asks for 500 and Retry-After"},

		{file: "uas-183-send-update", why: "its UPDATE gets the 200 that it wants, but then its answer to the INVITE bears the UPDATE's Via and CSeq ([last_CSeq:]), so the call is never answered"},
		{file: "uac-expect-480", why: noHeaderOut},
		{file: "uac_blue", why: noHeaderOut},
		{file: "uac_green", why: noHeaderOut},
		{file: "uac_orange", why: noHeaderOut},
		{file: "uac_red", why: noHeaderOut},
		{file: "uac-forking", why: "its INVITE and its ACK and BYE differ in From tag and in the order of CSeq, so they are of different dialogs"},
		{file: "uac-reinvite-bye-race", why: "it insists on a 100 to a re-INVITE, which we answer before 100 is due (RFC 3261 17.2.1); TestByeBehindReinvite is the same race"},
		{file: "uas-reinvite-bye", why: "as uac-reinvite-bye-race; TestByeBehindReinvite is the same race"},
		{file: "uac-notify-during-call-setup", why: "its XML is broken: sipp reads no further than the first recv; its NOTIFY has the CSeq of an ACK besides"},
		{file: "uas-overlapping", why: "it wants a caller that sends re-INVITEs before the one under way is over, which RFC 3261 14.1 forbids"},
		{file: "uas-reinvite-bye-race", why: "it wants a caller that sends a re-INVITE after its own BYE, which RFC 3261 15 forbids"},
	}
}

// registersPhone makes sipp's address the device of a user, which is asked by
// OPTIONS whether it is there.
func registersPhone(t *testing.T, h *house, port int) {
	u := h.user("Phone", h.flow("Idle", node("e", "EndNode", nil)))
	h.sipp(t, "register", "-s", u.SipUserName, "-au", u.SipUserName, "-ap", u.SipPassword, "-p", strconv.Itoa(port))
}

// registersFive gives five trunks that address to register at.
func registersFive(_ *testing.T, h *house, port int) {
	for i := range 5 {
		h.trunk("Registrar "+strconv.Itoa(i), M{"host": carrierHost, "port": port, "register": true, "userName": "ringflow" + strconv.Itoa(i), "password": "a password", "prefixes": []string{"+999"}})
	}
}
