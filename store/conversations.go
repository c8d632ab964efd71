package store

import (
	"context"
	"strings"

	"github.com/uptrace/bun"

	"ringflow/endpoints"
)

// A conversation is a row of chats: there is one for each endpoint and address that
// have ever written, whether a session of theirs is open or not.

// ofConversations keeps rows of these conversations; none let all pass.
func ofConversations(q *bun.SelectQuery, ids []string) {
	if len(ids) == 0 {
		return
	}
	if len(ids) > maxIDs {
		ids = ids[:maxIDs]
	}
	q.WhereGroup(" AND ", func(q *bun.SelectQuery) *bun.SelectQuery {
		for _, id := range ids {
			endpoint, address, _ := strings.Cut(id, ".")
			q.WhereOr("?TableAlias.endpoint_id = ? AND ?TableAlias.other_address = ?", endpoint, address)
		}
		return q
	})
}

var conversationSorting = sorting{
	"id": {name: "id"}, "dateCreated": {name: "created"}, "date": {name: "last_date"}, "otherAddress": {name: "other_address", text: true}, "endpointId": {name: "endpoint_id"},
}

// Conversations lists what endpoints and others have exchanged, the latest first unless
// something else is wanted, each with its last message.
func (s *Store) Conversations(ctx context.Context, f endpoints.ConversationFilter) ([]*endpoints.Conversation, int, error) {
	var rows []*chatRow
	q := s.r.NewSelect().Model(&rows).ExcludeColumn("body", "route").Where("last_message <> ''")
	in(q, "account_id", f.AccountIDs)
	below(q, "customer_id", f.CustomerIDs, false)
	in(q, "endpoint_id", f.EndpointIDs)
	ofConversations(q, f.IDs)
	s.contains(q, f.OtherAddress, "other_address", "other_name")
	if f.UnreadOnly {
		q.Where("EXISTS (SELECT 1 FROM messages AS m WHERE m.chat_id = c.id AND m.unread)")
	}
	if !f.After.IsZero() {
		q.Where("last_date > ?", micros(f.After))
	}
	if f.SortField == "" {
		f.SortField = "date"
		if f.SortOrder == "" {
			f.SortOrder = endpoints.Descend
		}
	}
	total, err := s.page(ctx, q, f.List, conversationSorting)
	if err != nil || len(rows) == 0 {
		return nil, total, err
	}
	out, err := s.conversations(ctx, rows)
	return out, total, err
}

// conversations adds to rows the last message of each, and how many are unread.
func (s *Store) conversations(ctx context.Context, rows []*chatRow) ([]*endpoints.Conversation, error) {
	var chats, last []string
	for _, r := range rows {
		chats, last = append(chats, r.ID), append(last, r.LastMessage)
	}
	var messages []*messageRow
	if err := s.r.NewSelect().Model(&messages).Where("id IN (?)", bun.In(last)).Scan(ctx); err != nil {
		return nil, err
	}
	latest := map[string]*endpoints.Message{}
	readable, err := s.readable(messages)
	if err != nil {
		return nil, err
	}
	for _, m := range readable {
		latest[m.ID] = m
	}
	var counts []struct {
		ChatID string `bun:"chat_id"`
		N      int    `bun:"n"`
	}
	err = s.r.NewSelect().TableExpr("messages").ColumnExpr("chat_id, count(*) AS n").Where("chat_id IN (?) AND unread", bun.In(chats)).GroupExpr("chat_id").Scan(ctx, &counts)
	if err != nil {
		return nil, err
	}
	unread := map[string]int{}
	for _, c := range counts {
		unread[c.ChatID] = c.N
	}
	out := make([]*endpoints.Conversation, len(rows))
	for i, r := range rows {
		out[i] = &endpoints.Conversation{
			ID: endpoints.ConversationID(r.EndpointID, r.OtherAddress), AccountID: r.AccountID, CustomerID: r.CustomerID, EndpointID: r.EndpointID,
			OtherAddress: r.OtherAddress, OtherName: r.OtherName, SessionID: r.SessionID, RoomID: r.RoomID, Unread: unread[r.ID], Latest: latest[r.LastMessage],
			Revision: r.Revision,
		}
	}
	return out, nil
}
