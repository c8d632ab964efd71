package flowtest

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"ringflow/flow"
)

// reader reads the log of a session.
type reader struct {
	past Past
	how  reading
	out  pastStory

	nodes   map[string]*flow.GraphNode // by shown name
	cur     string                     // node at work; empty: none yet
	begin   time.Time
	now     time.Time
	began   time.Time // when the node at work began
	anchor  time.Time // when the caller did or heard something last
	heard   []string  // since the caller did something
	params  map[string]string
	dials   []string
	slots   []slot     // of the dials
	names   []string   // of members of teams; empty: no member
	asks    []question // put to those who answered
	dialed  time.Time
	asked   *pastAnswer
	sent    time.Time
	secret  bool
	pressed string    // digits, last
	absent  []string  // cookies that were not there
	pin     string    // of a conference, where the flow itself has it
	entered time.Time // the room of a conference, a queue or a slot
	offered []string  // agents of a queue
	fetches [2]string // lot and slot of who is retrieved
	picks   string    // user at whom it rang
	referTo string    // whom the caller's phone is to call
}

func newReader(p Past, g *flow.Graph, how reading) *reader {
	r := &reader{past: p, how: how, nodes: map[string]*flow.GraphNode{}, begin: p.Log[0].Time, anchor: p.Log[0].Time}
	titles := nodeTypes()
	for i := range g.Nodes {
		n := &g.Nodes[i]
		name := n.Name
		if name == "" {
			name = titles[n.Spec.TypeName].Name
		}
		r.nodes[name] = n
	}
	r.out = pastStory{Name: "session " + p.ID, Flow: p.Flow, At: r.begin, Session: p.Session,
		Endpoint: map[string]any{}, Customer: map[string]any{}, User: map[string]any{}, System: map[string]any{}, Params: map[string]any{},
		World:  pastWorld{Parties: map[string]pastParty{}, Teams: map[string][]string{}, Schedules: map[string]string{}, Cookies: map[string]any{}},
		Expect: pastExpect{Outcome: p.Outcome}}
	return r
}

func (r *reader) story() pastStory {
	if r.secret {
		if r.out.World.Secret = secretDigits(0); r.pin != "" {
			r.out.World.Secret = r.pin
		}
	}
	for _, c := range r.out.World.Customers {
		for name, v := range r.out.Customer {
			if c[name] == nil {
				c[name] = v
			}
		}
	}
	return r.out
}

// read goes through the lines; those of another node than the one at work are
// of asynchronous branches, or of nobody.
func (r *reader) read() error {
	for _, l := range r.past.Log {
		r.now = l.Time
		if l.Message == "Answered" {
			r.out.Expect.Answered = true
			continue
		}
		if r.cur == "" {
			if name, _, ok := strings.Cut(l.Message, " starts"); ok && r.nodes[name] != nil {
				r.cur = name
			}
		}
		if name, ok := strings.CutSuffix(l.Message, " is asked whether to take the call"); ok {
			r.asks = append(r.asks, question{name, r.now})
			continue
		}
		rest, ok := strings.CutPrefix(l.Message, r.cur)
		if r.cur == "" || !ok {
			continue
		}
		switch {
		case strings.HasPrefix(rest, " starts") && r.nodes[r.cur] != nil && r.nodes[r.cur].Spec.TypeName == "VoicemailMenuNode":
			return fmt.Errorf("%s listens to a voicemail box, of which the log does not tell all: a story can't be made of such a session yet", r.cur)
		case strings.HasPrefix(rest, " starts"):
			r.starts(strings.TrimPrefix(strings.TrimPrefix(rest, " starts"), ": "))
		case strings.HasPrefix(rest, " gives "):
			r.gives(pairs(strings.TrimPrefix(rest, " gives ")))
		case rest == " ends the flow":
			r.step("")
			return nil
		case strings.HasPrefix(rest, " ends: "):
			r.bad(strings.TrimPrefix(rest, " ends: "))
			r.step("")
			if strings.Contains(rest, "hung up") {
				if r.asked != nil && r.asked.After == "" {
					r.asked.After = "1h"
				}
				r.act(0, "hangup")
			}
			return nil
		case strings.HasPrefix(rest, ": "):
			if over, err := r.event(strings.TrimPrefix(rest, ": ")); over || err != nil {
				return err
			}
		}
	}
	return nil
}

