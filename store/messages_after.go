package store

import (
	"context"

	"ringflow/endpoints"
)

// MessagesAfter are the messages between an endpoint and an address after the seq-th, most of
// them at the most, in their order, and the seq of the last: who asks again with it misses
// none and gets none twice, for those that write into a chat take turns.
func (s *Store) MessagesAfter(ctx context.Context, endpointID, otherAddress string, seq int64, most int) (all []*endpoints.Message, last int64, err error) {
	var rows []*messageRow
	chat := s.r.NewSelect().TableExpr("chats").Column("id").Where("endpoint_id = ? AND other_address = ?", endpointID, otherAddress)
	if err := s.r.NewSelect().Model(&rows).Where("chat_id = (?) AND seq > ?", chat, seq).Order("seq").Limit(int64(most)).Scan(ctx); err != nil {
		return nil, seq, err
	}
	for _, r := range rows {
		seq = r.Seq
	}
	all, err = s.readable(rows)
	return all, seq, err
}

// HasTalked tells whether an endpoint and an address have ever exchanged a message.
func (s *Store) HasTalked(ctx context.Context, endpointID, otherAddress string) (bool, error) {
	return s.r.NewSelect().TableExpr("chats").ColumnExpr("1").Where("endpoint_id = ? AND other_address = ?", endpointID, otherAddress).Exists(ctx)
}
