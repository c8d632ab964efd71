package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"ringflow/endpoints"
)

type textStopRow struct {
	bun.BaseModel `bun:"table:text_stops,alias:x"`
	ID            string `bun:"id,pk"`
	EndpointID    string `bun:"endpoint_id"`
	Address       string `bun:"address"`
	AccountID     string `bun:"account_id"`
	Stopped       int64  `bun:"stopped"`
	Word          string `bun:"word"`
}

// TextEndpoints are the numbers and trunks of the server that have a carrier of texts
// of these of their own; none named: any.
func (s *Store) TextEndpoints(ctx context.Context, carriers ...endpoints.TextCarrier) ([]*endpoints.Endpoint, error) {
	var rows []*endpointRow
	q := s.r.NewSelect().Model(&rows).Where("text_carrier <> ''").Order("created", "id")
	if len(carriers) > 0 {
		q.Where("text_carrier IN (?)", bun.In(carriers))
	}
	if err := q.Scan(ctx); err != nil {
		return nil, err
	}
	out := make([]*endpoints.Endpoint, len(rows))
	for i, r := range rows {
		var err error
		if out[i], err = s.endpoint(r); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// textTrunkExists checks the trunk that a number texts as.
func textTrunkExists(ctx context.Context, tx bun.Tx, e *endpoints.Endpoint) error {
	if e.Texts == nil || e.Texts.TrunkID == "" {
		return nil
	}
	ok, err := tx.NewSelect().TableExpr("endpoints").ColumnExpr("1").Where("id = ? AND account_id = ? AND kind = ?", e.Texts.TrunkID, e.AccountID, endpoints.SipTrunk).Exists(ctx)
	if err == nil && !ok {
		return invalid("texts.trunkId", "there is no trunk %s", e.Texts.TrunkID)
	}
	return err
}

// StopTexts notes that address wants no more texts of the number; false: it is noted already.
func (s *Store) StopTexts(ctx context.Context, stop endpoints.TextStop) (fresh bool, err error) {
	if err := stop.Validate(); err != nil {
		return false, err
	}
	row := &textStopRow{ID: endpoints.NewID(), EndpointID: stop.EndpointID, Address: stop.Address, AccountID: stop.AccountID, Stopped: micros(stop.Date), Word: stop.Word}
	if stop.Date.IsZero() {
		row.Stopped = micros(time.Now())
	}
	err = s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := mustExist(ctx, tx, "endpoints", "endpointId", stop.EndpointID, stop.AccountID); err != nil {
			return err
		}
		res, err := tx.NewInsert().Model(row).On("CONFLICT (endpoint_id, address) DO NOTHING").Exec(ctx)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		fresh = n > 0
		return err
	})
	return fresh, err
}

// StartTexts forgets that address wanted none; false: nothing was noted.
func (s *Store) StartTexts(ctx context.Context, endpointID, address string) (had bool, err error) {
	err = s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		res, err := tx.NewDelete().TableExpr("text_stops").Where("endpoint_id = ? AND address = ?", endpointID, address).Exec(ctx)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		had = n > 0
		return err
	})
	return had, err
}

// TextsStopped tells whether address wants no texts of the number.
func (s *Store) TextsStopped(ctx context.Context, endpointID, address string) (bool, error) {
	return s.has(ctx, anyTextStop, endpointID, address)
}

// TextStops lists who wants no texts, the latest first, and counts them.
func (s *Store) TextStops(ctx context.Context, f endpoints.TextStopFilter) ([]endpoints.TextStop, int, error) {
	var rows []*textStopRow
	q := s.r.NewSelect().Model(&rows)
	in(q, "account_id", f.AccountIDs)
	in(q, "endpoint_id", f.EndpointIDs)
	s.contains(q, f.Address, "address")
	if f.SortField == "" {
		f.SortField, f.SortOrder = "date", endpoints.Descend
	}
	total, err := s.page(ctx, q, f.List, sorting{"date": {name: "stopped"}, "address": {name: "address", text: true}, "id": {name: "id"}})
	if err != nil {
		return nil, 0, err
	}
	out := make([]endpoints.TextStop, len(rows))
	for i, r := range rows {
		out[i] = endpoints.TextStop{ID: r.ID, AccountID: r.AccountID, EndpointID: r.EndpointID, Address: r.Address, Word: r.Word, Date: fromMicros(r.Stopped)}
	}
	return out, total, nil
}

// KnowsText tells whether an incoming message of this key is kept already.
func (s *Store) KnowsText(ctx context.Context, endpointID string, c endpoints.Channel, key string) (bool, error) {
	return s.r.NewSelect().TableExpr("messages").ColumnExpr("1").Where("endpoint_id = ? AND channel = ? AND direction = ? AND message_key = ?", endpointID, c, endpoints.MessageIn, key).Exists(ctx)
}
