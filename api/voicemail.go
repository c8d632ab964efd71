package api

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"strings"

	"ringflow/endpoints"
	"ringflow/session"
)

// patchVoicemail changes the voicemail box of a user or a team, as far as it is given.
func (s *Server) patchVoicemail(r *Request, e *endpoints.Endpoint, q *PatchEndpoint) error {
	given := q.VoicemailPin != nil || q.VoicemailGreeting != nil || q.VoicemailGreetingFileId != nil || q.VoicemailEmail != nil || q.VoicemailMp3 != nil
	switch {
	case !given:
		return nil
	case e.Kind != endpoints.User && e.Kind != endpoints.Team:
		return &endpoints.Invalid{Field: "voicemailGreeting", Text: "a " + string(e.Kind) + " has no voicemail box"}
	}
	v := &e.Voicemail
	set(&v.Greeting, q.VoicemailGreeting)
	set(&v.MP3, q.VoicemailMp3)
	if q.VoicemailEmail != nil {
		v.NoEmail = !*q.VoicemailEmail
	}
	if err := s.ownFile(r.Context(), e.AccountID, "voicemailGreetingFileId", &v.GreetingFileID, q.VoicemailGreetingFileId); err != nil {
		return err
	}
	if q.VoicemailPin != nil {
		return v.SetPIN(strings.TrimSpace(*q.VoicemailPin))
	}
	return nil
}

// showVoicemail fills in the box of a user or a team.
func showVoicemail(info *EndpointInfo, e *endpoints.Endpoint) {
	if e.Kind != endpoints.User && e.Kind != endpoints.Team {
		return
	}
	email, pin, mp3 := !e.Voicemail.NoEmail, e.Voicemail.PINHash != "", e.Voicemail.MP3
	info.VoicemailGreeting, info.VoicemailGreetingFileId, info.VoicemailEmail, info.VoicemailMp3, info.HasVoicemailPin = e.Voicemail.Greeting, e.Voicemail.GreetingFileID, &email, &mp3, &pin
}

// ownFile sets a member that names a file, if it is given: one of the account, or nothing.
func (s *Server) ownFile(ctx context.Context, account, member string, to, id *string) error {
	if id == nil {
		return nil
	}
	*to = strings.TrimSpace(*id)
	if *to == "" {
		return nil
	}
	f, err := s.Store.File(ctx, *to)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err != nil || f.AccountID != account {
		return &endpoints.Invalid{Field: member, Text: "there is no such file in the account"}
	}
	return nil
}

// patchFile changes a file's name, and whether a voice message is new.
func (s *Server) patchFile(r *Request, q *PatchFile) (*FileInfo, error) {
	ctx, f := r.Context(), r.found.file
	if q.IsUnread != nil && f.Type != endpoints.VoiceMessage {
		return nil, &endpoints.Invalid{Field: "isUnread", Text: "is of a VoiceMessage alone, not of a file of type " + string(f.Type)}
	}
	if q.CustomerId != nil && *q.CustomerId != f.CustomerID {
		if _, confined := r.Who.ownEndpoint(); confined {
			return nil, fail(http.StatusForbidden, "Forbidden", "customerId: is for those who manage the account")
		}
		if err := s.sameAccountCustomer(ctx, f.AccountID, *q.CustomerId); err != nil {
			return nil, err
		}
		f.CustomerID = *q.CustomerId
	}
	if r.file != nil {
		if err := s.newBytes(r, f); err != nil {
			return nil, err
		}
	}
	if q.FileName != nil {
		f.FileName = plainName(*q.FileName)
	}
	set(&f.Unread, q.IsUnread)
	f.LastModifiedBy = r.Who.login.EmailAddress
	if err := s.Store.PutFile(ctx, f); err != nil {
		return nil, err
	}
	if q.IsUnread != nil {
		s.boxChanged(f)
	}
	return s.fileInfo(ctx, f)
}

// newBytes puts the bytes of an upload in the place of a file's. What was recorded stays as it was.
func (s *Server) newBytes(r *Request, f *endpoints.File) error {
	if f.Type != endpoints.Upload {
		return &endpoints.Invalid{Field: "file", Text: "can be another for an Upload alone, not for a file of type " + string(f.Type)}
	}
	up := r.file
	if err := session.Announce(s.Blob, up.id); err != nil {
		return err
	}
	defer s.forget(up.id)
	if err := up.keep(); err != nil {
		return err
	}
	defer s.removeBytes(up.id)
	from, _, err := s.Blob.Open(up.id)
	if err != nil {
		return err
	}
	defer from.Close()
	if err := s.putBytes(f.ID, from); err != nil {
		return err
	}
	f.ContentType, f.ContentLength = up.contentType, up.size
	return nil
}

// boxChanged lets phones show what is in a box of which a message has changed.
func (s *Server) boxChanged(f *endpoints.File) {
	if f.Type == endpoints.VoiceMessage {
		s.Calls.BoxChanged(f.UserID)
	}
}
