package api

import (
	"errors"
	"net/http"

	"ringflow/endpoints"
	"ringflow/session"
)

// monitorSession answers once the supervisor is rung; what comes of it is in
// the session's log.
func (s *Server) monitorSession(r *Request, q *MonitorSession) error {
	if q.EndpointId == "" {
		return &endpoints.Invalid{Field: "endpointId", Text: "is missing: it is the user who is to listen"}
	}
	e, err := s.Store.Endpoint(r.Context(), q.EndpointId)
	if err != nil || e.AccountID != r.found.accountID {
		return missing(err, "endpoint", q.EndpointId)
	}
	if e.Kind != endpoints.User {
		return &endpoints.Invalid{Field: "endpointId", Text: "is no user"}
	}
	if q.Mode == "" {
		q.Mode = SessionMonitorModes(session.Listen)
	}
	err = s.Calls.Monitor(r.Context(), r.found.record.ID, e, session.MonitorMode(q.Mode), r.Who.login.EmailAddress)
	if errors.Is(err, session.ErrNoTalk) {
		return fail(http.StatusConflict, "Conflict", "nobody talks in the session %s now", r.found.record.ID)
	}
	return err
}
