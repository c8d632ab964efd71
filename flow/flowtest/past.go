package flowtest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"ringflow/flow"
)

// Past is a session that is over, as its log tells of it.
type Past struct {
	ID      string
	Flow    string // how the story names the flow
	Raw     []byte // the flow's JSON, in the version that ran
	Session map[string]string
	Outcome string
	Log     []LogLine
}

// LogLine is a line of a session's log.
type LogLine struct {
	Time    time.Time
	Message string
}

// pastStory is a story as it is written down.
type pastStory struct {
	Name     string            `yaml:"name"`
	Flow     string            `yaml:"flow"`
	At       time.Time         `yaml:"at"`
	Session  map[string]string `yaml:"session,omitempty"`
	Endpoint map[string]any    `yaml:"endpoint,omitempty"`
	Customer map[string]any    `yaml:"customer,omitempty"`
	User     map[string]any    `yaml:"user,omitempty"`
	System   map[string]any    `yaml:"system,omitempty"`
	Params   map[string]any    `yaml:"params,omitempty"`
	Secrets  []string          `yaml:"secrets,omitempty,flow"`
	World    pastWorld         `yaml:"world,omitempty"`
	Script   []string          `yaml:"script,omitempty"`
	Expect   pastExpect        `yaml:"expect"`
}

type pastWorld struct {
	Parties   map[string]pastParty `yaml:"parties,omitempty"`
	Rooms     map[string]pastRoom  `yaml:"rooms,omitempty"`
	Boxes     map[string]pastBox   `yaml:"boxes,omitempty"`
	Teams     map[string][]string  `yaml:"teams,omitempty"`
	Agents    map[string]pastAgent `yaml:"agents,omitempty"`
	Queues    map[string]pastQueue `yaml:"queues,omitempty"`
	HTTP      []pastAnswer         `yaml:"http,omitempty"`
	Schedules map[string]string    `yaml:"schedules,omitempty"`
	Cookies   map[string]any       `yaml:"cookies,omitempty"`
	Customers []map[string]any     `yaml:"customers,omitempty"`
	Endpoints []map[string]any     `yaml:"endpoints,omitempty"`
	Parked    map[string]pastSlots `yaml:"parked,omitempty"`
	Parking   pastParking          `yaml:"parking,omitempty"`
	Ringing   pastSlots            `yaml:"ringing,omitempty"`
	Unsent    map[string]string    `yaml:"unsent,omitempty"`
	Secret    string               `yaml:"secret,omitempty"`
	Greeting  pastGreeting         `yaml:"greeting,omitempty"`
}

type pastParty struct {
	Name    string `yaml:"name,omitempty"`
	Answers string `yaml:"answers,omitempty"`
	Talks   string `yaml:"talks,omitempty"`
	Busy    string `yaml:"busy,omitempty"`
	Rejects string `yaml:"rejects,omitempty"`
	Fails   string `yaml:"fails,omitempty"`
	Leaves  string `yaml:"leaves,omitempty"`

	Asked *pastAsked `yaml:"asked,omitempty"`
}

type pastAsked struct {
	Presses string `yaml:"presses"`
	After   string `yaml:"after"`
}

type pastGreeting struct {
	Who  string `yaml:"who"`
	Long string `yaml:"long,omitempty"`
	Beep string `yaml:"beep,omitempty"`
}

type pastAnswer struct {
	URL    string `yaml:"url"`
	Method string `yaml:"method"`
	After  string `yaml:"after,omitempty"`
	Status int    `yaml:"status,omitempty"`
	Body   string `yaml:"body,omitempty"`
	Fails  string `yaml:"fails,omitempty"`
}

type pastExpect struct {
	Path     []string `yaml:"path"`
	Outcome  string   `yaml:"outcome,omitempty"`
	Answered bool     `yaml:"answered"`
}

// Story writes a story of the session, and plays it: the error tells in what
// it comes out otherwise than the session did, and the text is there all the
// same. A log is less than a call: it keeps no lengths of what was played and
// no secrets, so a few readings of it are tried.
func (p Past) Story(ctx context.Context) (text []byte, err error) {
	g, err := flow.Parse(p.Raw)
	if err != nil {
		return nil, err
	}
	if len(p.Log) == 0 {
		return nil, errors.New("the session has no log")
	}
	var first []byte
	var differs error
	for _, how := range []reading{{hears: true, right: true}, {hears: true}, {right: true}, {}} {
		r := newReader(p, g, how)
		if err := r.read(); err != nil {
			return nil, err
		}
		text, err := yaml.Marshal(r.story())
		if err != nil {
			return nil, err
		}
		stories, err := Read(text, "story.yaml")
		if err != nil {
			return nil, err
		}
		report, err := stories[0].PlayFlow(ctx, p.Raw)
		if err != nil {
			return nil, err
		}
		d := report.First()
		if d == nil {
			return text, nil
		}
		if first == nil {
			first, differs = text, fmt.Errorf("the story comes out otherwise than the session %s did: %s", p.ID, d)
		}
	}
	return first, differs
}

// reading is how a log is understood.
type reading struct {
	hears bool // the caller acted upon what was heard; otherwise, when so much time had passed
	right bool // secret digits were those that are stored
}

// seconds writes a time span as a story has it.
func seconds(d time.Duration) string {
	if d <= 0 {
		return ""
	}
	return d.Round(100 * time.Millisecond).String()
}

// secretDigits stand for those that no log shows.
func secretDigits(least int) string { return strings.Repeat("7", max(least, 4)) }
