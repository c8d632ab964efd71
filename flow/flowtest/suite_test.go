package flowtest

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

const greet = `{"id": "greet", "name": "Greet", "nodes": [
 {"id": "a", "name": "Welcome", "isStartNode": true, "spec": {"typeName": "SayNode", "url": "/u"}, "parameters": {
  "WhatToSay": {"id": "1", "type": "String", "value": {"stringValue": "Welcome"}},
  "Done": {"id": "2", "type": "Transition", "value": {"stringValue": "b"}}}},
 {"id": "b", "name": "Ask", "spec": {"typeName": "CollectDigitsNode", "url": "/u"}, "parameters": {
  "Text": {"id": "3", "type": "String", "value": {"stringValue": "Your number?"}},
  "Retries": {"id": "4", "type": "Number", "value": {"numberValue": 0}},
  "Done": {"id": "5", "type": "Transition", "value": {"stringValue": "c"}},
  "No Input": {"id": "6", "type": "Transition", "value": {"stringValue": "d"}}}},
 {"id": "c", "name": "Thanks", "spec": {"typeName": "EndNode", "url": "/u"}, "parameters": {}},
 {"id": "d", "name": "Sorry", "spec": {"typeName": "EndNode", "url": "/u"}, "parameters": {}}]}`

// folder writes files into a new folder.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func suite(t *testing.T, dir string) *Suite {
	t.Helper()
	files, err := StoryFiles([]string{dir})
	if err != nil {
		t.Fatal(err)
	}
	s := &Suite{}
	if err := s.Run(context.Background(), files); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSuite(t *testing.T) {
	dir := folder(t, map[string]string{
		"greet.json":   greet,
		"good.yaml":    "name: good\nflow: greet.json\nscript: [press 12#]\nexpect: {path: [Welcome, 'Ask: Done', Thanks]}\n",
		"in/json.json": `{"name": "in JSON", "flow": "../greet.json", "at": "2026-12-24T18:00:00Z", "script": ["wait 1s", "press 7#"], "expect": {"variables": {"Digits": 7}}}`,
		"bad.yml":      "name: otherwise\nflow: greet.json\nexpect: {path: [Welcome, 'Ask: Done', Thanks], outcome: x}\n---\nname: no flow\nflow: away.json\n",
		"wrong.yaml":   "name: x\nexpects: {}\n",
		"notes.json":   `{"text": "no story"}`,
		".git/x.yaml":  "nonsense: [",
	})
	s := suite(t, dir)
	var got []string
	for _, o := range s.Results {
		word := "FAIL "
		if o.OK() {
			word = "ok "
		}
		rel, _ := filepath.Rel(dir, o.File)
		got = append(got, word+rel+" "+o.Name)
	}
	want := []string{"FAIL bad.yml otherwise", "FAIL bad.yml no flow", "ok good.yaml good", "ok in/json.json in JSON", "FAIL wrong.yaml (the file)"}
	if !slices.Equal(got, want) || s.Failed() != 3 {
		t.Errorf("%q, %d failed", got, s.Failed())
	}
	// The path differs at the second step, long before the outcome does.
	why := strings.Join(s.Results[0].Why(), "\n")
	for _, part := range []string{"    0.420  Ask starts", "-->    step 2\n           expected Ask: Done\n           was      Ask: No Input\n", "Sorry starts"} {
		if !strings.Contains(why, part) {
			t.Errorf("no %q in\n%s", part, why)
		}
	}
	if strings.Index(why, "was      Ask: No Input") > strings.Index(why, "Sorry starts") || strings.Contains(why, "outcome") {
		t.Errorf("the first difference is not at its place:\n%s", why)
	}

	var b bytes.Buffer
	if err := s.JUnit(&b); err != nil {
		t.Fatal(err)
	}
	var x junitSuites
	if err := xml.Unmarshal(b.Bytes(), &x); err != nil {
		t.Fatal(err)
	}
	if x.Tests != 5 || x.Failures != 1 || x.Errors != 2 || len(x.Suites) != 4 || x.Suites[0].Cases[0].Failure.Message != "step 2: expected Ask: Done, was Ask: No Input" {
		t.Errorf("%s", b.String())
	}
}

func TestHeardShowsWhere(t *testing.T) {
	dir := folder(t, map[string]string{"greet.json": greet, "s.yaml": "flow: greet.json\nexpect: {heard: [Welcome, Bye], notHeard: [number]}\n"})
	r := suite(t, dir).Results[0]
	if r.OK() || r.Name != "story 1" {
		t.Fatalf("%+v", r)
	}
	if d := r.Report.First(); d.What != "heard" || !strings.Contains(r.Report.Transcript[d.Line-1], "Your number?") {
		t.Errorf("%+v in %q", d, r.Report.Transcript)
	}
}

func TestCoverage(t *testing.T) {
	dir := folder(t, map[string]string{"greet.json": greet, "s.yaml": "name: nobody\nflow: greet.json\n"})
	c := suite(t, dir).Coverage()
	if len(c) != 1 || c[0].String() != filepath.Join(dir, "greet.json")+": 3 of 4 nodes, 2 of 3 transitions" ||
		!slices.Equal(c[0].NodesMissed, []string{"Thanks"}) || !slices.Equal(c[0].WaysMissed, []string{"Ask: Done"}) {
		t.Errorf("%+v", c)
	}
}

// A flow that is no file is found by whoever knows a server.
func TestFlowFromElsewhere(t *testing.T) {
	dir := folder(t, map[string]string{"s.yaml": "flow: Front door\nexpect: {path: [Welcome, 'Ask: No Input', Sorry]}\n---\nflow: gone\n"})
	s := &Suite{Find: func(_ context.Context, name string) ([]byte, error) {
		if name == "Front door" {
			return []byte(greet), nil
		}
		return nil, errors.New("no such flow")
	}}
	if err := s.Run(context.Background(), []string{filepath.Join(dir, "s.yaml")}); err != nil {
		t.Fatal(err)
	}
	if !s.Results[0].OK() || s.Results[1].OK() || !strings.Contains(s.Results[1].Why()[0], "no such flow") {
		t.Errorf("%+v", s.Results)
	}
}

func TestNoStories(t *testing.T) {
	if _, err := StoryFiles([]string{folder(t, map[string]string{"greet.json": greet})}); err == nil || !strings.Contains(err.Error(), "holds no stories") {
		t.Error(err)
	}
	if _, err := StoryFiles([]string{"nowhere"}); err == nil {
		t.Error("a path that is not there")
	}
}

func TestWatch(t *testing.T) {
	dir := folder(t, map[string]string{"greet.json": greet, "s.yaml": "flow: greet.json\n"})
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	runs := 0
	Watch(ctx, time.Millisecond, func() []string {
		if runs++; runs == 1 {
			story := filepath.Join(dir, "s.yaml")
			// a change while the stories run counts too
			if err := os.WriteFile(story, []byte("flow: greet.json\nname: another\n"), 0o600); err != nil {
				t.Error(err)
			}
			return []string{story}
		}
		cancel()
		return []string{dir}
	})
	if runs != 2 {
		t.Errorf("%d runs", runs)
	}
}
