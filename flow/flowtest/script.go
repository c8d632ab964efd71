package flowtest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"ringflow/flow"
)

// reaction is how long a caller takes for a key or to hang up.
const reaction = 200 * time.Millisecond

// Action is one line of a script: `hear "text or file"`, `press 12#`, `press
// secret` (the world's), `wait 10s`, `say 4s` (how long the caller speaks), `say "sales"` (what it says, for who understands speech) or `hangup`. The caller does one
// after the other: hear waits until a prompt with that text begins.
//
// In a chat there are `text "what the party writes"`, `expect text "part of a text"` (waits until one with that part is
// sent), `wait 3d`, and in a chat room `writes alice "hello"` and `close`.
type Action struct {
	Verb  string
	Who   string        // of writes
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
	rest = unquoted(rest)
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
	case "text":
		if rest == "" {
			return fmt.Errorf("line %d: text what?", n.Line)
		}
	case "expect":
		what, part, _ := strings.Cut(rest, " ")
		if a.Text = unquoted(part); what != "text" || a.Text == "" {
			return fmt.Errorf("line %d: what is expected is a text: expect text \"hello\"", n.Line)
		}
	case "writes":
		who, what, _ := strings.Cut(rest, " ")
		if a.Who, a.Text = who, unquoted(what); a.Text == "" {
			return fmt.Errorf("line %d: who writes what? writes alice \"hello\"", n.Line)
		}
	case "wait":
		d, err := days(rest)
		if err != nil {
			return fmt.Errorf("line %d: %s takes a duration such as 10s: %w", n.Line, verb, err)
		}
		a.Text, a.Delay = "", d
	case "hangup", "close":
	default:
		return fmt.Errorf("line %d: unknown verb %q: it is hear, press, wait, say or hangup, in a chat text, expect text, wait, writes or close", n.Line, verb)
	}
	return nil
}

// talks is how long it takes to say a text.
func talks(text string) time.Duration {
	return max(time.Duration(len([]rune(text)))*perCharacter, 500*time.Millisecond)
}

// unquoted takes the quotes off that are around a text.
func unquoted(text string) string {
	if text = strings.TrimSpace(text); len(text) > 1 && text[0] == '"' && text[len(text)-1] == '"' {
		return text[1 : len(text)-1]
	}
	return text
}

// suits tells whether the script is one of a call, or of a chat.
func (s *Story) suits(channel string) error {
	for _, a := range s.Script {
		chat := a.Verb == "text" || a.Verb == "expect" || a.Verb == "writes" || a.Verb == "close"
		if is := channel == string(flow.Chat); a.Verb != "wait" && chat != is {
			return fmt.Errorf("script: %s is nothing to do on the channel %s", a.Verb, channel)
		}
	}
	return nil
}

func (a Action) String() string {
	switch a.Verb {
	case "expect":
		return `expect text "` + a.Text + `"`
	case "writes":
		return "writes " + a.Who + ` "` + a.Text + `"`
	case "text":
		return `text "` + a.Text + `"`
	}
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
