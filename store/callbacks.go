package store

import (
	"context"
	"encoding/json"

	"github.com/uptrace/bun"

	"ringflow/endpoints"
	"ringflow/session"
)

// callbackRow is whom one session is told to. It comes with the session's first row, and
// goes with it.
type callbackRow struct {
	bun.BaseModel `bun:"table:session_callbacks,alias:cb"`
	SessionID     string `bun:"session_id,pk"`
	URL           string `bun:"url"`
	Events        string `bun:"events"` // JSON
	Secret        string `bun:"secret"` // sealed
}

func callbackSeal(sessionID string) string { return "session_callbacks/" + sessionID }

// putCallbacks keeps those of new sessions.
func (s *Store) putCallbacks(ctx context.Context, tx bun.Tx, changes []session.Change) error {
	for _, c := range changes {
		if !c.New || c.Record.Callback == nil {
			continue
		}
		id, to := c.Record.ID, c.Record.Callback
		row := &callbackRow{SessionID: id, URL: to.URL, Events: text(to.Events), Secret: s.seal.close(callbackSeal(id), to.Secret)}
		if _, err := tx.NewInsert().Model(row).On("CONFLICT (session_id) DO NOTHING").Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// recall gives sessions that are read from the database their callbacks, without what
// those are signed by.
func (s *Store) recall(ctx context.Context, tx bun.Tx, changes []session.Change) error {
	byID := map[string]*session.Record{}
	var ids []string
	for _, c := range changes {
		byID[c.Record.ID] = c.Record
		ids = append(ids, c.Record.ID)
	}
	for len(ids) > 0 {
		part := ids[:min(len(ids), rowsPerStatement)]
		ids = ids[len(part):]
		var rows []*callbackRow
		if err := tx.NewSelect().Model(&rows).Where("session_id IN (?)", bun.In(part)).Scan(ctx); err != nil {
			return err
		}
		for _, r := range rows {
			to := &endpoints.Callback{URL: r.URL}
			if err := fromText("events of the callback of session "+r.SessionID, r.Events, &to.Events); err != nil {
				return err
			}
			byID[r.SessionID].Callback = to
		}
	}
	return nil
}

// CallbackSecret is what the callback of a session is signed by; fs.ErrNotExist if it
// has none.
func (s *Store) CallbackSecret(ctx context.Context, sessionID string) (string, error) {
	var r callbackRow
	if err := s.r.NewSelect().Model(&r).Where("session_id = ?", sessionID).Scan(ctx); err != nil {
		return "", one(err, "callback of session", sessionID)
	}
	return s.seal.open(callbackSeal(sessionID), r.Secret)
}

// callbackTold is a session as its callback is told of it.
type callbackTold struct {
	sessionTold
	Machine string `json:"machineDetection,omitempty"`
}

// callbackMessages are what changes of sessions tell their callbacks. Some may have been
// told before.
func callbackMessages(changes []session.Change) (all []*endpoints.Outbound, err error) {
	for _, c := range changes {
		r := c.Record
		if c.Same || r.Callback == nil {
			continue
		}
		data, err := json.Marshal(callbackTold{newSessionTold(r), r.Machine})
		if err != nil {
			return nil, err
		}
		for _, e := range callEvents(r) {
			if e.late() || !r.Callback.Wants(e.kind) {
				continue
			}
			e.data = json.RawMessage(data)
			m, err := event(endpoints.CallbackFrom+r.ID, r.Callback.URL, e)
			if err != nil {
				return nil, err
			}
			all = append(all, m)
		}
	}
	return all, nil
}
