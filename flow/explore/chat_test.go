package explore_test

import (
	"encoding/json"
	"slices"
	"testing"

	"ringflow/flow/explore"
)

// In the chats of a flow all happens that can: the choices, digits, nonsense, nothing
// for as long as is waited, a room that is closed and one that nobody comes to.
func TestChatsAreExplored(t *testing.T) {
	for _, name := range []string{"chat.json", "chat-menu.json", "chat-web.json", "chat-room.json", "chat-lists.json"} {
		if r := explored(t, "../../testdata/flows/"+name); r.Walked != r.Nodes || r.Bounded {
			t.Errorf("%s: %d of %d nodes in %d chats", name, r.Walked, r.Nodes, r.Calls)
		}
	}
}

// What is cut off and only a chat comes to is found, with what led there.
func TestChatFindings(t *testing.T) {
	for _, c := range []struct{ file, node, transition, finding, path string }{
		{"chat.json", "wait", "Timeout", "unconnected Name: Timeout", ""},
		{"chat.json", "wait", "Reply", "unconnected Name: Reply", `Name: the party writes "hello"`},
		{"chat-menu.json", "pin", "No Input", "unconnected PIN: No Input", ""},
		{"chat-menu.json", "menu", "Support", "unconnected Menu: Support", `Menu: the party writes "2"`},
	} {
		raw := cutOff(t, read(t, "../../testdata/flows/"+c.file), c.node, c.transition)
		if c.file == "chat-menu.json" { // so that only chats are tried
			raw = only(t, raw)
		}
		r, err := explore.Explore(t.Context(), raw, explore.Options{})
		if err != nil {
			t.Fatal(err)
		}
		found := slices.ContainsFunc(r.Findings, func(f explore.Finding) bool {
			return slices.Contains(short([]explore.Finding{f}), c.finding) && (c.path == "" || slices.Contains(f.Path, c.path))
		})
		if !found {
			t.Errorf("%s without %s of %s: %q %v", c.file, c.transition, c.node, short(r.Findings), r.Findings)
		}
	}
}

// A bot that asks for ever is told.
func TestEndlessChat(t *testing.T) {
	r, err := explore.Explore(t.Context(), []byte(`{"nodes": [
		{"id": "a", "isStartNode": true, "name": "Ask", "spec": {"typeName": "SayNode", "url": "/u"}, "parameters": {
			"WhatToSay": {"id": "p1", "type": "String", "value": {"stringValue": "Well?"}}, "Done": {"id": "p2", "type": "Transition", "value": {"stringValue": "b"}}}},
		{"id": "b", "name": "Wait", "spec": {"typeName": "WaitForReplyNode", "url": "/u"}, "parameters": {
			"Reply": {"id": "p3", "type": "Transition", "value": {"stringValue": "a"}}, "Timeout": {"id": "p4", "type": "Transition", "value": {"stringValue": "a"}}}}]}`), explore.Options{})
	if err != nil || !slices.Contains(short(r.Findings), "endless Ask") {
		t.Errorf("%v %v", err, r.Findings)
	}
}

// only gives a flow a node of chats alone, to which nothing leads.
func only(t *testing.T, raw []byte) []byte {
	t.Helper()
	var g map[string]any
	if err := json.Unmarshal(raw, &g); err != nil {
		t.Fatal(err)
	}
	g["nodes"] = append(g["nodes"].([]any), map[string]any{"id": "events", "name": "Events", "spec": map[string]any{"typeName": "ChatEventsNode", "url": "/u"}, "parameters": map[string]any{}})
	out, err := json.Marshal(g)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
