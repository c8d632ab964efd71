package flowtest

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

// What a log tells of a Dial.

var (
	dialsLine  = regexp.MustCompile(`^dials (?:([^,]+) at )?([^,]+)(?:, (.*) of ([^,]+))?, for ([0-9.,]+) s(?:, after ([0-9.,]+) s)?(, if nobody)?`)
	talkedLine = regexp.MustCompile(`^talked for ([0-9.,]+) s; (.*)$`)
)

// slot is when an attempt rings, if nobody is busy before.
type slot struct{ from, to time.Duration }

// question is when somebody was asked whether to take a call.
type question struct {
	name string
	at   time.Time
}

func (r *reader) dialling(text string) {
	after := seconds(max(r.now.Sub(r.dialed), 100*time.Millisecond))
	if m := dialsLine.FindStringSubmatch(text); m != nil {
		if r.dialed.IsZero() {
			r.dialed = r.now
		}
		to := m[2]
		if team := m[4]; team != "" && !slices.Contains(r.out.World.Teams[team], to) {
			r.out.World.Teams[team] = append(r.out.World.Teams[team], to)
		}
		if m[1] != "" {
			to = m[1]
		}
		begin := span(m[6])
		if m[7] != "" && len(r.slots) > 0 {
			begin += r.slots[len(r.slots)-1].to
		}
		r.dials, r.slots = append(r.dials, to), append(r.slots, slot{begin, begin + span(m[5])})
		r.names = append(r.names, m[3])
		return
	}
	if len(r.dials) == 0 {
		return
	}
	all := func(p pastParty) {
		for _, d := range r.dials {
			r.out.World.Parties[d] = p
		}
	}
	if m := talkedLine.FindStringSubmatch(text); m != nil {
		for _, d := range r.dials {
			if p, ok := r.out.World.Parties[d]; ok && p.Answers != "" && m[2] == "the far end hung up" {
				p.Talks = seconds(max(span(m[1]), 100*time.Millisecond))
				r.out.World.Parties[d] = p
			}
		}
	} else if name, ok := strings.CutSuffix(text, " answered"); ok {
		r.out.Expect.Answered = true
		at := r.now.Sub(r.dialed) - r.whisper()
		p := pastParty{Name: name}
		if q := r.question(name); q != nil {
			p.Asked = &pastAsked{"1", seconds(max(r.now.Sub(q.at)-r.whisper(), 100*time.Millisecond))}
			at = q.at.Sub(r.dialed)
		}
		i := slices.Index(r.dials, name)
		if i < 0 {
			i = slices.Index(r.names, name)
		}
		if i < 0 {
			i = max(0, slices.IndexFunc(r.slots, func(s slot) bool { return at > s.from && at < s.to }))
		}
		p.Answers = seconds(max(at-r.slots[i].from, 100*time.Millisecond))
		r.out.World.Parties[r.dials[i]] = p
	} else if strings.HasPrefix(text, "busy") {
		all(pastParty{Busy: after})
	} else if strings.HasPrefix(text, "rejected") {
		all(pastParty{Rejects: after})
	} else if why, ok := strings.CutPrefix(text, "could not be dialled"); ok {
		all(pastParty{Fails: strings.TrimPrefix(why+" ", ": ")})
	}
}

// question is the last one that was put to somebody; nil: none was.
func (r *reader) question(name string) *question {
	for i := len(r.asks) - 1; i >= 0; i-- {
		if strings.HasPrefix(r.asks[i].name, name) {
			return &r.asks[i]
		}
	}
	return nil
}

// whisper is how long the node's takes on a story's line.
func (r *reader) whisper() time.Duration {
	if r.params["WhisperAudioFile"] != "" {
		return fileLength
	}
	return time.Duration(len([]rune(r.params["WhisperText"]))) * perCharacter
}
