package flowtest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// reaction is how long a caller takes for a key or to hang up.
const reaction = 200 * time.Millisecond

// Action is one line of a script: `hear "text or file"`, `press 12#`, `press
// secret` (the world's), `wait 10s`, `say 4s` (how long the caller speaks), `say "sales"` (what it says, for who understands speech) or `hangup`. The caller does one
// after the other: hear waits until a prompt with that text begins.
type Action struct {
	Verb  string
	Text  string        // of hear and press, and of a say with words
	Delay time.Duration // of wait and say
}

// UnmarshalYAML reads the verb and what belongs to it, as one text or as "verb: text".
func (a *Action) UnmarshalYAML(n *yaml.Node) error {
	line := n.Value
	if n.Kind == yaml.MappingNode && len(n.Content) == 2 {
		line = n.Content[0].Value + " " + n.Content[1].Value
	} else if n.Kind != yaml.ScalarNode {
		return fmt.Errorf("line %d: an action is a verb and a text", n.Line)
	}
	verb, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
	rest = strings.TrimSpace(rest)
	if len(rest) > 1 && rest[0] == '"' && rest[len(rest)-1] == '"' {
		rest = rest[1 : len(rest)-1]
	}
	*a = Action{Verb: verb, Text: rest}
	switch verb {
	case "hear", "press":
		if rest == "" {
			return fmt.Errorf("line %d: %s what?", n.Line, verb)
		}
	case "say":
		if d, err := time.ParseDuration(rest); err == nil {
			a.Text, a.Delay = "", d
			break
		}
		if rest == "" {
			return fmt.Errorf("line %d: say takes a duration such as 10s, or what is said", n.Line)
		}
		a.Delay = talks(rest)
	case "wait":
		d, err := time.ParseDuration(rest)
		if err != nil {
			return fmt.Errorf("line %d: %s takes a duration such as 10s: %w", n.Line, verb, err)
		}
		a.Text, a.Delay = "", d
	case "hangup":
	default:
		return fmt.Errorf("line %d: unknown verb %q: it is hear, press, wait, say or hangup", n.Line, verb)
	}
	return nil
}

// talks is how long it takes to say a text.
func talks(text string) time.Duration {
	return max(time.Duration(len([]rune(text)))*perCharacter, 500*time.Millisecond)
}

func (a Action) String() string {
	if a.Verb == "say" && a.Text != "" {
		return `say "` + a.Text + `"`
	}
	if a.Delay > 0 {
		return a.Verb + " " + a.Delay.String()
	}
	return strings.TrimSpace(a.Verb + " " + a.Text)
}

// script plays the caller.
type script struct {
	actions []Action
	at      time.Time // when the caller is free for the next action
	pressed int       // digits of the action at hand that are pressed
	heard   bool      // a hear is waited for
	digits  []rune    // typed ahead, at most 20
	talking time.Time // the caller speaks until then
	saying  string    // its words; empty: none that could be understood
	spoken  []speech
	hangup  func()
	tell    func(format string, args ...any)
}

// speech is one time that the caller spoke.
type speech struct{ from, to time.Time }

// due is the next thing that the caller does, nil when there is none to wait for.
func (s *script) due() (time.Time, func()) {
	if len(s.actions) == 0 || s.actions[0].Verb == "hear" {
		return time.Time{}, nil
	}
	return s.at, s.act
}

func (s *script) act() {
	a := s.actions[0]
	switch a.Verb {
	case "wait":
		s.at = s.at.Add(a.Delay)
	case "say":
		s.spoken = append(s.spoken, speech{s.at, s.at.Add(a.Delay)})
		s.at = s.at.Add(a.Delay)
		s.talking, s.saying = s.at, a.Text
		if a.Text != "" {
			s.tell("the caller says \"%s\"", a.Text)
		} else {
			s.tell("the caller speaks for %s", a.Delay)
		}
	case "press":
		s.tell("the caller presses %c", a.Text[s.pressed])
		if len(s.digits) < 20 {
			s.digits = append(s.digits, rune(a.Text[s.pressed]))
		}
		s.at = s.at.Add(reaction)
		if s.pressed++; s.pressed < len(a.Text) {
			return
		}
		s.pressed = 0
	case "hangup":
		s.tell("the caller hangs up")
		s.hangup()
		s.actions = nil
		return
	}
	s.actions = s.actions[1:]
}

// hear tells the caller what begins to play now.
func (s *script) hear(what string, now time.Time) {
	if len(s.actions) > 0 && s.actions[0].Verb == "hear" && strings.Contains(what, s.actions[0].Text) {
		s.actions = s.actions[1:]
		s.at = now.Add(reaction)
	}
}

// take takes the first typed digit that is in set (any when empty).
func (s *script) take(set string) rune {
	for i, d := range s.digits {
		if set == "" || strings.ContainsRune(set, d) {
			s.digits = append(s.digits[:i:i], s.digits[i+1:]...)
			return d
		}
	}
	return 0
}

// sound is how much the caller spoke since from.
func (s *script) sound(from, to time.Time) time.Duration {
	var d time.Duration
	for _, p := range s.spoken {
		a, b := p.from, p.to
		if a.Before(from) {
			a = from
		}
		if b.After(to) {
			b = to
		}
		if b.After(a) {
			d += b.Sub(a)
		}
	}
	return d
}

// actions are the story's script, with the secret digits in their place.
func (s *Story) actions() ([]Action, error) {
	all := slices.Clone(s.Script)
	for i := range all {
		if a := &all[i]; a.Verb == "press" && a.Text == "secret" {
			if a.Text = s.World.Secret; a.Text == "" {
				return nil, errors.New("script: press secret presses the digits of the world's secret, and the world has none")
			}
		}
	}
	return all, nil
}
