package session

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"ringflow/endpoints"
)

// addresses is where a message's e-mail looks for whom it goes to.
type addresses interface {
	Endpoint(ctx context.Context, id string) (*endpoints.Endpoint, error)
	Settings(ctx context.Context, accountID string) (*endpoints.Settings, error)
}

// mailMessage sends a voice message to its owner by e-mail: that of a team to its
// members. Asked twice, it is sent once. What it did is told in words for the log.
func mailMessage(ctx context.Context, db addresses, mail Mailer, f *endpoints.File) (told string, err error) {
	owner, err := db.Endpoint(ctx, f.UserID)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil // gone: nobody is to be told
	} else if err != nil {
		return "", err
	}
	to, err := recipients(ctx, db, owner)
	switch {
	case err != nil:
		return "", err
	case len(to) == 0:
		return "", nil
	case mail == nil:
		return "The message is not sent by e-mail: no mail server is configured", nil
	}
	set, err := db.Settings(ctx, f.AccountID)
	if err != nil {
		return "", err
	}
	subject, text := messageText(f, owner, set.TimeZoneID)
	if err := mail.Mail(ctx, Mail{
		AccountID: f.AccountID, Key: f.ID, To: to, Subject: subject, Text: text,
		Attach: []MailFile{{FileID: f.ID, Name: f.FileName, ContentType: f.ContentType, MP3: owner.Voicemail.MP3}},
	}); err != nil {
		return "", fmt.Errorf("e-mail of a voice message: %w", err)
	}
	return "The message goes to " + strings.Join(to, ", ") + " by e-mail", nil
}

// recipients are the addresses of a box; none where its owner wants no e-mail.
func recipients(ctx context.Context, db addresses, owner *endpoints.Endpoint) ([]string, error) {
	if owner.Voicemail.NoEmail {
		return nil, nil
	}
	people := []*endpoints.Endpoint{owner}
	if owner.Team != nil {
		people = nil
		for _, id := range owner.Team.MemberIDs {
			u, err := db.Endpoint(ctx, id)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			} else if err != nil {
				return nil, err
			}
			people = append(people, u)
		}
	}
	var to []string
	for _, u := range people {
		if u.AccountID == owner.AccountID && u.EmailAddress != "" {
			to = append(to, u.EmailAddress)
		}
	}
	return to, nil
}

// messageText says who called whom, when, and for how long; the time is the
// account's, by its zone.
func messageText(f *endpoints.File, owner *endpoints.Endpoint, zone string) (subject, text string) {
	who := endpoints.Formatted(f.FromAddress)
	switch {
	case who == "" && f.FromName == "":
		who = "an unknown caller"
	case f.FromName != "" && who != "":
		who = f.FromName + ", " + who
	case f.FromName != "":
		who = f.FromName
	}
	at, err := time.LoadLocation(zone)
	if err != nil {
		at = time.UTC
	}
	long := f.RecordingDuration.Round(time.Second)
	subject = fmt.Sprintf("Voice message from %s (%d:%02d)", who, int(long.Minutes()), int(long.Seconds())%60)
	text = fmt.Sprintf("%s left a voice message for %s.\n\nReceived: %s\nLength: %d:%02d\n",
		who, owner.DisplayName, f.DateCreated.In(at).Format("Monday, January 2, 2006, 3:04 PM MST"), int(long.Minutes()), int(long.Seconds())%60)
	if f.ToAddress != "" {
		text += "Called: " + endpoints.Formatted(f.ToAddress) + "\n"
	}
	if f.Transcription != "" {
		text += "\nWhat was said: " + f.Transcription + "\n"
	}
	return subject, text + "\nThe message is attached. It stays in the voicemail box until it is deleted there.\n"
}
