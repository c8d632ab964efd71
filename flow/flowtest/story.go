package flowtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"ringflow/flow"
)

// Story is one call, told in a file.
type Story struct {
	Name     string         `yaml:"name"`
	Flow     string         `yaml:"flow"`    // a file, beside the story's, else what Find knows by it
	At       time.Time      `yaml:"at"`      // when it begins; absent: a fixed Saturday in 2026
	Channel  string         `yaml:"channel"` // Voice, Chat or Fax; absent: the session's, else Voice
	Session  Given          `yaml:"session"`
	Endpoint map[string]any `yaml:"endpoint"`
	Customer map[string]any `yaml:"customer"`
	User     map[string]any `yaml:"user"`
	System   map[string]any `yaml:"system"`
	Params   map[string]any `yaml:"params"`  // flow parameters, given by the endpoint
	Secrets  []string       `yaml:"secrets"` // fields that are Password, as Endpoint.Pin
	World    World          `yaml:"world"`
	Script   []Action       `yaml:"script"`
	Expect   Expect         `yaml:"expect"`

	// Find finds a flow that is no file, by its id or name; nil: there are only files.
	Find func(ctx context.Context, name string) ([]byte, error) `yaml:"-"`
	// Others finds the flows that the flow starts and the world has no file for,
	// by their ids; one that isn't there wraps fs.ErrNotExist. nil: those of the
	// world are all, but where Find found the flow itself.
	Others func(ctx context.Context, id string) ([]byte, error) `yaml:"-"`
	// Told is told each line of the transcript as it comes, with its time since
	// the call began; nil: nobody. The call waits for it.
	Told func(at time.Duration, text string) `yaml:"-"`
	// Most bounds, in bytes, what a call may leave behind: transcript, prompts,
	// requests, branches. 0: no bound.
	Most int `yaml:"-"`

	file   string
	limits flow.Limits
	seed   uint64          // of chance; a story's own is always the same
	seen   func(flow.Step) // told of each piece of a step; nil: nobody
}

// World is what the flow meets.
type World struct {
	Parties map[string]Party         `yaml:"parties"` // by what is dialled
	Teams   map[string][]string      `yaml:"teams"`   // members of teams, by id
	Last    string                   `yaml:"last"`    // who was first in the call before, of those who are in turn
	Files   map[string]time.Duration `yaml:"files"`   // lengths of what is played; 3 s otherwise
	Rooms   map[string]Room          `yaml:"rooms"`   // conferences, by name; one that is not here is empty
	Boxes   map[string]*Mailbox      `yaml:"boxes"`   // voicemail boxes, by the id of whose they are; "caller": of the user who calls
	Agents  map[string]Agent         `yaml:"agents"`  // what users do in the call centre; who is not here is logged out
	Queues  map[string]Queue         `yaml:"queues"`  // by team; in one that is not here nobody waits
	Parked  Lots                     `yaml:"parked"`  // who is parked, by lot and slot
	Parking Parking                  `yaml:"parking"` // what becomes of the caller who is parked
	Ringing map[string]Waiting       `yaml:"ringing"` // who rings at users, by them
	Broken  []string                 `yaml:"broken"`  // prompts with these texts can't be played
	// Unreachable: the party of a chat can't be written to.
	Unreachable bool `yaml:"unreachable"`
	// Greeting is how the far end answers, for Detect Machine; absent: as a person does.
	Greeting Greeting `yaml:"greeting"`
	// Transcription is what is understood of a recording; absent: nothing is.
	Transcription string `yaml:"transcription"`
	// Secret are the digits of `press secret`.
	Secret  string `yaml:"secret"`
	Outside `yaml:",inline"`
	Writing `yaml:",inline"`
}

