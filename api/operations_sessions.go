package api

// sessionsOperations are the calls of calls.
func sessionsOperations() []*Operation {
	return []*Operation{
		op((*Server).newOutgoingSession, Operation{Summary: "Call a number and run a flow once it is answered.", Roles: managers, Scope: liveFlow(), Routes: []string{"POST /sessions/outgoing"}}),
		op((*Server).listSessions, Operation{Summary: "List calls, with their logs.", Scope: accountList(), Routes: []string{"GET /sessions"}}),
		op((*Server).getSession, Operation{Summary: "Show a call, with its log, legs and recordings.", Scope: oneSession(), Routes: []string{"GET /sessions/{sessionId}"}}),
		void((*Server).endSession, Operation{Summary: "Hang a call up.", Roles: talkers, Scope: oneSession(), Routes: []string{"DELETE /sessions/{sessionId}"}}),
		void((*Server).monitorSession, Operation{Summary: "Ring a user and let him listen to the talk of a live call, whisper to the account's own user or speak to both; for one who does already, change how.", Roles: staff, Scope: oneSession(), Routes: []string{"POST /sessions/{sessionId}/monitor"}}),
		void((*Server).deleteSessions, Operation{Summary: "Delete an account's calls of a time.", Roles: managers, Scope: accountOfNew(), Routes: []string{"DELETE /sessions"}}),
		op((*Server).watchSession, Operation{Summary: "Stream a call's log as it is written (server-sent events).", Scope: oneSession(), Media: "text/event-stream", Routes: []string{"GET /sessions/{sessionId}/events"}}),
		op((*Server).newSession, Operation{Summary: "Call for a user: his own phone rings first, and when he answers his flow runs as if he had dialled the destination there. With channel Chat, open a chat of the user with the destination.", Roles: users, Scope: noAccount(), Routes: []string{"POST /sessions"}}),
		op((*Server).patchSession, Operation{Summary: "Set a live call's console data and hold reason; hold it, take it back or hang it up by its state.", Scope: oneSession(), Routes: []string{"PATCH /sessions/{sessionId}"}}),
		op((*Server).holdSession, Operation{Summary: "Put the other party of a talk on hold, with music; hold=false takes it back.", Roles: talkers, Scope: oneSession(), Routes: []string{"POST /sessions/{sessionId}/hold"}}),
		void((*Server).redirectSession, Operation{Summary: "Take the caller from where it is to another destination, with the rights of who asks.", Roles: talkers, Scope: oneSession(), Routes: []string{"POST /sessions/{sessionId}/redirect"}}),
		op((*Server).rejectSession, Operation{Summary: "Decline a call that rings: a user for his own phones, others for the caller.", Roles: talkers, Scope: oneSession(), Routes: []string{"POST /sessions/{sessionId}/reject"}}),
		op((*Server).recordSession, Operation{Summary: "Begin a recording of a talk; record=false ends and keeps it.", Roles: talkers, Scope: oneSession(), Routes: []string{"POST /sessions/{sessionId}/record"}}),
		op((*Server).addSessionLog, Operation{Summary: "Write a line into a session's log, also when it is over.", Roles: talkers, Scope: oneSession(), Routes: []string{"POST /sessions/{sessionId}/log"}}),
		op((*Server).newConference, Operation{Summary: "Make a conference of a talk of two.", Scope: oneSession(), Routes: []string{"POST /sessions/{sessionId}/conference"}}),
		op((*Server).addConferenceMember, Operation{Summary: "Ring somebody and let him take part in a talk, which becomes a conference. callSid, if given, is the leg (of members) of whom it is for: a user's own, anybody's for those who manage the account.", Scope: oneSession(), Routes: []string{"POST /sessions/{sessionId}/conference/members"}}),
		op((*Server).patchConferenceMember, Operation{Summary: "Hold or mute one of those who talk.", Scope: oneSession(), Routes: []string{"PATCH /sessions/{sessionId}/conference/members/{callSid}"}}),
		void((*Server).deleteConferenceMember, Operation{Summary: "Hang up on one of those who talk.", Roles: talkers, Scope: oneSession(), Routes: []string{"DELETE /sessions/{sessionId}/conference/members/{callSid}"}}),
		op((*Server).inviteChatMember, Operation{Summary: "Let a user or a cell phone take part in a chat; from then on its flow is bypassed.", Scope: oneSession(), Routes: []string{"POST /sessions/{sessionId}/members"}}),
		void((*Server).deleteChatMember, Operation{Summary: "Take somebody out of a chat.", Scope: oneSession(), Routes: []string{"DELETE /sessions/{sessionId}/members/{memberId}"}}),
		op((*Server).getTranscript, Operation{Summary: "Show the messages of a chat, or a call's log with what was said in its recordings; includeHistorical adds what was said with the same party in the last six months.", Scope: oneSession(), Routes: []string{"GET /sessions/{sessionId}/transcript"}}),
		op((*Server).redactSession, Operation{Summary: "Take numbers, names, log and recordings out of a session that is over; what it counts for stays.", Roles: managers, Scope: oneSession(), Routes: []string{"POST /sessions/{sessionId}/redact"}}),
		op((*Server).activeSessions, Operation{Summary: "List the live calls of the user's endpoint.", Roles: users, Scope: noAccount(), Routes: []string{"GET /sessions/active"}}),
		op((*Server).mySessions, Operation{Summary: "List the latest calls of the user's endpoint.", Roles: users, Scope: noAccount(), Routes: []string{"GET /sessions/my"}}),
		op((*Server).listCalls, Operation{Summary: "List an account's calls of some days, one for each leg, 10,000 at most.", Roles: managers, Scope: accountOfNew(), Routes: []string{"GET /billing/calls"}}),
		op((*Server).activeCalls, Operation{Summary: "List the live calls.", Roles: watchers, Scope: accountList(), Routes: []string{"GET /calls/active"}}),
	}
}
