package flowtest

import (
	"regexp"
	"strconv"
	"strings"
)

// pastRoom is a conference as the log tells of it.
type pastRoom struct {
	Members   int      `yaml:"members,omitempty"`
	Comes     []string `yaml:"comes,omitempty,flow"`
	Moderator string   `yaml:"moderator,omitempty"`
	Leaves    string   `yaml:"leaves,omitempty"`
}

var (
	waitsLine = regexp.MustCompile(`^waits for a moderator of the conference "(.*)"$`)
	inLine    = regexp.MustCompile(`^is in the conference "(.*)"(?: with ([0-9,]+) others?|, the first one)`)
	fullLine  = regexp.MustCompile(`^the conference "(.*)" is full: ([0-9,]+) are in it$`)
	mutesLine = regexp.MustCompile(`^\*6: `)
)

// conferred reads what happened in a conference.
func (r *reader) conferred(text string) bool {
	name := r.params["Room"]
	room := r.out.World.Rooms[name]
	after := seconds(r.now.Sub(r.entered))
	switch {
	case strings.HasPrefix(text, "heard secret digits: "):
		r.secret = true
		if p, ok := parameter(r.nodes[r.cur], "Pin"); ok {
			if source, _ := whole(p); source == "" {
				r.pin = p.Value.Value().Text()
			}
		}
		if strings.HasSuffix(text, "the right PIN") {
			r.act(0, "press secret")
		} else {
			r.act(0, "press 8#")
		}
		return true
	case waitsLine.MatchString(text):
		r.entered = r.now
		room.Moderator = "100000h" // unless he comes
	case inLine.MatchString(text):
		others, _ := strconv.Atoi(strings.ReplaceAll(inLine.FindStringSubmatch(text)[2], ",", ""))
		if room.Moderator != "" { // waited for, and is one of them
			room.Moderator, others = after, max(others-1, 0)
		} else {
			r.entered = r.now
		}
		room.Members = others
	case strings.HasPrefix(text, "recording of the conference begins"):
		if room.Members == 0 && room.Moderator == "" {
			room.Comes = append(room.Comes, after)
		}
	case strings.HasPrefix(text, "the last moderator of the conference"):
		if room.Leaves = after; room.Moderator == "" {
			if room.Moderator = "0s"; room.Members == 0 && len(room.Comes) == 0 {
				room.Moderator = "100ms"
			}
			room.Members = max(room.Members-1, 0)
		}
	case fullLine.MatchString(text):
		room.Members, _ = strconv.Atoi(strings.ReplaceAll(fullLine.FindStringSubmatch(text)[2], ",", ""))
	case mutesLine.MatchString(text):
		r.act(0, "press *6")
		return true
	default:
		return false
	}
	if r.out.World.Rooms == nil {
		r.out.World.Rooms = map[string]pastRoom{}
	}
	r.out.World.Rooms[name] = room
	return true
}
