package api

import "ringflow/endpoints"

// authOperations are the calls of logging in and out.
func authOperations() []*Operation {
	return []*Operation{
		op((*Server).authenticate, Operation{Summary: "Log in; cookies ss-id, ss-pid and ss-opt.", Anonymous: true, Scope: noAccount(),
			Routes: []string{"GET /auth", "POST /auth", "DELETE /auth", "GET /auth/{provider}", "POST /auth/{provider}", "DELETE /auth/{provider}"}}),
		op((*Server).authStatus, Operation{Summary: "Who is logged in.", Anonymous: true, Scope: noAccount(), Routes: []string{"GET /auth/status"}}),
		op((*Server).logout, Operation{Summary: "Log out.", Anonymous: true, Scope: noAccount(), Routes: []string{"GET /auth/logout", "POST /auth/logout"}}),
		op((*Server).requestAuthToken, Operation{Summary: "Make a one-time token for a login, good for ten minutes: for POST /auth/token (accessToken) or POST /auth/recover.", Roles: managers, Scope: managedLogin(), Needs: endpoints.ScopeAdminister, Routes: []string{"GET /auth/token"}}),
		void((*Server).forgotPassword, Operation{Summary: "Tell that a password is forgotten. A one-time token, good for an hour, goes to the address by mail if it is a login's; a server that sends no mail asks an administrator for one in its log.", Anonymous: true, Scope: noAccount(), Routes: []string{"POST /auth/forgot-password"}}),
		void((*Server).recoverPassword, Operation{Summary: "Choose a new password by a one-time token.", Anonymous: true, Scope: noAccount(), Routes: []string{"POST /auth/recover"}}),
	}
}