// step notes a step of the path.
func (r *reader) step(transition string) {
	step := r.cur
	if transition != "" && transition != "••••" {
		step += ": " + transition
	}
	r.out.Expect.Path = append(r.out.Expect.Path, step)
	switch n := r.nodes[r.cur]; {
	case n == nil:
	case n.Spec.TypeName == "ExpressionNode":
		r.condition(transition)
	case n.Spec.TypeName == "GetCookieNode" && transition == "Not Found":
		r.absent = append(r.absent, r.params["Name"])
	case n.Spec.TypeName == "FindCustomerNode" && transition == "Found":
		r.out.World.Customers = append(r.out.World.Customers, map[string]any{"Id": "customer-1", "Name": "Customer", r.params["Field"]: r.params["Value"]})
	}
}

var leaves = regexp.MustCompile(`^(?:(.+) is not connected, )?(.+), to (.+)$`)

// event is something that happened at the node, or its end.
func (r *reader) event(text string) (over bool, err error) {
	if t, ok := strings.CutSuffix(text, " is not connected, the flow ends"); ok {
		r.step(t)
		return true, nil
	}
	if m := leaves.FindStringSubmatch(text); m != nil && (r.nodes[m[3]] != nil || strings.HasPrefix(m[3], "exit ")) {
		wanted := m[2]
		if m[1] != "" {
			wanted = m[1]
		}
		r.step(wanted)
		r.cur = m[3]
		return strings.HasPrefix(m[3], "exit "), nil
	}
	if strings.HasPrefix(text, "the flow ") && strings.HasSuffix(text, ", starts") {
		return true, fmt.Errorf("%s starts another flow: a story can't be made of such a session yet", r.cur)
	}
	r.happened(text)
	return false, nil
}

// act adds what the caller does; lag is how long it began before the line was written.
func (r *reader) act(lag time.Duration, action string) {
	s := &r.out.Script
	wait := r.now.Add(-lag).Sub(r.anchor)
	if r.how.hears {
		for _, h := range r.heard {
			*s = append(*s, `hear "`+h+`"`)
		}
	}
	if (!r.how.hears || action == "hangup") && wait >= 100*time.Millisecond {
		*s = append(*s, "wait "+seconds(wait))
	}
	*s = append(*s, action)
	r.heard, r.anchor = nil, r.now
}

// hear notes what the caller hears, as far as the log tells it for certain.
func (r *reader) hear(text string) {
	text, _, _ = strings.Cut(text, "…")
	text, _, _ = strings.Cut(text, "••••")
	if text = strings.TrimSpace(text); text != "" && !strings.Contains(text, `"`) {
		r.heard = append(r.heard, text)
	}
	if r.how.hears {
		r.anchor = r.now
	}
}

var (
	saidLine     = regexp.MustCompile(`^said "(.*)"$`)
	playedLine   = regexp.MustCompile(`^played (?:the file )?(.+)$`)
	spokenLine   = regexp.MustCompile(`^heard "(.*)"(?:: .*|, which is no choice)$`)
	keysLine     = regexp.MustCompile(`^heard ([0-9*#A-D]+)(?:[:,].*)?$`)
	stopLine     = regexp.MustCompile(`^stopped by the key (.)$`)
	recordedLine = regexp.MustCompile(`^recorded ([0-9.,]+) s(, ended by a key|, ended by the hang-up)?`)
	sendsLine    = regexp.MustCompile(`^sends ([A-Z]+) "(.*)"$`)
	answerLine   = regexp.MustCompile(`^the answer is ([0-9]+)`)
	stateLine    = regexp.MustCompile(`^the state is (.+)$`)
	detectedLine = regexp.MustCompile(`^(Human|Machine|Unknown): (.*)$`)
)

