package session

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"ringflow/endpoints"
	"ringflow/flow"
)

// Writing is a message that somebody writes by the API: into a chat, or from an endpoint to an address.
type Writing struct {
	ID       string  // of the message, should it be written twice; empty: a new one
	Session  *Record // the chat; nil: see Endpoint
	Endpoint *endpoints.Endpoint
	To       string
	Subject  string // of a mail
	Text     string
	Files    []endpoints.MessageFile
}

// Write keeps a message that somebody writes, and sends it, as a flow's would be: to where calls
// may go, and to nobody who wants none. fs.ErrPermission, *endpoints.Invalid.
func (s *Switchboard) Write(ctx context.Context, by Asker, w Writing) (*endpoints.Message, error) {
	all, err := s.written(ctx, by, &w)
	if err != nil {
		return nil, asInvalid("toAddress", err)
	}
	if err := s.keepWritten(ctx, all); err != nil {
		return nil, err
	}
	return s.Store.Message(ctx, all.out[0].Message.ID)
}

// written is what is to be kept of something that people write.
type written struct {
	out  []OutMessage // the first is the message itself
	room *ChatRoom    // in which it is said; nil: in none
	said flow.RoomMessage
}

// keepWritten keeps it with all that the flows in the room do for it. What is there already is done, too.
func (s *Switchboard) keepWritten(ctx context.Context, w *written) error {
	var all []*heard
	if w.room != nil {
		var err error
		if all, err = s.hear(ctx, w.room, nil, w.said); err != nil {
			return err
		}
	}
	branches, lines := beside(all)
	fresh, err := s.Store.PutMessages(ctx, w.out, branches, lines)
	if err != nil || !fresh {
		return err
	}
	begin(all)
	s.tellUsers(w.out)
	return nil
}

// written is what is to be kept of w.
func (s *Switchboard) written(ctx context.Context, by Asker, w *Writing) (*written, error) {
	from := w.Endpoint
	if w.Session != nil {
		var err error
		if from, err = s.cache.endpoint(ctx, w.Session.EndpointID); err != nil {
			return nil, err
		}
		w.To = otherOf(w.Session)
		if !w.Session.Ended.IsZero() {
			return nil, &endpoints.Invalid{Field: "sessionId", Text: "the session is over"}
		}
	}
	m := endpoints.Message{
		AccountID: from.AccountID, CustomerID: from.CustomerID, EndpointID: from.ID, Direction: endpoints.MessageOut, OtherAddress: w.To,
		Sender: by.Name, Subject: w.Subject, Text: w.Text, Files: w.Files,
	}
	m.CreatedBy = by.Name
	if by.User != nil {
		m.Sender, m.SenderID = by.User.DisplayName, by.User.ID
	}
	if id, ok := strings.CutPrefix(w.To, RoomMark); ok {
		return s.writtenInRoom(ctx, m, id, w.ID)
	}
	kept, err := s.Store.Chat(ctx, from.ID, w.To)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if kept != nil && kept.RoomID != "" && kept.SessionID != "" {
		return s.writtenInRoom(ctx, m, kept.RoomID, w.ID)
	}
	one, err := s.writtenTo(ctx, from, m, kept)
	if err != nil {
		return nil, err
	}
	return &written{out: renamed(one, w.ID)}, nil
}

// renamed gives the first message the id by which it will be known again.
func renamed(all []OutMessage, id string) []OutMessage {
	if id == "" || len(all) == 0 {
		return all
	}
	first := all[0]
	if first.Outbound != nil {
		if p, ok := first.Outbound.Post(); ok {
			p.MessageID = id
			first.Outbound.Body, _ = json.Marshal(p) // it was made of one
		}
		first.Outbound.Key = "message/" + id
	}
	for _, o := range all[1:] {
		if o.Message == nil && o.Outbound != nil && o.Outbound.Key == PhoneKey(first.Message.ID) {
			o.Outbound.Key = PhoneKey(id)
		}
	}
	first.Message.ID = id
	return all
}

