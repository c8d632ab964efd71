package api

// sessionsOperations are the calls of calls.
func sessionsOperations() []*Operation {
	return []*Operation{
		op((*Server).newOutgoingSession, Operation{Summary: "Call a number and run a flow once it is answered.", Roles: managers, Scope: oneFlow(), Routes: []string{"POST /sessions/outgoing"}}),
		op((*Server).listSessions, Operation{Summary: "List calls, with their logs.", Scope: accountList(), Routes: []string{"GET /sessions"}}),
		op((*Server).getSession, Operation{Summary: "Show a call, with its log, legs and recordings.", Scope: oneSession(), Routes: []string{"GET /sessions/{sessionId}"}}),
		void((*Server).endSession, Operation{Summary: "Hang a call up.", Roles: talkers, Scope: oneSession(), Routes: []string{"DELETE /sessions/{sessionId}"}}),
		void((*Server).monitorSession, Operation{Summary: "Ring a user and let him listen to the talk of a live call, whisper to the account's own user or speak to both; for one who does already, change how.", Roles: staff, Scope: oneSession(), Routes: []string{"POST /sessions/{sessionId}/monitor"}}),
		void((*Server).deleteSessions, Operation{Summary: "Delete an account's calls of a time.", Roles: managers, Scope: accountOfNew(), Routes: []string{"DELETE /sessions"}}),
		op((*Server).watchSession, Operation{Summary: "Stream a call's log as it is written (server-sent events).", Scope: oneSession(), Media: "text/event-stream", Routes: []string{"GET /sessions/{sessionId}/events"}}),
		op((*Server).activeSessions, Operation{Summary: "List the live calls of the user's endpoint.", Roles: users, Scope: noAccount(), Routes: []string{"GET /sessions/active"}}),
		op((*Server).mySessions, Operation{Summary: "List the latest calls of the user's endpoint.", Roles: users, Scope: noAccount(), Routes: []string{"GET /sessions/my"}}),
		op((*Server).activeCalls, Operation{Summary: "List the live calls.", Roles: watchers, Scope: accountList(), Routes: []string{"GET /calls/active"}}),
	}
}