func (r *reader) happened(text string) {
	if bad, ok := strings.CutPrefix(text, "failed: "); ok {
		r.bad(bad)
		return
	}
	match := func(e *regexp.Regexp) []string { return e.FindStringSubmatch(text) }
	if m := match(saidLine); m != nil {
		r.greeted(m[1], "")
		r.hear(m[1])
	} else if m := match(playedLine); m != nil {
		r.greeted("", m[1])
		r.hear(m[1])
	} else if m := match(keysLine); m != nil {
		r.act(0, "press "+m[1])
		r.pressed = m[1]
	} else if m := match(spokenLine); m != nil {
		r.act(talks(m[1])+speechPause, `say "`+m[1]+`"`)
	} else if text == "heard speech that could not be understood" || strings.HasPrefix(text, "what was said could not be understood: ") {
		r.act(time.Second+speechPause, "say 1s")
	} else if m := match(stopLine); m != nil {
		r.act(0, "press "+m[1])
	} else if text == "heard secret digits" {
		r.secret, r.pressed = true, secretDigits(0)
		r.act(0, "press secret")
	} else if text == "heard the finishing key alone" {
		r.act(0, "press #")
	} else if m := match(recordedLine); m != nil {
		r.recorded(span(m[1]), m[2])
	} else if m := match(sendsLine); m != nil {
		r.out.World.HTTP = append(r.out.World.HTTP, pastAnswer{Method: m[1], URL: m[2]})
		r.asked, r.sent = &r.out.World.HTTP[len(r.out.World.HTTP)-1], r.now
	} else if m := match(answerLine); m != nil && r.asked != nil {
		r.asked.Status, _ = strconv.Atoi(m[1])
		r.asked.After = seconds(r.now.Sub(r.sent))
	} else if why, ok := strings.CutPrefix(text, "no answer: "); ok && r.asked != nil {
		r.asked.After = seconds(r.now.Sub(r.sent))
		if strings.HasPrefix(why, "it took longer") {
			r.asked.After = "1h"
		} else {
			r.asked.Fails = why
		}
	} else if m := match(detectedLine); m != nil {
		r.detected(m[1], m[2])
	} else if m := match(stateLine); m != nil {
		of := flow.OfEndpoint
		if strings.EqualFold(r.params["Of"], flow.OfCustomer) {
			of = flow.OfCustomer
		}
		r.out.World.Schedules[of] = m[1]
	} else if !r.conferred(text) && !r.boxed(text) && !r.queued(text) && !r.parked(text) && !r.pickedUp(text) && !r.unsent(text) && !r.referred(text) {
		r.dialling(text)
	}
}

// recorded makes the caller speak as long as was recorded, once the beep is over.
func (r *reader) recorded(length time.Duration, how string) {
	said := 0
	if n := len(r.heard); n > 0 {
		said = len([]rune(r.heard[n-1]))
	}
	lag := length
	before := len(r.out.Script)
	r.act(lag, "say "+seconds(max(length-time.Second, time.Second)))
	if r.how.hears { // the prompt and the beep come first
		r.out.Script = slices.Insert(r.out.Script, max(before, len(r.out.Script)-1), "wait "+seconds(time.Duration(said)*perCharacter+beepLength+200*time.Millisecond))
	}
	if how == ", ended by a key" {
		r.out.Script = append(r.out.Script, "press #")
	}
}

// span reads a time span as the log shows it.
func span(s string) time.Duration {
	f, _ := strconv.ParseFloat(strings.ReplaceAll(s, ",", ""), 64)
	return time.Duration(f * float64(time.Second))
}
