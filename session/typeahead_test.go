package session_test

import (
	"strings"
	"testing"
	"time"
)

// digits is a Collect Digits of which the flow logs what it got.
func digits(id, next string, in map[string]any) []node {
	if in == nil {
		in = map[string]any{}
	}
	in["Text"] = "Enter " + id
	return []node{
		{id: id, typ: "CollectDigitsNode", in: in, to: map[string]string{"Done": "got " + id, "No Input": "got " + id}},
		{id: "got " + id, typ: "LogNode", in: map[string]any{"Message": id + " is <{{ Node[\"" + id + "\"].Digits }}>"}, to: map[string]string{"Done": next}},
	}
}

// Digits pressed while something else is said are kept for the next that asks,
// in their order and at most 20; the rest of what was typed goes to the one after it.
func TestTypedAhead(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		nodes := append([]node{{id: "hello", typ: "SayNode", in: map[string]any{"WhatToSay": "A long welcome", "Loop": 4}, to: map[string]string{"Done": "one"}}}, digits("one", "menu", map[string]any{"MaxDigits": 4})...)
		nodes = append(nodes,
			node{id: "menu", typ: "MenuNode", in: map[string]any{"Text": "Press", "Choices": []map[string]any{{"Key": "7", "Value": "Seven"}}}, to: map[string]string{"Seven": "two"}})
		nodes = append(nodes, digits("two", "", nil)...)
		h.number(did, nodes...)
		c := h.carrier.mustCall(toNumber(did))
		c.press(t, "1234756#")
		c.over(t, 20*time.Second)
		logged(t, h.record(), "one is <1234>", "menu: heard 7: Seven", "two is <56>")
		for _, prompt := range []string{"Enter one", "Press", "Enter two"} {
			if d := c.ear.hears(pitch(prompt)); d > 100*time.Millisecond && pitch(prompt) != pitch("A long welcome") {
				t.Errorf("%s was played for %s though its digits were there already", prompt, d)
			}
		}
	})
}

func TestTypedAheadAtMost20(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.number(did, append([]node{{id: "a", typ: "AnswerNode", to: map[string]string{"Done": "w"}}, {id: "w", typ: "WaitNode", in: map[string]any{"Timeout": 20}, to: map[string]string{"Done": "one"}}},
			digits("one", "", map[string]any{"MaxDigits": 100})...)...)
		c := h.carrier.mustCall(toNumber(did))
		c.press(t, "1234567890123456789012345")
		c.over(t, 60*time.Second)
		logged(t, h.record(), "one is <12345678901234567890>")
	})
}

// A digit stops the prompt, the others have their time, the finishing key is
// no part of what was pressed, and what is typed before a recording is dropped.
func TestDigitsAndTheirTimes(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		nodes := append(digits("one", "two", nil), digits("two", "rec", map[string]any{"InterDigitTimeoutInSeconds": 2})...)
		nodes = append(nodes, node{id: "rec", typ: "RecordNode", in: map[string]any{"Text": "Speak", "MaxSeconds": 3, "SilenceTimeoutInSeconds": 0}, to: map[string]string{"No Recording": "three", "Done": "three"}})
		nodes = append(nodes, digits("three", "", map[string]any{"Retries": 1, "InvalidText": "Too few", "MinDigits": 2, "TimeoutInSeconds": 3})...)
		h.number(did, nodes...)
		c := h.carrier.mustCall(toNumber(did))
		time.Sleep(400 * time.Millisecond)
		c.press(t, "4") // during the prompt
		time.Sleep(2500 * time.Millisecond)
		c.press(t, "2#")
		time.Sleep(1500 * time.Millisecond)
		c.press(t, "9") // and then nothing for two seconds
		time.Sleep(2100 * time.Millisecond)
		c.press(t, "#") // in the prompt of the recording: it is dropped
		time.Sleep(6 * time.Second)
		c.press(t, "8#")
		c.over(t, 20*time.Second)
		r := h.record()
		logged(t, r, "one is <42>", "two is <9>", "three: heard 8: too few, at least 2 are asked for", `three: said "Too few"`, "three is <>")
		if strings.Contains(logText(r), "ended by a key") {
			t.Error("the key pressed before ended the recording")
		}
	})
}
