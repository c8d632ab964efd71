package session

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"ringflow/endpoints"
	"ringflow/flow"
)

var _ flow.Voicemail = (*line)(nil)

// Boxes is what voicemail asks of the database beside what files are to it.
type Boxes interface {
	// Box counts the messages of a user or a team.
	Box(ctx context.Context, owner string) (endpoints.Box, error)
	// MarkMessage makes a message new or saved.
	MarkMessage(ctx context.Context, id string, unread bool) error
	// ChangeVoicemail changes the box of a user or a team.
	ChangeVoicemail(ctx context.Context, id string, change func(*endpoints.Voicemail) error) error
}

// Box implements flow.Voicemail.
func (l *line) Box(ctx context.Context, owner string) (flow.Box, error) {
	e, err := l.call.boxOwner(ctx, strings.TrimSpace(owner))
	if err != nil {
		return flow.Box{}, err
	}
	v, c := e.Voicemail, l.call
	return flow.Box{
		ID: e.ID, Name: e.DisplayName, Greeting: flow.Prompt{Text: v.Greeting, File: v.GreetingFileID}, HasPIN: v.PINHash != "",
		Own: c.caller != nil && c.caller.ID == e.ID, CanDial: c.caller != nil && c.caller.AccountID == c.account,
	}, nil
}

// boxOwner is whose box it is: flow.ErrNoBox where nobody of the account is meant.
func (c *call) boxOwner(ctx context.Context, owner string) (*endpoints.Endpoint, error) {
	var e *endpoints.Endpoint
	var err error
	switch {
	case owner == "" && c.caller != nil:
		e, err = c.s.cache.endpoint(ctx, c.caller.ID) // as it is now
	case owner == "":
		return nil, flow.ErrNoBox
	case endpoints.ValidID(owner):
		e, err = c.s.cache.endpoint(ctx, owner)
	default:
		e, err = c.findUser(ctx, owner)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, flow.ErrNoBox
	case err != nil:
		return nil, fmt.Errorf("voicemail: %w", err)
	case e == nil || e.AccountID != c.account || e.Kind != endpoints.User && e.Kind != endpoints.Team: // another account's things do not exist here
		return nil, flow.ErrNoBox
	}
	return e, nil
}

// LeaveMessage implements flow.Voicemail. What it returns with a File is on disk
// and in the store; until then a note beside the bytes tells the next start of
// this server what they are, and whom to tell.
func (l *line) LeaveMessage(ctx context.Context, o flow.MessageOptions) (flow.Message, error) {
	if err := l.Answer(ctx); err != nil {
		return flow.Message{}, err
	}
	r, t, err := l.recordParty(ctx, flow.RecordOptions{Beep: true, Max: o.Max, Silence: o.Silence, FinishOnKey: o.FinishOnKey},
		tapeOf{box: o.Box.ID, mail: o.Email, transcribe: o.Transcribe, transition: flow.MessageReady})
	switch {
	case t == nil && err != nil && context.Cause(ctx) == nil: // it could not begin: a full disk, say
		return flow.Message{Lost: err}, nil
	case t == nil:
		return flow.Message{}, err
	}
	return flow.Message{Recording: r, Lost: t.lost}, err
}

// message makes f the row of a voice message.
func (c *call) message(f *endpoints.File, box string) {
	f.Type, f.UserID, f.Unread = endpoints.VoiceMessage, box, true
	f.FromName = shortName(c.session.FromName)
	if c.session.Direction == string(Outgoing) { // who speaks is who was called
		f.FromName, f.FromAddress, f.RecordingFrom = "", c.session.ToAddress, c.session.ToAddress
	}
}

// shortName is what a stranger calls itself, as it may be kept and shown.
func shortName(name string) string {
	name = strings.TrimSpace(oneLine(name))
	if len(name) > 100 {
		name = strings.ToValidUTF8(name[:100], "")
	}
	return name
}

// tellByMail sends a message that is in the store now to whom it is for.
func (t *tape) tellByMail(ctx context.Context) error {
	if !t.mail {
		return nil
	}
	told, err := mailMessage(ctx, t.c.s.Store, t.c.s.Mail, t.file)
	if told != "" {
		t.c.journal.say("%s", told)
	}
	return err
}
