package api

import (
	"context"
	"slices"
	"time"

	"ringflow/endpoints"
	"ringflow/flow"
	"ringflow/session"
	"ringflow/store"
)

// maxHistorical bounds the earlier sessions of a transcript.
const maxHistorical = 20

// getTranscript shows the messages of a chat, and of others the log with what was said in its recordings, and if asked
// for those of earlier sessions with the same party.
func (s *Server) getTranscript(r *Request, q *GetTranscript) (*TranscriptInfo, error) {
	ctx, rec := r.Context(), r.found.record
	if rec.Channel == string(flow.Chat) {
		return s.chatTranscript(r, rec, q)
	}
	records := []*session.Record{rec}
	if other := otherParty(rec); q.IncludeHistorical && other != "" {
		f := store.RecordFilter{
			List: endpoints.List{CountPerPage: maxHistorical, Simplified: true, SortField: "dateCreated", SortOrder: endpoints.Descend}, AccountIDs: []string{rec.AccountID},
			Start: q.cutOff(), End: rec.Started,
		}
		if rec.Direction == session.Outgoing {
			f.To = other
		} else {
			f.From = other
		}
		if own, confined := r.Who.ownEndpoint(); confined {
			f.PartOf = own
		}
		earlier, _, err := s.Store.Records(ctx, f)
		if err != nil {
			return nil, err
		}
		for _, e := range earlier {
			if e.ID != rec.ID && otherParty(e) == other {
				records = append(records, e)
			}
		}
	}
	out := &TranscriptInfo{SessionId: rec.ID, Lines: []TranscriptLineInfo{}}
	for _, rec := range records {
		lines, err := s.saidIn(ctx, rec)
		if err != nil {
			return nil, err
		}
		out.Lines = append(out.Lines, lines...)
	}
	slices.SortStableFunc(out.Lines, func(a, b TranscriptLineInfo) int { return a.Date.Compare(b.Date) })
	return out, nil
}

// otherParty is who of a session isn't us.
func otherParty(rec *session.Record) string {
	if rec.Direction == session.Outgoing {
		return rec.ToAddress
	}
	return rec.FromAddress
}

func (s *Server) saidIn(ctx context.Context, rec *session.Record) ([]TranscriptLineInfo, error) {
	var out []TranscriptLineInfo
	for _, l := range rec.Log {
		out = append(out, TranscriptLineInfo{SessionId: rec.ID, Date: l.Date, Kind: "Log", Text: l.Message})
	}
	files, _, err := s.Store.Files(ctx, endpoints.FileFilter{List: endpoints.List{All: true}, AccountIDs: []string{rec.AccountID}, SessionID: rec.ID})
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		if f.Transcription == "" {
			continue
		}
		kind := TranscriptKinds("Recording")
		if f.Type == endpoints.VoiceMessage {
			kind = "VoiceMessage"
		}
		out = append(out, TranscriptLineInfo{SessionId: rec.ID, Date: f.DateCreated.Add(-f.RecordingDuration).Truncate(time.Millisecond), Kind: kind, FileId: f.ID, Text: f.Transcription})
	}
	return out, nil
}