// writtenTo is m by the channel that leads to its address.
func (s *Switchboard) writtenTo(ctx context.Context, from *endpoints.Endpoint, m endpoints.Message, kept *StoredChat) ([]OutMessage, error) {
	settings, err := s.cache.settingsOf(ctx, from.AccountID)
	if err != nil {
		return nil, err
	}
	if from.Kind == endpoints.User {
		if u := s.userNamed(from.AccountID, m.OtherAddress); u != nil {
			return s.toColleague(from, u, m)
		}
	}
	switch {
	case kept != nil && kept.Channel == endpoints.WebChat:
		m.Channel = kept.Channel
	case from.Kind == endpoints.PhoneNumber || from.Kind == endpoints.User:
		return s.writtenText(ctx, from, m, settings)
	case from.Kind == endpoints.EmailAddress:
		if m.Channel = endpoints.Email; kept != nil {
			m.Route = kept.Route
		}
		m.OtherAddress = endpoints.NormalEmail(m.OtherAddress)
		if err := endpoints.CheckEmail("toAddress", m.OtherAddress); err != nil {
			return nil, err
		}
	case kept != nil:
		m.Channel, m.Route = kept.Channel, kept.Route
	default:
		return nil, &endpoints.Invalid{Field: "toAddress", Text: fmt.Sprintf("%.64q has not written to %s: there is no way to it yet", m.OtherAddress, from.DisplayName)}
	}
	if err := s.leaves(m.Channel); err != nil && m.Channel != endpoints.WebChat {
		return nil, err
	}
	out, err := post(&m)
	return []OutMessage{{Message: &m, Outbound: out}}, err
}

// writtenText is m as a text: a user's leaves by the number that his calls show.
func (s *Switchboard) writtenText(ctx context.Context, from *endpoints.Endpoint, m endpoints.Message, settings *endpoints.Settings) ([]OutMessage, error) {
	c := &call{s: s, account: from.AccountID, settings: settings, endpoint: from}
	if from.Kind == endpoints.User {
		c.caller = from
	}
	number, err := c.texts(ctx, "")
	if err != nil {
		return nil, err
	}
	to, err := s.cache.parse(m.OtherAddress, settings.DefaultCountry)
	if err != nil {
		return nil, unsent("%.64q isn't a telephone number", m.OtherAddress)
	}
	if err := s.cache.allowedOutside(settings, to); err != nil {
		return nil, fmt.Errorf("toAddress: %w: %w", words(err), fs.ErrPermission)
	}
	m.CustomerID = number.CustomerID
	msg, out, err := s.text(ctx, number, to, m)
	return []OutMessage{{Message: msg, Outbound: out}}, err
}

// toColleague is m from one user to another: it never leaves the house, but to phones.
func (s *Switchboard) toColleague(from, to *endpoints.Endpoint, m endpoints.Message) ([]OutMessage, error) {
	m.Channel, m.OtherAddress, m.OtherName = endpoints.WebChat, chatAddress(to), to.DisplayName
	if _, err := post(&m); err != nil {
		return nil, err
	}
	theirs := m
	theirs.ID, theirs.Direction, theirs.EndpointID, theirs.CustomerID = endpoints.NewID(), endpoints.MessageIn, to.ID, to.CustomerID
	theirs.OtherAddress, theirs.OtherName = chatAddress(from), from.DisplayName
	all := []OutMessage{{Message: &m}, {Message: &theirs}}
	if out := s.onPhones(to, phoneFrom{endpoint: from}, &theirs); out != nil {
		all = append(all, OutMessage{Outbound: out})
	}
	return all, nil
}

// writtenInRoom is m for all in a room.
func (s *Switchboard) writtenInRoom(ctx context.Context, m endpoints.Message, id, as string) (*written, error) {
	room, err := s.Store.ChatRoom(ctx, id)
	if err == nil && (room.AccountID != m.AccountID || !room.Closed.IsZero()) {
		err = fs.ErrNotExist
	}
	if err != nil {
		return nil, fmt.Errorf("chat room %s: %w", id, err)
	}
	all, err := s.toParties(room, "", m)
	if err != nil {
		return nil, err
	}
	users, err := s.toUsers(ctx, room, m.SenderID, m)
	if err != nil {
		return nil, err
	}
	all = renamed(append(all, users...), as)
	if len(all) == 0 {
		return nil, &endpoints.Invalid{Field: "toAddress", Text: "nobody else is in the chat"}
	}
	said := flow.RoomMessage{Body: m.Text, Sender: m.SenderID, SenderName: m.Sender}
	if said.Sender == "" { // who has the account's rights, and is no user
		said.Sender = m.Sender
	}
	return &written{all, room, said}, nil
}

