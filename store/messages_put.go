package store

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"github.com/uptrace/bun"

	"ringflow/endpoints"
	"ringflow/session"
)

// ReceiveMessage keeps an incoming message for good: of one endpoint, channel and key
// there is one, and fresh is false for the same again. It belongs to the open chat of its
// endpoint and address; is none open, one is opened with what open says, unless open is
// nil or a machine wrote the message: then no flow will run. m gets its id, date and session.
func (s *Store) ReceiveMessage(ctx context.Context, m *endpoints.Message, open *session.Opening) (fresh bool, err error) {
	m.Direction, m.State, m.ID = endpoints.MessageIn, endpoints.MessageReceived, ""
	if err := m.Validate(); err != nil {
		return false, err
	}
	told := false
	receive := func(ctx context.Context, tx bun.Tx) error {
		next := *m
		next.Entity = endpoints.Entity{CreatedBy: m.CreatedBy}
		fresh, told = false, false
		if err := s.endpointExists(ctx, tx, m.EndpointID, m.AccountID); err != nil {
			return err
		}
		stamp(&next.Entity, nil)
		if next.Date.IsZero() {
			next.Date = next.DateCreated
		}
		chat, err := s.chatOf(ctx, tx, &next, false)
		if err != nil {
			return err
		}
		if there, err := s.sameMessage(ctx, tx, m); err != nil { // with the chat held: nobody else keeps it meanwhile
			return err
		} else if there != nil {
			m.ID, m.SessionID = there.ID, there.SessionID
			return nil
		}
		runs := !m.Auto && (open != nil || chat.SessionID != "")
		if runs && chat.SessionID == "" {
			if told, err = s.openChat(ctx, tx, chat, open); err != nil {
				return err
			}
		}
		next.SessionID, next.Unread = chat.SessionID, true
		row := s.messageRow(&next)
		if row.Waits = runs; runs {
			chat.Pending++
			chat.Due = row.Created
		}
		if !m.Auto {
			chat.Channel = row.Channel
			chat.Route = s.seal.close("chats/"+chat.ID+"/route", string(m.Route))
			if m.OtherName != "" {
				chat.OtherName = row.OtherName
			}
		}
		if err := s.addMessage(ctx, tx, chat, row); err != nil {
			return err
		}
		if len(m.Files) > 0 && next.SessionID != "" {
			if err := fileUnder(ctx, tx, m.Files, next.AccountID, next.SessionID); err != nil {
				return err
			}
		}
		some, err := s.tellMessages(ctx, tx, &next)
		if err != nil {
			return err
		}
		fresh, told, *m = true, told || some, next
		return putChat(ctx, s, tx, chat)
	}
	err = s.againIfTaken(ctx, receive)
	if err == nil && told {
		s.wakeOutbox()
	}
	return fresh, err
}

// PutMessage keeps an outgoing message, and out, which carries it, in the outbox: both
// or none. One with the key of another of its endpoint and channel is that one, and
// nothing happens. Without out the message is where it should be already.
func (s *Store) PutMessage(ctx context.Context, m *endpoints.Message, out *endpoints.Outbound) (fresh bool, err error) {
	m.Direction = endpoints.MessageOut
	put := func(ctx context.Context, tx bun.Tx) error {
		fresh = false
		next, o := *m, out
		next.Entity = endpoints.Entity{ID: m.ID, CreatedBy: m.CreatedBy}
		if o != nil {
			c := *out
			o = &c
		}
		if there, err := s.sameMessage(ctx, tx, m); err != nil {
			return err
		} else if there != nil {
			m.ID, m.SessionID = there.ID, there.SessionID
			return nil
		}
		next.Direction = endpoints.MessageOut
		if err := s.putOut(ctx, tx, &next, o, written{}); err != nil {
			return err
		}
		fresh, *m = true, next
		if out != nil {
			*out = *o
		}
		return nil
	}
	err = s.againIfTaken(ctx, put)
	if err == nil && fresh {
		s.messageChanged(m)
	}
	return fresh, err
}

// againIfTaken is together for what begins a conversation: another connection may have begun it in the
// same moment, and then it is there the next time.
func (s *Store) againIfTaken(ctx context.Context, f func(context.Context, bun.Tx) error) error {
	err := s.together(ctx, f)
	for range 5 {
		if !errors.Is(err, fs.ErrExist) {
			break
		}
		err = s.together(ctx, f)
	}
	return err
}

// written is what a message is written with.
type written struct {
	at      *chatRow // its chat, if that is at hand: then who has it writes it
	several bool     // messages of other chats, too, see chatOf
	room    string   // see session.OutMessage
}

