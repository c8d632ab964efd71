package api

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"

	"ringflow/endpoints"
	"ringflow/session"
)

// maxConversations is how many a list gives at once: it has no total.
const maxConversations = 1_000

func (s *Server) listMessages(r *Request, q *ListMessages) (*ListResponse[MessageInfo], error) {
	list, err := q.list()
	if err != nil {
		return nil, err
	}
	list.Most = maxNotifications
	f := endpoints.MessageFilter{
		List: list, AccountIDs: q.AccountIds, CustomerIDs: q.CustomerIds, EndpointIDs: q.EndpointIds, ConversationIDs: q.ConversationIds,
		SessionIDs: q.SessionIds, After: q.AfterDate, Unread: q.IsUnread,
	}
	if !r.Who.ownEndpoints(&f.EndpointIDs) {
		return page[MessageInfo](&q.ListRequest, nil, 0), nil
	}
	all, total, err := s.Store.Messages(r.Context(), f)
	if err != nil {
		return nil, err
	}
	items, err := s.messageInfos(r.Context(), all)
	return page(&q.ListRequest, items, total), err
}

// ownEndpoints narrows a list to the endpoint of a phone user; false: nothing is left.
func (c *caller) ownEndpoints(ids *[]string) bool {
	own, confined := c.ownEndpoint()
	if !confined {
		return true
	}
	if own == "" || len(*ids) > 0 && !slices.Contains(*ids, own) {
		return false
	}
	*ids = []string{own}
	return true
}

func (s *Server) getMessage(r *Request, _ *GetMessage) (*MessageInfo, error) {
	return s.messageInfo(r.Context(), r.found.message)
}

func (s *Server) patchMessage(r *Request, q *PatchMessage) (*MessageInfo, error) {
	m := r.found.message
	if q.IsUnread != nil && *q.IsUnread != m.Unread {
		if m.Direction != endpoints.MessageIn {
			return nil, &endpoints.Invalid{Field: "isUnread", Text: "is of incoming messages only"}
		}
		if _, err := s.Store.MarkRead(r.Context(), []string{m.ID}, !*q.IsUnread); err != nil {
			return nil, err
		}
		now, err := s.Store.Message(r.Context(), m.ID)
		if err != nil {
			return nil, missing(err, "message", m.ID)
		}
		m = now
	}
	return s.messageInfo(r.Context(), m)
}

// deleteMessage takes out what a message says, and its files; that there was one stays.
func (s *Server) deleteMessage(r *Request, _ *DeleteMessage) error {
	return s.redactMessages(r.Context(), r.found.accountID, []*endpoints.Message{r.found.message})
}

// redactMessages makes an account's messages say nothing any more. What still waits to be sent isn't.
func (s *Server) redactMessages(ctx context.Context, accountID string, all []*endpoints.Message) error {
	for _, m := range all {
		var files []string
		for _, f := range m.Files {
			file, err := s.Store.File(ctx, f.FileID)
			if err == nil && file.Type == endpoints.Attachment && file.AccountID == accountID { // others are the account's own
				files = append(files, f.FileID)
			}
		}
		if err := s.Store.RedactMessage(ctx, m.ID); err != nil {
			return err
		}
		for _, id := range files {
			if err := session.Erase(ctx, s.Store, s.Blob, id, s.log()); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}

func (s *Server) listConversations(r *Request, q *ListConversations) (*ListConversationsResponse, error) {
	out := &ListConversationsResponse{Conversations: []ConversationInfo{}}
	list := ListRequest{Page: q.Page, CountPerPage: q.CountPerPage, SimplifiedPaging: true}
	if list.CountPerPage == 0 {
		list.CountPerPage = maxConversations
	}
	wanted, err := list.list()
	if err != nil {
		return nil, err
	}
	f := endpoints.ConversationFilter{
		List: wanted, AccountIDs: q.AccountIds, CustomerIDs: q.CustomerIds, EndpointIDs: q.EndpointIds, OtherAddress: q.OtherAddress, UnreadOnly: q.IsUnread, After: q.AfterDate,
	}
	if !r.Who.ownEndpoints(&f.EndpointIDs) {
		return out, nil
	}
	all, _, err := s.Store.Conversations(r.Context(), f)
	if err != nil {
		return nil, err
	}
	out.Conversations, err = s.conversationInfos(r.Context(), all)
	return out, err
}

// patchConversation marks what has come in a conversation as read.
func (s *Server) patchConversation(r *Request, q *PatchConversation) (*ConversationInfo, error) {
	c := r.found.conversation
	if q.IsUnread != nil && *q.IsUnread {
		return nil, &endpoints.Invalid{Field: "isUnread", Text: "can be set to false for a conversation, and to true for a message"}
	}
	if q.IsUnread != nil {
		if err := s.Store.ReadConversation(r.Context(), c.EndpointID, c.OtherAddress); err != nil {
			return nil, err
		}
	}
	c, err := s.Store.Conversation(r.Context(), c.EndpointID, c.OtherAddress)
	if err != nil {
		return nil, missing(err, "conversation", q.ConversationId)
	}
	return s.conversationInfo(r.Context(), c)
}

func (s *Server) getConversation(r *Request, _ *GetConversation) (*ConversationInfo, error) {
	return s.conversationInfo(r.Context(), r.found.conversation)
}

func (s *Server) conversationInfo(ctx context.Context, c *endpoints.Conversation) (*ConversationInfo, error) {
	infos, err := s.conversationInfos(ctx, []*endpoints.Conversation{c})
	if err != nil {
		return nil, err
	}
	return &infos[0], nil
}

// oneMessage is for a message named by its id; a phone user has only its endpoint's, and its own.
func oneMessage() scope {
	return scope{"message", func(s *Server, r *Request, in any) error {
		id := in.(interface{ message() string }).message()
		m, err := s.Store.Message(r.Context(), id)
		if err != nil || !r.Who.may(m.AccountID) {
			return missing(err, "message", id)
		}
		if own, confined := r.Who.ownEndpoint(); confined && (own == "" || m.EndpointID != own && m.SenderID != own) {
			return notFound("message", id)
		}
		r.found.message, r.found.accountID = m, m.AccountID
		return s.ofCaller(r, m.CustomerID, "message", id)
	}}
}

// oneConversation is for a conversation named by its id: the endpoint's, a dot, the address.
func oneConversation() scope {
	return scope{"conversation", func(s *Server, r *Request, in any) error {
		id := in.(interface{ conversation() string }).conversation()
		endpoint, address, _ := strings.Cut(id, ".")
		c, err := s.Store.Conversation(r.Context(), endpoint, address)
		if err != nil || !r.Who.may(c.AccountID) {
			return missing(err, "conversation", id)
		}
		if own, confined := r.Who.ownEndpoint(); confined && (own == "" || c.EndpointID != own) {
			return notFound("conversation", id)
		}
		r.found.conversation, r.found.accountID = c, c.AccountID
		return s.ofCaller(r, c.CustomerID, "conversation", id)
	}}
}
