package flowtest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"ringflow/flow"
)

// Writing is what becomes of what the flow writes.
type Writing struct {
	// Unsent are numbers and addresses that can't be written to, and why; that of the party of a
	// chat is one too.
	Unsent map[string]string `yaml:"unsent"`
	// Invites are the users and numbers that may be invited into a chat room; absent: all.
	Invites []string `yaml:"invites"`
}

// Message is a text that the flow sent to a number; of an expected one, what is
// left out is not looked at.
type Message struct {
	From  string   `yaml:"from"`
	To    string   `yaml:"to"`
	Body  *string  `yaml:"body"`
	Files []string `yaml:"files"`
}

// Mail is an e-mail that the flow sent; of an expected one, what is left out is
// not looked at.
type Mail struct {
	Account string  `yaml:"account"`
	To      Texts   `yaml:"to"`
	Cc      Texts   `yaml:"cc"`
	Bcc     Texts   `yaml:"bcc"`
	Subject *string `yaml:"subject"`
	Body    *string `yaml:"body"`
	Files   Texts   `yaml:"files"`
}

// OpenedRoom is a chat room into which the flow put the party; of an expected one, what is
// left out is not looked at.
type OpenedRoom struct {
	Name     string `yaml:"name"`
	Users    Texts  `yaml:"users"`
	Numbers  Texts  `yaml:"numbers"`
	Greeting string `yaml:"greeting"`
}

// Texts are some, or one alone.
type Texts []string

// UnmarshalYAML implements yaml.Unmarshaler.
func (t *Texts) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*t = Texts{n.Value}
		return nil
	}
	return n.Decode((*[]string)(t))
}

func (m Message) String() string {
	text := m.From + " to " + m.To
	if m.Body != nil {
		text += ": " + *m.Body
	}
	return strings.TrimSpace(text + " " + strings.Join(m.Files, " "))
}

func (m Mail) String() string {
	text := m.Account + " to " + strings.Join(m.To, ", ")
	for _, more := range []struct {
		name string
		all  []string
	}{{"Cc", m.Cc}, {"Bcc", m.Bcc}, {"files", m.Files}} {
		if len(more.all) > 0 {
			text += ", " + more.name + " " + strings.Join(more.all, " ")
		}
	}
	for _, t := range []*string{m.Subject, m.Body} {
		if t != nil {
			text += ": " + *t
		}
	}
	return strings.TrimSpace(text)
}

func (r OpenedRoom) String() string {
	return strings.TrimSpace(fmt.Sprintf("%s %s %s %s", r.Name, strings.Join(r.Users, " "), strings.Join(r.Numbers, " "), r.Greeting))
}

func same(want, was *string) bool { return want == nil || *want == *was }
func sameAll[T ~[]string](want T, was []string) bool {
	return want == nil || slices.Equal([]string(want), was)
}

func (m Message) fits(was Message) bool {
	return (m.From == "" || m.From == was.From) && (m.To == "" || m.To == was.To) && same(m.Body, was.Body) && sameAll(m.Files, was.Files)
}

func (m Mail) fits(was Mail) bool {
	return (m.Account == "" || m.Account == was.Account) && sameAll(m.To, was.To) && sameAll(m.Cc, was.Cc) && sameAll(m.Bcc, was.Bcc) &&
		same(m.Subject, was.Subject) && same(m.Body, was.Body) && sameAll(m.Files, was.Files)
}

func (r OpenedRoom) fits(was OpenedRoom) bool {
	return (r.Name == "" || r.Name == was.Name) && sameAll(r.Users, was.Users) && sameAll(r.Numbers, was.Numbers) && (r.Greeting == "" || r.Greeting == was.Greeting)
}

// compareEach notes where things that were done differ from those that were expected.
func compareEach[T interface {
	fits(T) bool
	String() string
}](r *Report, what string, want, was []T) {
	if want == nil {
		return
	}
	for i := range max(len(want), len(was)) {
		name := fmt.Sprintf("%s %d", what, i+1)
		switch {
		case i >= len(want):
			r.differ(name, "none", was[i])
		case i >= len(was):
			r.differ(name, want[i], "none")
		case !want[i].fits(was[i]):
			r.differ(name, want[i], was[i])
		}
	}
}

// unsent tells why somebody can't be written to.
func (o *outside) unsent(who string) error {
	if why, ok := o.world.Unsent[who]; ok {
		return fmt.Errorf("%w: %s", flow.ErrUnsent, why)
	}
	return nil
}

// SendMessage implements flow.Messages.
func (o *outside) SendMessage(_ context.Context, m flow.TextMessage) error {
	if err := errors.Join(o.away("messages"), o.unsent(m.To), o.unsent(m.From)); err != nil {
		return err
	}
	o.messages = append(o.messages, Message{From: m.From, To: m.To, Body: &m.Body, Files: m.Files})
	o.leave(len(m.Body))
	return nil
}

// SendEmail implements flow.Messages.
func (o *outside) SendEmail(_ context.Context, m flow.Email) error {
	if err := errors.Join(o.away("messages"), o.unsent(m.Account)); err != nil {
		return err
	}
	for _, to := range slices.Concat(m.To, m.Cc, m.Bcc) {
		if err := o.unsent(to); err != nil {
			return err
		}
	}
	o.mails = append(o.mails, Mail{Account: m.Account, To: m.To, Cc: m.Cc, Bcc: m.Bcc, Subject: &m.Subject, Body: &m.Body, Files: m.Files})
	o.leave(len(m.Body))
	return nil
}

// OpenRoom implements flow.Rooms.
func (o *outside) OpenRoom(_ context.Context, r flow.RoomInvitation) (string, error) {
	if err := o.away("rooms"); err != nil {
		return "", err
	}
	room := OpenedRoom{Name: r.Name, Greeting: r.Greeting, Users: o.invited(r.Users), Numbers: o.invited(r.Numbers)}
	if len(room.Users)+len(room.Numbers) == 0 {
		return "", flow.ErrNobody
	}
	o.rooms = append(o.rooms, room)
	o.leave(len(r.Greeting))
	if r.Name == "" {
		return fmt.Sprintf("room-%d", len(o.rooms)), nil
	}
	return r.Name, nil
}

// invited are those of who that may be invited.
func (o *outside) invited(who []string) []string {
	if o.world.Invites == nil {
		return who
	}
	return slices.DeleteFunc(slices.Clone(who), func(w string) bool { return !slices.Contains(o.world.Invites, w) })
}
