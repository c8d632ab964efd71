package api

// messagesOperations are the calls of text messages.
func messagesOperations() []*Operation {
	return []*Operation{
		op((*Server).listMessages, Operation{Summary: "List text messages. There are none: this server exchanges none yet.", Scope: accountList(), Routes: []string{"GET /messages"}}),
		op((*Server).listConversations, Operation{Summary: "List conversations by text messages. There are none: this server exchanges none yet.", Scope: accountList(), Routes: []string{"GET /conversations"}}),
	}
}
