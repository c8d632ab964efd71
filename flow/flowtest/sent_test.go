package flowtest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"ringflow/flow"
)

// What a stranger sends is one story without files, and an error says where.
func TestReadSent(t *testing.T) {
	bomb := "a: &a [x,x,x,x,x,x,x,x]\n"
	for i := range 8 {
		bomb += fmt.Sprintf("b%d: &b%d [*a,*a]\n", i, i)
	}
	for _, c := range []struct{ text, want string }{
		{"", "there is no story"},
		{"# nothing\n", "there is no story"},
		{"name: x\nscript:\n  - jump\n", `line 3: unknown verb "jump"`},
		{"name: x\nworld:\n  partys: {}\n", `line 3: there is no member "partys" in world`},
		{"nmae: x\n", `line 1: there is no member "nmae" in a story`},
		{"name: x\nscript: 7\n", "line 2: no place for the int `7`"},
		{"{\"name\": \"x\",\n\t\"expect\": {\"paths\": []}}", `line 2: there is no member "paths" in expect`},
		{"expect:\n  duration: soon\n", "line 2: a duration is 12s or 10s..15s"},
		{"name: [\n", "line "},
		{"just text", "no place for the str `just text`: a Story is wanted"},
		{"name: a\n---\nname: b\n", "line 2: one story is wanted, and a second one begins here"},
		{"world: {flows: {x: /etc/passwd}}\n", "world.flows names files"},
		{bomb, "aliases are not taken here"},
		{"name: &n x\nflow: *n\n", "line 2: *n: aliases are not taken here"},
		{"endpoint: {A: " + strings.Repeat("[", 60) + strings.Repeat("]", 60) + "}", "nested more than 50 deep"},
		{strings.Repeat("[", 200_000), "max depth"},
	} {
		_, err := ReadSent([]byte(c.text))
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "flowtest") {
			t.Errorf("%.60q: %v, want %s", c.text, err, c.want)
		}
	}
	s, err := ReadSent([]byte("\ufeff{\"name\": \"caf\\u00e9 \\ud83d\\ude00 \\\\ud83d\",\n\t\"at\": \"2026-11-23T14:30:00Z\", \"script\": [{\"wait\": \"2s\"}, \"hangup\"],\n\t\"world\": {\"parties\": {\"a\\tb\": {\"answers\": \"5s\"}}}, \"expect\": {\"duration\": \"1s..2s\"}}"))
	if err != nil {
		t.Fatal(err)
	}
	if s.Name != "café 😀 \\ud83d" || s.At.Hour() != 14 || len(s.Script) != 2 || s.Script[0].Delay != 2*time.Second || s.World.Parties["a\tb"].Answers != 5*time.Second || s.Expect.Duration.To != 2*time.Second {
		t.Errorf("%+v", s)
	}
	if s, err := ReadSent([]byte("{}")); err != nil || s.Name != "story 1" {
		t.Error(s, err)
	}
}

func example(t *testing.T, id string) []byte {
	t.Helper()
	raw, err := os.ReadFile("../../testdata/flows/" + id + ".json")
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// A line is told when it comes, with the caller's next key still to be pressed,
// and all are those of the transcript.
func TestTold(t *testing.T) {
	s, err := ReadSent([]byte("script: [wait 2s, press 1]\nworld: {parties: {alice: {answers: 3s, talks: 5s}}}"))
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	s.Told = func(at time.Duration, text string) { told = append(told, fmt.Sprintf("%9.3f  %s", at.Seconds(), text)) }
	r, err := s.PlayFlow(t.Context(), example(t, "menu"))
	if err != nil {
		t.Fatal(err)
	}
	if len(told) < 5 || !slices.Equal(told, r.Transcript) || len(r.Times) != len(told) || r.Times[len(told)-1] < 2*time.Second {
		t.Errorf("told %q\nof %q at %v", told, r.Transcript, r.Times)
	}
	if at := r.TimeOf(Difference{Line: 1}); at != r.Times[0] {
		t.Error(at)
	}
	if at := r.TimeOf(Difference{Line: 10_000}); at != r.Times[len(told)-1] {
		t.Error(at)
	}
}

// The end of the context ends a story, also in its branches; so does a call
// that leaves too much behind. A hang-up is none of both.
func TestStoryEnds(t *testing.T) {
	gone := errors.New("nobody wants to know any more")
	ctx, cancel := context.WithCancelCause(t.Context())
	lines := 0
	s := &Story{Told: func(time.Duration, string) {
		if lines++; lines == 3 {
			cancel(gone)
		}
	}}
	if _, err := s.PlayFlow(ctx, example(t, "loop")); !errors.Is(err, gone) || lines > 20 {
		t.Error(lines, err)
	}
	s = &Story{Most: 50_000}
	if _, err := s.PlayFlow(t.Context(), example(t, "loop")); err == nil || !strings.Contains(err.Error(), "leaves more than 50,000 bytes behind") {
		t.Error(err)
	}
	s = &Story{Script: []Action{{Verb: "hangup"}}, Most: 50_000}
	if r, err := s.PlayFlow(t.Context(), example(t, "menu")); err != nil || r.Result.End != flow.HungUp {
		t.Error(r, err)
	}
}

// Flows that the world has no file for are found by Others, once each.
func TestOthers(t *testing.T) {
	s := &Story{Script: []Action{{Verb: "press", Text: "123"}}}
	asked := map[string]int{}
	s.Others = func(_ context.Context, id string) ([]byte, error) {
		asked[id]++
		if id != "ask-number" {
			return nil, fmt.Errorf("flow %s: %w", id, fs.ErrNotExist)
		}
		return example(t, "examples/ask-number"), nil
	}
	r, err := s.PlayFlow(t.Context(), example(t, "examples/company"))
	if err != nil {
		t.Fatal(err)
	}
	if asked["ask-number"] != 1 || !strings.Contains(strings.Join(r.Transcript, "\n"), "version 1, starts") {
		t.Errorf("asked %v\n%s", asked, strings.Join(r.Transcript, "\n"))
	}
}

func TestPressSecretNeedsOne(t *testing.T) {
	s, err := ReadSent([]byte("script: [press secret]"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.PlayFlow(t.Context(), example(t, "menu")); err == nil || !strings.Contains(err.Error(), "the world has none") {
		t.Error(err)
	}
}
