package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"go.uber.org/zap"

	"ringflow/endpoints"
)

// Receive implements endpoints.Inbox. The files of a message that is refused, or is here already,
// are kept for nobody, and go.
func (s *Switchboard) Receive(ctx context.Context, m *endpoints.Message) error {
	files := m.Files
	fresh, err := s.receive(ctx, m)
	var invalid *endpoints.Invalid
	if errors.As(err, &invalid) || err == nil && !fresh {
		s.Detach(ctx, files)
	}
	return err
}

// Detach removes files that were attached to a message which isn't taken. What can't be removed now
// stays with its account.
func (s *Switchboard) Detach(ctx context.Context, files []endpoints.MessageFile) {
	for _, f := range files {
		if !f.Fresh {
			continue
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTime) // its sender may have gone
		kept, err := s.Store.File(ctx, f.FileID)
		if err == nil && kept.SessionID == "" && kept.Type == endpoints.Attachment {
			err = Erase(ctx, s.Store, s.Blob, f.FileID, s.log())
		}
		cancel()
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			s.log().Warn("a file of a message that was not taken stays with its account", zap.String("file", f.FileID), zap.Error(err))
		}
	}
}

func (s *Switchboard) receive(ctx context.Context, m *endpoints.Message) (fresh bool, err error) {
	ep, err := s.cache.endpoint(ctx, m.EndpointID)
	if errors.Is(err, fs.ErrNotExist) {
		return false, &endpoints.Invalid{Field: "endpointId", Text: fmt.Sprintf("there is no %.64q", m.EndpointID)}
	}
	if err != nil {
		return false, err
	}
	m.AccountID, m.CustomerID, m.Direction = ep.AccountID, ep.CustomerID, endpoints.MessageIn
	settings, err := s.cache.settingsOf(ctx, ep.AccountID)
	if err != nil {
		return false, err
	}
	s.normalAddress(m, settings)
	if m.Sender == "" {
		m.Sender = m.OtherName
	}
	if m.Sender == "" {
		m.Sender = m.OtherAddress
	}
	open, err := s.opening(ctx, m, ep, settings)
	if err != nil {
		return false, err
	}
	fresh, err = s.Store.ReceiveMessage(ctx, m, open)
	if err != nil {
		return false, err
	}
	if fresh {
		s.events.told(m)
		s.chats.poke()
	}
	return fresh, nil
}

// normalAddress writes who wrote as all channels do, so that he has one chat.
func (s *Switchboard) normalAddress(m *endpoints.Message, settings *endpoints.Settings) {
	switch m.Channel {
	case endpoints.Email:
		m.OtherAddress = endpoints.NormalEmail(m.OtherAddress)
	case endpoints.SMPP, endpoints.Twilio, endpoints.HTTPText, endpoints.SIPText:
		if e164, err := s.cache.parse(m.OtherAddress, settings.DefaultCountry); err == nil {
			m.OtherAddress = e164
		}
	}
}

// Attach implements endpoints.Inbox. A file whose message never comes, as its sender gave up, has no
// session; it stays with its account until somebody deletes it.
func (s *Switchboard) Attach(ctx context.Context, accountID, name, contentType string, r io.Reader) (endpoints.MessageFile, error) {
	f := &endpoints.File{
		Entity: endpoints.Entity{ID: endpoints.NewID()}, AccountID: accountID, Type: endpoints.Attachment, FileName: name, ContentType: contentType,
	}
	if f.FileName == "" {
		f.FileName = "attachment"
	}
	if err := Announce(s.Blob, f.ID); err != nil {
		return endpoints.MessageFile{}, err
	}
	err := s.attach(ctx, f, r)
	if err != nil {
		if gone := s.Blob.Remove(f.ID); gone != nil && !errors.Is(gone, fs.ErrNotExist) {
			s.log().Warn("the bytes of a file that was not kept stay until the next start", zap.String("file", f.ID), zap.Error(gone))
			return endpoints.MessageFile{}, err
		}
	}
	if forgotten := forget(s.Blob, f.ID); forgotten != nil && err == nil {
		s.log().Warn("a note about a file stays until the next start", zap.String("file", f.ID), zap.Error(forgotten))
	}
	if err != nil {
		return endpoints.MessageFile{}, err
	}
	return endpoints.MessageFile{FileID: f.ID, Name: f.FileName, ContentType: f.ContentType, Fresh: true}, nil
}

// attach writes the bytes, and then the row.
func (s *Switchboard) attach(ctx context.Context, f *endpoints.File, r io.Reader) error {
	w, err := s.Blob.Create(f.ID)
	if err != nil {
		return err
	}
	defer w.Close() // without Commit it throws all away
	n, err := io.Copy(w, io.LimitReader(r, endpoints.MaxFileBytes+1))
	if err != nil {
		return err
	}
	if n > endpoints.MaxFileBytes {
		return &endpoints.Invalid{Field: "files", Text: fmt.Sprintf("%.64q has more than %d bytes", f.FileName, endpoints.MaxFileBytes)}
	}
	if f.ContentLength, err = w.Commit(); err != nil {
		return err
	}
	return s.Store.PutFile(ctx, f)
}

// Receipt implements endpoints.Inbox.
func (s *Switchboard) Receipt(ctx context.Context, c endpoints.Channel, endpointID, remoteID string, state endpoints.MessageState, why string) error {
	return s.Store.MessageReceipt(ctx, c, endpointID, remoteID, state, why)
}

// Remote implements endpoints.Inbox. A message that was deleted meanwhile needs no name.
func (s *Switchboard) Remote(ctx context.Context, messageID, remoteID string, segments int) error {
	err := s.Store.RemoteMessage(ctx, messageID, remoteID, segments)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

var _ endpoints.Inbox = (*Switchboard)(nil)
