package main

import (
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A house with a carrier at 127.0.0.2, whose phones are sipp's on port.
func carrierHouse(t *testing.T) (h *house, port int) {
	t.Helper()
	h = startHouse(t)
	port = freePort(t)
	h.trunk("Carrier", M{"host": carrierHost, "port": port, "allowedIps": []string{carrierHost}})
	return h, port
}

const did = "+18005550100"

// A carrier calls, and hangs up at each node of a flow: the call ends, its
// record is closed, and nothing of it stays.
func TestCallerHangsUpAtEachNode(t *testing.T) {
	h, port := carrierHouse(t)
	alice := h.user("Alice", h.flow("Idle", node("e", "EndNode", nil)))
	long := strings.Repeat("This is a long sentence that goes on. ", 20)
	file := h.upload("tone.wav", tone(440, 30e9))
	for i, c := range []struct {
		name  string
		nodes []M
	}{
		{"Answer and Wait", []M{node("a", "AnswerNode", M{"Done": next("w")}), node("w", "WaitNode", M{"Timeout": amount(30)})}},
		{"Say", []M{node("s", "SayNode", M{"WhatToSay": text(long)})}},
		{"Play", []M{node("p", "PlayNode", M{"AudioFile": M{"type": "AudioFile", "value": M{"stringValue": file}}})}},
		{"CollectDigits", []M{node("c", "CollectDigitsNode", M{"Text": text("Digits please."), "TimeoutInSeconds": amount(30)})}},
		{"Menu", []M{node("m", "MenuNode", M{"Text": text(long), "Choices": rows(M{"Key": text("1"), "Value": text("One")})})}},
		{"Record", []M{node("r", "RecordNode", M{"MaxSeconds": amount(60), "SilenceTimeoutInSeconds": amount(0)})}},
		{"Dial of a user without a device", []M{node("a", "AnswerNode", M{"Done": next("d")}), node("d", "DialNode", M{"Destinations": destinations(alice.SipUserName), "No Answer": next("w"), "Failed": next("w")}), node("w", "WaitNode", M{"Timeout": amount(30)})}},
		{"Dial that rings", []M{node("a", "AnswerNode", M{"Done": next("d")}), node("d", "DialNode", M{"Destinations": destinations("+12025550199")})}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := h.on(t)
			number := "+1800555020" + strconv.Itoa(i)
			h.number(number, h.flow(c.name, c.nodes...))
			var callee *sipp
			if c.name == "Dial that rings" {
				callee = h.startSipp(t, "uas-no-answer", "-p", strconv.Itoa(port))
				h.listening(carrierHost, port)
			}
			h.sipp(t, "uac-bye", "-s", number, "-d", "1500")
			if callee != nil {
				callee.passes()
			}
			h.eventually("the session is closed", func() bool {
				all := h.sessions("to=" + strings.TrimPrefix(number, "+"))
				return len(all) > 0 && !slices.ContainsFunc(all, func(s sessionOf) bool { return !s.Ended })
			})
		})
	}
	h.eventually("no media port is held", func() bool { return h.engine.Ports.Stats().Held == 0 })
	h.eventually("no dialog is up", func() bool { return h.ua.Stats().Dialogs == 0 })
}

// What the far end says becomes the flow's transition, and an unanswered
// caller's own answer.
func TestFarEndsAnswers(t *testing.T) {
	h, port := carrierHouse(t)
	h.number(did, h.flow("Out", node("d", "DialNode", M{"Destinations": destinations("+12025550199"), "TimeoutInSeconds": amount(3)})))
	for _, c := range []struct{ callee, caller, status string }{
		{"uas-486", "uac-expect-486", "Busy"},
		{"uas-603", "uac-expect-603", "Rejected"},
		{"uas-404", "uac-expect-480", "Failed"},
		{"uas-no-answer", "uac-expect-480", "NoAnswer"},
	} {
		t.Run(c.callee, func(t *testing.T) {
			h := h.on(t)
			callee := h.startSipp(t, c.callee, "-p", strconv.Itoa(port))
			h.listening(carrierHost, port)
			h.sipp(t, c.caller, "-s", did)
			callee.passes()
			h.eventually("the log tells "+c.status, func() bool {
				all := h.sessions("")
				return len(all) > 0 && all[0].Ended && strings.Contains(all[0].text(), c.status)
			})
		})
	}
}

