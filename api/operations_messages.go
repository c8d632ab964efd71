package api

import "ringflow/endpoints"

// messagesOperations are the calls of texts, mails and posts.
func messagesOperations() []*Operation {
	return []*Operation{
		op((*Server).listMessages, Operation{Summary: "List messages, the newest first; a phone user sees those of its endpoint.", Scope: accountList(), Routes: []string{"GET /messages"}}),
		op((*Server).getMessage, Operation{Summary: "Show a message.", Scope: oneMessage(), Routes: []string{"GET /messages/{messageId}"}}),
		op((*Server).sendMessage, Operation{Summary: "Write to the other party of a chat, or from an endpoint to an address; see [Messages](#in-short).", Roles: readers, Scope: sessionOrEndpoint(), Routes: []string{"POST /sessions/{sessionId}/messages", "ALL /messages"}}),
		op((*Server).patchMessage, Operation{Summary: "Note whether somebody has looked at a message.", Roles: readers, Scope: oneMessage(), Routes: []string{"PATCH /messages/{messageId}"}}),
		void((*Server).deleteMessage, Operation{Summary: "Take out of a message what it says, and its files; one that waits to be sent isn't sent. That there was one stays.", Roles: staff, Needs: endpoints.ScopeConfigure, Scope: oneMessage(), Routes: []string{"DELETE /messages/{messageId}"}}),
		op((*Server).listConversations, Operation{Summary: "List conversations, the latest first, each with its last message.", Scope: accountList(), Routes: []string{"GET /conversations"}}),
		op((*Server).getConversation, Operation{Summary: "Show a conversation, with its last message.", Scope: oneConversation(), Routes: []string{"GET /conversations/{conversationId}"}}),
		op((*Server).patchConversation, Operation{Summary: "Mark all messages of a conversation as read.", Roles: readers, Scope: oneConversation(), Routes: []string{"PATCH /conversations/{conversationId}"}}),
		void((*Server).sendEndpointMessage, Operation{Summary: "Write to an endpoint as a visitor of a web chat, where webChat of the endpoint allows it.", Anonymous: true, Needs: endpoints.ScopeCalls, Scope: noAccount(), Limit: 16 << 10, Routes: []string{"ALL /chat/endpoint/message"}}),
		op((*Server).listTextStops, Operation{Summary: "List who wants no texts of a phone number.", Roles: staff, Scope: oneEndpoint(), Routes: []string{"GET /endpoints/{endpointId}/text-stops"}}),
		op((*Server).newTextStop, Operation{Summary: "Send no more texts from a phone number to an address.", Roles: staff, Scope: oneEndpoint(), Routes: []string{"POST /endpoints/{endpointId}/text-stops"}}),
		void((*Server).deleteTextStop, Operation{Summary: "Send texts from a phone number to an address again.", Roles: staff, Needs: endpoints.ScopeConfigure, Scope: oneEndpoint(), Routes: []string{"DELETE /endpoints/{endpointId}/text-stops/{address}"}}),
	}
}
