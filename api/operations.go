package api

import "ringflow/endpoints"

// Who may: the contract's short forms.
var (
	managers = []endpoints.Role{endpoints.SystemAdministrator, endpoints.Manager}
	staff    = []endpoints.Role{endpoints.SystemAdministrator, endpoints.Manager, endpoints.CustomerRole}
	watchers = []endpoints.Role{endpoints.SystemAdministrator, endpoints.Manager, endpoints.CallCenterDashboard}
	talkers  = []endpoints.Role{endpoints.SystemAdministrator, endpoints.Manager, endpoints.UserRole}
	users    = []endpoints.Role{endpoints.UserRole}
	readers  = []endpoints.Role{endpoints.SystemAdministrator, endpoints.Manager, endpoints.CustomerRole, endpoints.UserRole}
)

// operations is the contract as far as it is served.
func operations() []*Operation {
	return []*Operation{
		op((*Server).authenticate, Operation{Summary: "Log in; cookies ss-id, ss-pid and ss-opt.", Anonymous: true, Scope: noAccount(),
			Routes: []string{"GET /auth", "POST /auth", "DELETE /auth", "GET /auth/{provider}", "POST /auth/{provider}", "DELETE /auth/{provider}"}}),
		op((*Server).authStatus, Operation{Summary: "Who is logged in.", Anonymous: true, Scope: noAccount(), Routes: []string{"GET /auth/status"}}),
		op((*Server).logout, Operation{Summary: "Log out.", Anonymous: true, Scope: noAccount(), Routes: []string{"GET /auth/logout", "POST /auth/logout"}}),
		op((*Server).requestAuthToken, Operation{Summary: "Make a one-time token for a login, good for ten minutes: for POST /auth/token (accessToken) or POST /auth/recover.", Roles: managers, Scope: managedLogin(), Routes: []string{"GET /auth/token"}}),
		void((*Server).forgotPassword, Operation{Summary: "Tell that a password is forgotten. A one-time token, good for an hour, goes to the address by mail if it is a login's; a server that sends no mail asks an administrator for one in its log.", Anonymous: true, Scope: noAccount(), Routes: []string{"POST /auth/forgot-password"}}),
		void((*Server).recoverPassword, Operation{Summary: "Choose a new password by a one-time token.", Anonymous: true, Scope: noAccount(), Routes: []string{"POST /auth/recover"}}),

		op((*Server).listAccounts, Operation{Summary: "List accounts.", Scope: accountList(), Routes: []string{"GET /accounts"}}),
		op((*Server).getAccount, Operation{Summary: "Show an account.", Scope: oneAccount(), Routes: []string{"GET /accounts/{accountId}"}}),
		op((*Server).getSystemSettings, Operation{Summary: "Show an account's settings.", Roles: staff, Scope: oneAccount(), Routes: []string{"GET /system/settings"}}),
		op((*Server).patchSystemSettings, Operation{Summary: "Change an account's settings.", Roles: staff, Scope: oneAccount(),
			Routes: []string{"PATCH /system/settings", "PATCHY /system/settings"}}),

		op((*Server).listCustomers, Operation{Summary: "List customers: all, those below parentCustomerIds, or with shallowParent their children.", Roles: staff, Scope: accountList(), Routes: []string{"GET /customers"}}),
		op((*Server).getCustomer, Operation{Summary: "Show a customer.", Roles: staff, Scope: oneCustomer(), Routes: []string{"GET /customers/{customerId}"}}),
		op((*Server).newCustomer, Operation{Summary: "Make a customer.", Roles: staff, Scope: accountOfNew(), Routes: []string{"POST /customers"}}),
		op((*Server).patchCustomer, Operation{Summary: "Change a customer.", Roles: staff, Scope: oneCustomer(), Routes: []string{"PATCH /customers/{customerId}"}}),
		void((*Server).deleteCustomer, Operation{Summary: "Delete a customer that nothing belongs to any more.", Roles: staff, Scope: oneCustomer(), Routes: []string{"DELETE /customers/{customerId}"}}),
		op((*Server).getInheritedSchedule, Operation{Summary: "Show the schedule that counts for a customer or an endpoint: its own, or the nearest above it.", Roles: staff, Scope: endpointOrCustomer(),
			Routes: []string{"GET /customers/{customerId}/inherited-schedule", "GET /endpoints/{endpointId}/inherited-schedule"}}),
		op((*Server).testSchedule, Operation{Summary: "Ask for the state at a moment (dateTime; none: now), by the saved schedule or the one that is given.", Roles: staff, Scope: endpointOrCustomer(),
			Routes: []string{"POST /customers/{customerId}/test-schedule", "POST /endpoints/{endpointId}/test-schedule"}}),

		op((*Server).listFlows, Operation{Summary: "List flows; their nodes with includeNodes.", Roles: staff, Scope: accountList(), Routes: []string{"GET /flows"}}),
		op((*Server).getFlow, Operation{Summary: "Show a flow with its nodes.", Roles: staff, Scope: oneFlow(), Routes: []string{"GET /flows/{flowId}"}}),
		op((*Server).newFlow, Operation{Summary: "Make a flow.", Roles: staff, Scope: accountOfNew(), Limit: maxFlowBody, Routes: []string{"POST /flows"}}),
		op((*Server).patchFlow, Operation{Summary: "Change a flow; lists are replaced whole.", Roles: staff, Scope: oneFlow(), Limit: maxFlowBody, Routes: []string{"PATCH /flows/{flowId}"}}),
		op((*Server).copyFlow, Operation{Summary: "Copy a flow.", Roles: staff, Scope: oneFlow(), Routes: []string{"POST /flows/{flowId}/copy"}}),
		void((*Server).deleteFlow, Operation{Summary: "Delete a flow.", Roles: staff, Scope: oneFlow(), Routes: []string{"DELETE /flows/{flowId}"}}),
		op((*Server).publishFlow, Operation{Summary: "Make the newest draft of a flow, or the version that is named, the one that calls run.", Roles: staff, Scope: oneFlow(), Routes: []string{"POST /flows/{flowId}/publish"}}),
		op((*Server).listFlowVersions, Operation{Summary: "List the versions of a flow, the newest first.", Roles: staff, Scope: oneFlow(), Routes: []string{"GET /flows/{flowId}/versions"}}),
		op((*Server).getFlowVersion, Operation{Summary: "Show a flow as a version of it was saved.", Roles: staff, Scope: oneFlow(), Routes: []string{"GET /flows/{flowId}/versions/{version}"}}),
		op((*Server).restoreFlowVersion, Operation{Summary: "Save an old version of a flow anew: live at once, or as a draft.", Roles: staff, Scope: oneFlow(), Routes: []string{"POST /flows/{flowId}/versions/{version}/restore"}}),
		op((*Server).validateFlow, Operation{Summary: "Look for problems in a flow that is not saved; the flows that it starts are looked up in the account.", Roles: staff, Scope: maybeAccount(), Limit: maxFlowBody, Routes: []string{"POST /flows/validate"}}),
		op((*Server).testFlow, Operation{Summary: "Play a story (the body, in YAML or JSON) on a simulated line: an object a line of the transcript as it comes, the result at the end; see [flows.md](flows.md#by-the-api).", Roles: staff, Scope: oneFlow(),
			Limit: maxStory, Whole: "Story", Media: "application/x-ndjson, text/event-stream", Routes: []string{"POST /flows/{flowId}/test"}}),
		op((*Server).exploreFlow, Operation{Summary: "Try all that can happen to a flow, up to a number of calls (4,000), and tell what would hurt a caller.", Roles: staff, Scope: oneFlow(), Routes: []string{"POST /flows/{flowId}/explore"}}),
		op((*Server).availableNodes, Operation{Summary: "List the node types, and a Flow node for each of the account's flows.", Roles: staff, Scope: maybeAccount(), Routes: []string{"GET /flows/available-nodes"}}),
		op((*Server).getParameterFieldNames, Operation{Summary: "List the fields that a flow's values can come from.", Roles: staff, Scope: oneAccount(), Routes: []string{"GET /flows/parameters"}}),

		op((*Server).listEndpoints, Operation{Summary: "List endpoints.", Roles: staff, Scope: accountList(), Routes: []string{"GET /endpoints"}}),
		op((*Server).getEndpoint, Operation{Summary: "Show an endpoint.", Roles: staff, Scope: oneEndpoint(), Routes: []string{"GET /endpoints/{endpointId}"}}),
		op((*Server).patchEndpoint, Operation{Summary: "Change an endpoint.", Roles: staff, Scope: oneEndpoint(), Routes: []string{"PATCH /endpoints/{endpointId}"}}),
		void((*Server).deleteEndpoint, Operation{Summary: "Delete an endpoint, and a user's login and places in teams with it.", Roles: staff, Scope: oneEndpoint(), Routes: []string{"DELETE /endpoints/{endpointId}"}}),
		op((*Server).newUserEndpoint, Operation{Summary: "Make a user; the answer shows sipUserName and, this once, sipPassword.", Roles: staff, Scope: accountOfNew(), Routes: []string{"POST /endpoints/users"}}),
		op((*Server).buyPhoneNumber, Operation{Summary: "Register a phone number.", Roles: staff, Scope: accountOfNew(), Routes: []string{"POST /endpoints/phone-numbers"}}),
		op((*Server).newSipTrunk, Operation{Summary: "Make a trunk.", Roles: staff, Scope: accountOfNew(), Routes: []string{"POST /endpoints/sip-trunk"}}),
		op((*Server).newTeam, Operation{Summary: "Make a team of users, in the order in which they are rung.", Roles: staff, Scope: accountOfNew(), Routes: []string{"POST /endpoints/team"}}),
		op((*Server).newSipPassword, Operation{Summary: "Make a new SIP password for a user, shown this once.", Roles: staff, Scope: oneEndpoint(), Routes: []string{"PATCH /endpoints/sip/{endpointId}/password"}}),
		op((*Server).getUniqueEndpointValue, Operation{Summary: "Make up digits that no endpoint of the account has in a field yet; length counts the prefix, too.", Scope: oneAccount(), Routes: []string{"GET /values/endpoint/unique"}}),

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

		op((*Server).listFiles, Operation{Summary: "List files.", Roles: staff, Scope: accountList(), Routes: []string{"GET /files"}}),
		op((*Server).getFile, Operation{Summary: "Show a file; its bytes are at uri.", Roles: readers, Scope: oneFile(), Routes: []string{"GET /files/{fileId}"}}),
		op((*Server).newFile, Operation{Summary: "Upload a file: multipart/form-data, part file.", Roles: staff, Scope: accountOfNew(), Upload: true, Routes: []string{"POST /files"}}),
		op((*Server).patchFile, Operation{Summary: "Change a file's name, or mark a voice message as new or saved.", Roles: readers, Scope: oneFile(), Routes: []string{"PATCH /files/{fileId}"}}),
		void((*Server).deleteFile, Operation{Summary: "Delete a file.", Roles: staff, Scope: oneFile(), Routes: []string{"DELETE /files/{fileId}"}}),
		op((*Server).getFileContent, Operation{Summary: "A file's bytes, or the part that Range asks for.", Roles: readers, Scope: oneFile(), Media: "audio/wav, …", Routes: []string{"GET /files/{fileId}/content"}}),

		op((*Server).listNotifications, Operation{Summary: "List messages that were sent, wait, or were given up after a day (1,000 at most with all); what is older than 30 days is gone. The system's own are shown to administrators, without secrets.", Roles: staff, Scope: accountList(), Routes: []string{"GET /notifications"}}),
		op((*Server).resendNotification, Operation{Summary: "Try a message that waits or was given up again at once, and for another day; of one that was sent, send a copy.", Roles: staff, Scope: oneNotification(), Routes: []string{"POST /notifications/{notificationId}/resend"}}),

		op((*Server).health, Operation{Summary: "Whether the server lives.", Anonymous: true, Scope: noAccount(), Media: "text/plain", Routes: []string{"GET /healthz"}}),
		op((*Server).readiness, Operation{Summary: "Whether the server wants traffic (503: not).", Anonymous: true, Scope: noAccount(), Media: "text/plain", Routes: []string{"GET /readyz"}}),
		op((*Server).readMetrics, Operation{Summary: "Counters for Prometheus: to administrators, and to this machine while publicUrl is empty.", Anonymous: true, Scope: noAccount(), Media: "text/plain", Routes: []string{"GET /metrics"}}),
	}
}