// The caller's and the callee's ways to end a call that is up or rings.
func TestCallThrough(t *testing.T) {
	h, port := carrierHouse(t)
	h.number(did, h.flow("Out", node("d", "DialNode", M{"Destinations": destinations("+12025550199"), "TimeoutInSeconds": amount(20)})))
	p := strconv.Itoa(port)
	t.Run("the caller hangs up", func(t *testing.T) {
		h := h.on(t)
		callee := h.startSipp(t, "uas-answer", "-p", p)
		h.listening(carrierHost, port)
		h.sipp(t, "uac-bye", "-s", did, "-d", "1000")
		callee.passes()
	})
	t.Run("the callee hangs up", func(t *testing.T) {
		h := h.on(t)
		callee := h.startSipp(t, "uas-answer-bye", "-p", p, "-d", "1000")
		h.listening(carrierHost, port)
		h.sipp(t, "uac-bye-received", "-s", did)
		callee.passes()
	})
	t.Run("the caller gives up while it rings", func(t *testing.T) {
		h := h.on(t)
		callee := h.startSipp(t, "uas-no-answer", "-p", p)
		h.listening(carrierHost, port)
		h.sipp(t, "uac-cancel", "-s", did, "-d", "700")
		callee.passes()
	})
	t.Run("hold and resume", func(t *testing.T) {
		h := h.on(t)
		callee := h.startSipp(t, "uas-answer", "-p", p)
		h.listening(carrierHost, port)
		h.sipp(t, "uac-hold-resume", "-s", did)
		callee.passes()
	})
	t.Run("hold and resume on a prompt, over TCP", func(t *testing.T) {
		h := h.on(t)
		h.number("+18005550101", h.flow("Wait", node("a", "AnswerNode", M{"Done": next("w")}), node("w", "WaitNode", M{"Timeout": amount(30)})))
		h.sipp(t, "uac-hold-resume", "-s", "+18005550101", "-t", "t1", "-rsa", strings.TrimPrefix(h.sipAddr[1], "tcp://"))
	})
}

// Numbers that are nobody's, and flows that can't run, are refused in SIP's words.
func TestRefusals(t *testing.T) {
	h, _ := carrierHouse(t)
	h.number(did, h.flow("Reject", node("r", "RejectNode", M{"Reason": text("Declined")})))
	h.number("+18005550101", h.flow("Broken", node("s", "SayNode", M{"WhatToSay": text("{{ nonsense(( }}")})))
	h.number("+18005550102", h.flow("Busy", node("r", "RejectNode", M{"Reason": text("Busy")})))
	for number, scenario := range map[string]string{
		"+18005550199": "uac-expect-404",
		did:            "uac-expect-603",
		"+18005550101": "uac-expect-480",
		"+18005550102": "uac-expect-486",
	} {
		h.sipp(t, scenario, "-s", number)
	}
}

// A menu hears a key pressed by INFO, once, and follows it.
func TestDigitByInfo(t *testing.T) {
	h, _ := carrierHouse(t)
	h.number(did, h.flow("Menu",
		node("m", "MenuNode", M{"Text": text("Press a key."), "Choices": rows(M{"Key": text("1"), "Value": text("One")}, M{"Key": text("2"), "Value": text("Two")}), "Two": next("s")}),
		node("s", "SayNode", M{"WhatToSay": text("You pressed two.")})))
	h.sipp(t, "uac-digit-then-bye-received", "-s", did, "-key", "digit", "2")
	all := h.sessions("")
	if len(all) != 1 || strings.Count(all[0].text(), "heard 2: Two") != 1 || !strings.Contains(all[0].text(), `said "You pressed two."`) {
		t.Errorf("the session's log is %v", all)
	}
}