// OpenChat opens a chat with somebody from our side, for people: no flow runs in it.
func (s *Switchboard) OpenChat(ctx context.Context, by Asker, w Writing) (*Record, error) {
	w.Session = nil
	wrote, err := s.written(ctx, by, &w)
	if err != nil {
		return nil, asInvalid("toAddress", err)
	}
	first := wrote.out
	m := first[0].Message
	if m.EndpointID != w.Endpoint.ID { // a user's text leaves by a number, whose chat it is
		if w.Endpoint, err = s.cache.endpoint(ctx, m.EndpointID); err != nil {
			return nil, err
		}
	}
	now := time.Now().UTC()
	rec := &Record{
		ID: endpoints.NewID(), AccountID: m.AccountID, Channel: string(flow.Chat), Direction: Outgoing, CallState: Connected,
		EndpointID: m.EndpointID, EndpointName: w.Endpoint.DisplayName, FromAddress: chatAddress(w.Endpoint), FromName: m.Sender,
		ToAddress: m.OtherAddress, Destination: w.To, Started: now, Answered: now, Heartbeat: now, CreatedBy: by.Name, Revision: 1,
	}
	customers, err := s.cache.customerLine(ctx, w.Endpoint.CustomerID)
	if err != nil {
		return nil, err
	}
	if len(customers) > 0 {
		rec.CustomerID, rec.CustomerName = customers[0].ID, customers[0].Name
	}
	body, err := json.Marshal(chatBody{Record: rec})
	if err != nil {
		return nil, err
	}
	room := &ChatRoom{ID: endpoints.NewID(), AccountID: rec.AccountID, EndpointID: rec.EndpointID, SessionID: rec.ID, Name: "Chat with " + m.OtherAddress, Created: now}
	if by.User != nil {
		room.invite(by.User)
	}
	kept := &StoredChat{
		AccountID: rec.AccountID, CustomerID: w.Endpoint.CustomerID, EndpointID: rec.EndpointID, OtherAddress: m.OtherAddress, OtherName: m.OtherName, Channel: m.Channel,
	}
	for _, o := range first {
		if o.Message != nil && o.Message.EndpointID == rec.EndpointID {
			o.Message.SessionID = rec.ID
		}
	}
	if strings.TrimSpace(w.Text) == "" && len(w.Files) == 0 {
		first = nil // a chat may begin with nothing said
	}
	if err := s.Store.OpenChat(ctx, kept, &Opening{Record: rec, Body: body}, room, first); err != nil {
		return nil, err
	}
	s.tellUsers(first)
	return rec, s.sayInChat(ctx, rec, "%s opened the chat", by.Name)
}

// EndChat closes a chat, and the room that it opened.
func (s *Switchboard) EndChat(ctx context.Context, rec *Record, by Asker) error {
	_, kept, err := s.chatCall(ctx, rec)
	if err != nil {
		return err
	}
	over := *rec
	over.Log, over.Legs = nil, nil
	over.Ended = time.Now().UTC()
	over.Heartbeat, over.CallState = over.Ended, Disconnected
	if over.Outcome == "" {
		over.Outcome = Completed
	}
	if err := s.Store.EndChat(ctx, kept.EndpointID, kept.OtherAddress, Change{Record: &over, Log: []LogLine{{Date: over.Ended, Message: oneLine("Ended by " + by.Name)}}}); err != nil {
		return err
	}
	s.chats.poke()
	s.events.tell(Event{Kind: Ended, AccountID: rec.AccountID, CustomerID: rec.CustomerID, SessionID: rec.ID, Date: over.Ended, Message: over.Outcome})
	return nil
}
