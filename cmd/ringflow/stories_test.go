package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ringflow/flow/explore"
	"ringflow/flow/flowtest"
)

// typed runs ringflow with args.
func typed(ctx context.Context, args ...string) (string, error) {
	var out buffer
	cmd := root()
	cmd.SetArgs(args)
	cmd.SetOut(&out)
	cmd.SetErr(&out)
	err := cmd.ExecuteContext(ctx)
	return out.String(), err
}

const story = "name: nobody presses a key\nflow: menu.json\nexpect: {path: ['Menu: No Input', Goodbye]}\n"

// storyFolder holds the flow menu.json and one story of it.
func storyFolder(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	flow, err := os.ReadFile("../../testdata/flows/menu.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{"menu.json": flow, "story.yaml": []byte(text)} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestTestCommand(t *testing.T) {
	dir := storyFolder(t, story)
	report := filepath.Join(t.TempDir(), "report.xml")
	out, err := typed(t.Context(), "test", dir, "--coverage", "--junit", report)
	if err != nil {
		t.Fatal(err, out)
	}
	for _, part := range []string{"ok    " + filepath.Join(dir, "story.yaml") + ": nobody presses a key  (", "1 story, 1 ok, 0 failed, in ", "no story comes to Ring Alice\n", "no story takes Menu: 77\n"} {
		if !strings.Contains(out, part) {
			t.Errorf("no %q in\n%s", part, out)
		}
	}
	if b, err := os.ReadFile(report); err != nil || !strings.Contains(string(b), `tests="1" failures="0"`) {
		t.Errorf("%v %s", err, b)
	}

	dir = storyFolder(t, strings.Replace(story, "Goodbye", "Ring Bob", 1))
	out, err = typed(t.Context(), "test", dir)
	if !errors.Is(err, errSaid) {
		t.Errorf("a story failed, and the command says %v", err)
	}
	for _, part := range []string{"FAIL  ", "-->    step 2\n", "expected Ring Bob\n", "was      Goodbye\n", "1 story, 0 ok, 1 failed"} {
		if !strings.Contains(out, part) {
			t.Errorf("no %q in\n%s", part, out)
		}
	}
	if _, err := typed(t.Context(), "test"); err == nil || !strings.Contains(err.Error(), "none is given") {
		t.Error(err)
	}
	if _, err := typed(t.Context(), "test", filepath.Join(dir, "nowhere")); err == nil {
		t.Error("a path that is not there")
	}
}

func TestTestCommandWatches(t *testing.T) {
	dir := storyFolder(t, story)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var out buffer
	cmd := root()
	cmd.SetArgs([]string{"test", dir, "--watch"})
	cmd.SetOut(&out)
	done := make(chan error, 1)
	go func() { done <- cmd.ExecuteContext(ctx) }()
	wait := func(part string) {
		t.Helper()
		for !strings.Contains(out.String(), part) {
			if !pause(ctx, 5*time.Millisecond) {
				t.Fatalf("no %q in\n%s", part, out.String())
			}
		}
	}
	wait("1 ok, 0 failed")
	if err := os.WriteFile(filepath.Join(dir, "story.yaml"), []byte(strings.Replace(story, "Goodbye", "Ring Bob", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	wait("0 ok, 1 failed")
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestExploreCommand(t *testing.T) {
	out, err := typed(t.Context(), "explore", "demo/front-door.json")
	if err != nil || !strings.Contains(out, "10 of 10 nodes walked, 0 findings") {
		t.Errorf("%v %s", err, out)
	}
	seed := "../../flow/explore/testdata/silence.json"
	out, err = typed(t.Context(), "explore", seed)
	if !errors.Is(err, errSaid) || !strings.Contains(out, "silence  Hold: the caller hears nothing for 45 s\n      Menu: the caller presses 2\n") {
		t.Errorf("%v %s", err, out)
	}
	out, err = typed(t.Context(), "explore", seed, "--json")
	var r explore.Report
	if !errors.Is(err, errSaid) || json.Unmarshal([]byte(out), &r) != nil || len(r.Findings) != 1 || r.Findings[0].NodeID != "Hold" {
		t.Errorf("%v %s", err, out)
	}
	out, err = typed(t.Context(), "explore", seed, "--calls", "2")
	if !strings.Contains(out, "not all was tried") {
		t.Errorf("%v %s", err, out)
	}
	// Flows that it starts are found beside it.
	if out, err = typed(t.Context(), "explore", "../../testdata/flows/examples/company.json"); err != nil {
		t.Errorf("%v %s", err, out)
	}
	if _, err := typed(t.Context(), "explore"); err == nil {
		t.Error("no flow is given")
	}
}

// The commands of the README's section work as they stand, and its story passes.
func TestReadmeStories(t *testing.T) {
	text := section(t, readme(t), "Prove a flow before anyone calls it")
	t.Chdir("../..")
	commands := named(text, `(?m)^    \./bin/ringflow (.*)$`)
	if len(commands) != 4 {
		t.Errorf("the README has the commands %q", commands)
	}
	for _, c := range commands {
		args := strings.Fields(strings.ReplaceAll(c, "report.xml", filepath.Join(t.TempDir(), "report.xml")))
		if out, err := typed(t.Context(), args...); err != nil {
			t.Errorf("ringflow %s: %v\n%s", c, err, out)
		}
	}
	_, story, found := strings.Cut(text, "\n    name:")
	story, _, ended := strings.Cut("name:"+story, "\n\n")
	if !found || !ended {
		t.Fatal("the README shows no story")
	}
	all, err := flowtest.Read([]byte(strings.ReplaceAll(story, "\n    ", "\n")), "story.yaml")
	if err != nil || len(all) != 1 {
		t.Fatal(err)
	}
	r, err := all[0].Play(t.Context())
	if err == nil {
		err = r.Err()
	}
	if err != nil {
		t.Error(err)
	}
}

// A flow that is no file is one of the server's, by its name or id.
func TestFlowsOfTheServer(t *testing.T) {
	h := demoHouse(t)
	c := h.run(t, "explore", "Front door")
	c.says("Front door: ", " 10 of 10 nodes walked, 0 findings")
	if err := c.wait(); err != nil {
		t.Error(err)
	}
	// There all is known: the files that are there, and the flows.
	sub := h.flow("Greeting", node("say", "SayNode", M{"WhatToSay": text("Hello from below.")}))
	start := node("go", "FlowNode", M{"Done": next("play")})
	start["spec"] = M{"name": "Greeting", "typeName": "FlowNode", "url": "/flows/start?flowId=" + sub}
	h.flow("Music", start, node("play", "PlayNode", M{"AudioFile": text(strings.Repeat("0", 32))}))
	c = h.run(t, "explore", "Music")
	c.says("prompt  play: there is no audio file 0000", "Music: ", " 2 of 2 nodes walked, 1 finding")
	if err := c.wait(); !errors.Is(err, errSaid) {
		t.Error(err)
	}
	c = h.run(t, "explore", "Nowhere")
	if err := c.wait(); err == nil || !strings.Contains(err.Error(), `404 Not Found to POST /flows/Nowhere/explore?calls=4000: there is no flow "Nowhere"`) {
		t.Error(err)
	}
	var list struct{ Items []struct{ ID, Name string } }
	h.get("/flows?nameFilter=Front", &list)
	dir := t.TempDir()
	text := "name: one starts another\nflow: Music\nexpect: {path: ['say', 'go: Done', play], heard: [Hello from below.]}\n---\nname: nobody presses a key\nflow: " + list.Items[0].ID + "\nexpect: {end: Ended, answered: true}\n---\nname: gone\nflow: Nowhere\n"
	if err := os.WriteFile(filepath.Join(dir, "story.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c = h.run(t, "test", dir)
	c.says("ok    ", "nobody presses a key", "FAIL", "gone", "flow Nowhere: ", "404", "3 stories, 2 ok, 1 failed")
	if err := c.wait(); !errors.Is(err, errSaid) {
		t.Error(err)
	}
}

// A real call, as a story: it goes the same way.
func TestStoryOfASession(t *testing.T) {
	h := demoHouse(t)
	call := h.run(t, "call", "+18005550100", "--press", "4", "--hangup-after", "4s")
	call.says("answered", "hanging up")
	if err := call.wait(); err != nil {
		t.Fatal(err)
	}
	var id string
	h.eventually("the session is over", func() bool {
		all := h.sessions("")
		if len(all) == 1 && all[0].Ended {
			id = all[0].ID
		}
		return id != ""
	})
	c := h.run(t, "test", "--from-session", id)
	if err := c.wait(); err != nil {
		t.Fatalf("%v\n%s", err, c.out)
	}
	file := filepath.Join(t.TempDir(), "story.yaml")
	if err := os.WriteFile(file, []byte(c.out.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"path:", "- 'Menu: Number'", "press 4", "hangup"} {
		if !strings.Contains(c.out.String(), part) {
			t.Errorf("no %q in\n%s", part, c.out)
		}
	}
	c = h.run(t, "test", file)
	c.says("ok  ", "1 story, 1 ok, 0 failed")
	c = h.run(t, "test", "--from-session", "nobody")
	if err := c.wait(); err == nil || !strings.Contains(err.Error(), "session nobody") {
		t.Error(err)
	}
}
