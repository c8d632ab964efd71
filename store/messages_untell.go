package store

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"ringflow/endpoints"
)

// untell takes out of what webhooks were told, or are about to be, of messages what these said and
// who said it; with party also whom they were with. A webhook that was deleted has left behind
// what it was told.
func (s *Store) untell(ctx context.Context, tx bun.Tx, messages []string, party bool) error {
	for part := range slices.Chunk(messages, rowsPerStatement) {
		var told []*outboxRow
		if err := locked(tx, tx.NewSelect().Model(&told).Where("told_of <> '' AND told_of IN (?)", bun.In(part)).Order("id")).Scan(ctx); err != nil {
			return err
		}
		for _, o := range told {
			if err := s.untellOne(ctx, tx, o, party); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Store) untellOne(ctx context.Context, tx bun.Tx, o *outboxRow, party bool) error {
	body := "" // of what can't be read nothing is left
	var e endpoints.Event
	var data messageTold
	raw, err := s.seal.open("outbox/"+o.ID, o.Body)
	if err == nil && json.Unmarshal([]byte(raw), &e) == nil && json.Unmarshal(e.Data, &data) == nil {
		data.Text, data.Subject, data.Files, data.Sender, data.OtherName = "", "", nil, "", ""
		if party {
			data.OtherAddress, data.ConversationID = "", ""
		}
		e.Data = json.RawMessage(text(data))
		body = text(e)
	}
	_, err = tx.NewUpdate().TableExpr("outbox").Set("body = ?", s.seal.close("outbox/"+o.ID, body)).Set("modified = ?", micros(time.Now())).Where("id = ?", o.ID).Exec(ctx)
	return err
}