// putOut writes an outgoing message, and what carries it.
func (s *Store) putOut(ctx context.Context, tx bun.Tx, m *endpoints.Message, out *endpoints.Outbound, with written) error {
	if err := m.Validate(); err != nil {
		return err
	}
	if err := s.endpointExists(ctx, tx, m.EndpointID, m.AccountID); err != nil {
		return err
	}
	stamp(&m.Entity, nil)
	if m.Date.IsZero() {
		m.Date = m.DateCreated
	}
	switch m.State = endpoints.MessageSent; {
	case m.Direction == endpoints.MessageIn:
		m.State, m.Unread = endpoints.MessageReceived, true
	case out != nil:
		m.State = endpoints.MessageQueued
	}
	chat, own, room := with.at, with.at == nil, with.room
	if own {
		var err error
		if chat, err = s.chatOf(ctx, tx, m, with.several); err != nil {
			return err
		}
	}
	if room != "" {
		if chat.RoomID = room; chat.SessionID == "" {
			chat.SessionID = m.SessionID
			if own {
				chat.Claim, chat.ClaimUntil = "", 0 // see openChat
			}
		}
	}
	if m.SessionID == "" {
		m.SessionID = chat.SessionID
	}
	row := s.messageRow(m)
	if err := s.addMessage(ctx, tx, chat, row); err != nil {
		return err
	}
	if _, err := s.tellMessages(ctx, tx, m); err != nil {
		return err
	}
	if out != nil {
		out.MessageID, out.Lane, out.LaneSeq = m.ID, chat.ID, row.Seq
		if out.Channel == "" {
			out.Channel = m.Channel
		}
		if out.AccountID = m.AccountID; out.Key == "" {
			out.Key = "message/" + m.ID
		}
		if err := out.Validate(); err != nil {
			return err
		}
		stamp(&out.Entity, nil)
		out.State, out.Tries, out.Begun, out.Next = endpoints.OutQueued, 0, out.DateCreated, out.DateCreated
		if err := insert(ctx, s, tx, s.outboundRow(out)); err != nil {
			return err
		}
	}
	if !own {
		return nil
	}
	return putChat(ctx, s, tx, chat)
}

// endpointExists checks whose a message is: mustExist.
func (s *Store) endpointExists(ctx context.Context, tx bun.Tx, id, account string) error {
	var there []string
	if err := s.read(ctx, tx, &there, endpointOf, id, account); err != nil || len(there) > 0 {
		return err
	}
	return invalid("endpointId", "there is no %.64q", id)
}

// sameMessage is the message that m is again; nil: there is none.
func (s *Store) sameMessage(ctx context.Context, tx bun.Tx, m *endpoints.Message) (*messageRow, error) {
	if m.Key == "" && m.ID == "" {
		return nil, nil
	}
	var there []*messageRow
	var err error
	if m.Key == "" {
		err = s.read(ctx, tx, &there, messageKnown, m.ID)
	} else {
		err = s.read(ctx, tx, &there, messageByKey, m.EndpointID, string(m.Channel), m.Direction, m.Key)
	}
	if err != nil || len(there) == 0 {
		return nil, err
	}
	return there[0], nil
}

// sameMoment is how close two messages of a chat are whose times may not tell their order.
const sameMoment = 1000 // µs

// addMessage writes row as the next of its chat, which putChat writes afterwards. Its time is
// after that of the one before it, which lists by time go by.
func (s *Store) addMessage(ctx context.Context, tx bun.Tx, chat *chatRow, row *messageRow) error {
	chat.Seq++
	if before := chat.LastDate; row.Created <= before && before-row.Created < sameMoment {
		if row.Date == row.Created { // else its sender dated it
			row.Date = before + 1
		}
		row.Created = before + 1
		row.Modified = max(row.Modified, row.Created)
	}
	row.ChatID, row.Seq = chat.ID, chat.Seq
	chat.LastMessage, chat.LastDate = row.ID, max(row.Created, chat.LastDate)
	return insert(ctx, s, tx, row)
}

// fileUnder lets files go with a session, as its recordings do.
func fileUnder(ctx context.Context, tx bun.Tx, files []endpoints.MessageFile, account, sessionID string) error {
	ids := make([]string, len(files))
	for i, f := range files {
		ids[i] = f.FileID
	}
	_, err := tx.NewUpdate().TableExpr("files").Set("session_id = ?", sessionID).Set("modified = ?", micros(time.Now())).
		Where("id IN (?) AND account_id = ? AND session_id = ''", bun.In(ids), account).Exec(ctx)
	return err
}
