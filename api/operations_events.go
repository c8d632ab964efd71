package api

import "ringflow/endpoints"

// eventsOperations are what is told as it happens.
func eventsOperations() []*Operation {
	return []*Operation{
		op((*Server).watchEvents, Operation{Summary: "Stream what happens to sessions, agents, phones and messages, as server-sent events or over a WebSocket.",
			Roles: []endpoints.Role{endpoints.SystemAdministrator, endpoints.Manager, endpoints.CustomerRole, endpoints.CallCenterDashboard}, Scope: accountList(), Media: "text/event-stream", Routes: []string{"GET /events"}}),
	}
}