// Expect is what should come out; what is left out is not looked at.
type Expect struct {
	Path      []string       `yaml:"path"`      // "Node" or "Node: Transition", all of them in order
	Variables map[string]any `yaml:"variables"` // of the session, and built-ins
	Heard     []string       `yaml:"heard"`     // texts and files, each a part of a prompt, in order
	Sent      []string       `yaml:"sent"`      // texts of a chat, all, in order
	NotHeard  []string       `yaml:"notHeard"`
	Told      []string       `yaml:"told"`    // what those hear who are dialled, all, in order: each a part of a prompt
	Dialled   []string       `yaml:"dialled"` // all, in order
	Log       []string       `yaml:"log"`     // parts of log lines
	NotLog    []string       `yaml:"notLog"`
	Outcome   *string        `yaml:"outcome"`
	End       string         `yaml:"end"` // Ended, HungUp, Limit, Error
	Exit      string         `yaml:"exit"`
	Answered  *bool          `yaml:"answered"`
	Refused   string         `yaml:"refused"`
	Duration  *Span          `yaml:"duration"`
	Branches  []string       `yaml:"branches"` // "Transition: Node, Node", all in order
	Requests  []Request      `yaml:"requests"` // all, in order
	Messages  []Message      `yaml:"messages"` // to numbers, all, in order
	Mails     []Mail         `yaml:"mails"`    // all, in order
	Opened    []OpenedRoom   `yaml:"opened"`   // chat rooms, all, in order
	Cookies   map[string]any `yaml:"cookies"`  // all that are kept in the end

	Agents map[string]string `yaml:"agents"` // what these users do in the end
}

// Span is a duration, or from one to another: 12s, 10s..15s.
type Span struct{ From, To time.Duration }

// UnmarshalYAML implements yaml.Unmarshaler.
func (s *Span) UnmarshalYAML(n *yaml.Node) error {
	from, to, is := bytes.Cut([]byte(n.Value), []byte(".."))
	if !is {
		to = from
	}
	var err error
	if s.From, err = time.ParseDuration(string(from)); err == nil {
		s.To, err = time.ParseDuration(string(to))
	}
	if err != nil {
		return fmt.Errorf("line %d: a duration is 12s or 10s..15s: %w", n.Line, err)
	}
	return nil
}

// Load reads the stories of a file: one or more YAML documents, or JSON.
func Load(file string) ([]*Story, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return Read(raw, file)
}

// Read reads stories; file is where they are from, for what is beside them.
func Read(raw []byte, file string) ([]*Story, error) {
	var all []*Story
	raw = jsonAsYAML(raw)
	d := yaml.NewDecoder(bytes.NewReader(raw))
	d.KnownFields(true)
	for {
		s := &Story{file: file}
		err := d.Decode(s)
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		if s.At.IsZero() {
			s.At = time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
		}
		if s.Name == "" {
			s.Name = fmt.Sprintf("story %d", len(all)+1)
		}
		all = append(all, s)
	}
}

// File is the file that the story is from.
func (s *Story) File() string { return s.file }

// Files are all files that the story needs.
func (s *Story) Files() []string {
	files := []string{s.file, s.flowFile()}
	for _, id := range slices.Sorted(maps.Keys(s.World.Flows)) {
		files = append(files, filepath.Join(filepath.Dir(s.file), s.World.Flows[id]))
	}
	return files
}

// read reads a flow: a file beside the story, else what Find finds.
func (s *Story) read(ctx context.Context, name string) ([]byte, error) {
	if name == "" {
		return nil, errors.New("the story names no flow")
	}
	raw, err := os.ReadFile(s.flowFile())
	if errors.Is(err, fs.ErrNotExist) && s.Find != nil && !strings.HasSuffix(name, ".json") {
		if s.Others == nil {
			s.Others = s.Find
		}
		return s.Find(ctx, name)
	}
	return raw, err
}

// flowFile is where the story's flow is.
func (s *Story) flowFile() string {
	if filepath.IsAbs(s.Flow) {
		return s.Flow
	}
	return filepath.Join(filepath.Dir(s.file), s.Flow)
}
