package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
)

// queueCallers is how many wait in the queue at the same time.
const queueCallers = 500

// queue measures callers who wait for an agent, to music. The floor is the
// least for a caller: a frame goes every 20 ms, and what comes is dropped.
func (b *bench) queue() error {
	head(fmt.Sprintf("a queue with %d waiting callers, PCMU, music", queueCallers))
	s, err := b.sound(b.server.child, b.server.sip, queueCallers, func(int) string { return numbers["queue"] }, false, false, 1)
	if err != nil {
		return fmt.Errorf("queue of %d: %w; the last session's log:%s", queueCallers, err, b.server.why())
	}
	if s.heard < 25 { // who hears nothing costs nothing
		return fmt.Errorf("queue of %d: a caller hears %.0f packets of music a second, not 50; the last session's log:%s", queueCallers, s.heard, b.server.why())
	}
	f, err := b.sound(b.floor, b.fsip, queueCallers, func(int) string { return "play" }, false, false, 1)
	if err != nil {
		return err
	}
	fmt.Println(figure{"waiting on music: CPU per caller-second", s.cpu, f.cpu, "ms"})
	fmt.Printf("| waiting on music: packet spacing p50 / p99 / max | %s | %s | |\n", s.spacing(), f.spacing())
	fmt.Printf("| waiting on music: packets heard in a second, of 50 | %.1f | %.1f | |\n", s.heard, f.heard)
	return nil
}

// queueNode lets its callers wait to the music of a file, for a team whose one
// agent is logged in and takes no calls: so they wait for as long as they like.
func (u *underTest) queueNode(account, file string) (map[string]any, error) {
	agent, err := u.post("/endpoints/users", map[string]any{"accountId": account, "firstName": "Bench"})
	if err != nil {
		return nil, err
	}
	state, err := json.Marshal(map[string]any{"agentState": "NotReady"})
	if err != nil {
		return nil, err
	}
	if err := u.do(http.MethodPatch, "/endpoints/"+agent, "application/json", bytes.NewReader(state), nil); err != nil {
		return nil, err
	}
	team, err := u.post("/endpoints/team", map[string]any{"accountId": account, "displayName": "Bench", "memberIds": []string{agent}})
	if err != nil {
		return nil, err
	}
	return node("q", "QueueNode", map[string]any{
		"Team":           value("Team", map[string]any{"stringValue": team}),
		"MusicOnHold":    value("AudioFile", map[string]any{"stringValue": file}),
		"MaxLength":      value("Number", map[string]any{"numberValue": queueCallers}),
		"MaxWaitSeconds": value("Number", map[string]any{"numberValue": 3600}),
	}), nil
}
