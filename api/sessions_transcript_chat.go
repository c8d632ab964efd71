package api

import (
	"slices"
	"time"

	"ringflow/endpoints"
	"ringflow/session"
)

const (
	historicalMonths = 6
	// maxTranscript bounds the messages of one transcript: the latest are shown.
	maxTranscript = 1_000
)

// cutOff is since when earlier things are shown: six months back at most.
func (q *GetTranscript) cutOff() time.Time {
	oldest := time.Now().AddDate(0, -historicalMonths, 0)
	if q.HistoricalCutOffDate.After(oldest) {
		return q.HistoricalCutOffDate
	}
	return oldest
}

// chatTranscript shows what was written in a chat, and if asked for earlier on between the
// same endpoint and party.
func (s *Server) chatTranscript(r *Request, rec *session.Record, q *GetTranscript) (*TranscriptInfo, error) {
	ctx := r.Context()
	newest := endpoints.List{CountPerPage: maxTranscript, Simplified: true, SortField: "date", SortOrder: endpoints.Descend}
	messages, _, err := s.Store.Messages(ctx, endpoints.MessageFilter{List: newest, AccountIDs: []string{rec.AccountID}, SessionIDs: []string{rec.ID}})
	if err != nil {
		return nil, err
	}
	own, confined := r.Who.ownEndpoint() // of who was invited, earlier chats of others are none
	if other := otherParty(rec); q.IncludeHistorical && other != "" && (!confined || rec.EndpointID == own) {
		earlier, _, err := s.Store.Messages(ctx, endpoints.MessageFilter{
			List: newest, AccountIDs: []string{rec.AccountID}, ConversationIDs: []string{endpoints.ConversationID(rec.EndpointID, other)}, After: q.cutOff(),
		})
		if err != nil {
			return nil, err
		}
		for _, m := range earlier {
			if m.SessionID != rec.ID && m.Date.Before(rec.Started) {
				messages = append(messages, m)
			}
		}
	}
	slices.SortStableFunc(messages, func(a, b *endpoints.Message) int { return a.Date.Compare(b.Date) })
	out := &TranscriptInfo{SessionId: rec.ID, Lines: []TranscriptLineInfo{}}
	for _, m := range messages {
		out.Lines = append(out.Lines, s.messageLines(m)...)
	}
	return out, nil
}

// messageLines are a message: a line, and one for each further file.
func (s *Server) messageLines(m *endpoints.Message) []TranscriptLineInfo {
	line := TranscriptLineInfo{SessionId: m.SessionID, Date: m.Date, Kind: "Message", MessageId: m.ID, From: m.Sender, Text: m.Text, Body: m.Text}
	out := []TranscriptLineInfo{line}
	for i, f := range m.Files {
		if i > 0 {
			line.Text, line.Body = "", ""
			out = append(out, line)
		}
		at := &out[len(out)-1]
		at.FileId, at.MediaUri, at.MediaContentType = f.FileID, s.fileURI(f.FileID), f.ContentType
	}
	return out
}
