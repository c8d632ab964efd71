package api

// This server exchanges no text messages yet: neither by SIP nor by a carrier. What lists them
// answers that there are none, in the contract's shapes, so that consoles show empty pages
// instead of errors; what would send one is in outofscope.go, and says so.

func (s *Server) listMessages(_ *Request, q *ListMessages) (*ListResponse[MessageInfo], error) {
	if _, err := q.list(); err != nil {
		return nil, err
	}
	return page[MessageInfo](&q.ListRequest, nil, 0), nil
}

func (s *Server) listConversations(_ *Request, _ *ListConversations) (*ListConversationsResponse, error) {
	return &ListConversationsResponse{Conversations: []ConversationInfo{}}, nil
}
