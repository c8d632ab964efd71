package api

// systemOperations are the calls of accounts and their settings.
func systemOperations() []*Operation {
	return []*Operation{
		op((*Server).listAccounts, Operation{Summary: "List accounts.", Scope: accountList(), Routes: []string{"GET /accounts"}}),
		op((*Server).getAccount, Operation{Summary: "Show an account.", Scope: oneAccount(), Routes: []string{"GET /accounts/{accountId}"}}),
		op((*Server).newAccount, Operation{Summary: "Make an account, with the settings that nobody has changed.", Roles: administrators, Scope: noAccount(), Routes: []string{"POST /accounts"}}),
		op((*Server).patchAccount, Operation{Summary: "Change an account.", Roles: administrators, Scope: oneAccount(), Routes: []string{"PATCH /accounts/{accountId}"}}),
		void((*Server).deleteAccount, Operation{Summary: "Delete an account that has no call, endpoint, flow, customer, file, record of a call, report or account below it any more. Its settings, its messages and the logins of no other account go with it; the server's last account stays.", Roles: administrators, Scope: oneAccount(), Routes: []string{"DELETE /accounts/{accountId}"}}),
		op((*Server).checkAccount, Operation{Summary: "Look for what keeps an account's calls from working: trunks that aren't registered, numbers without a flow, flows that can't run, and so on.", Roles: administrators, Scope: oneAccount(), Routes: []string{"POST /accounts/{accountId}/check"}}),
		op((*Server).regenerateTokens, Operation{Summary: "End what the logins of an account are logged in with: web sessions, one-time tokens, API keys. Passwords, phones and administrators stay.", Roles: administrators, Scope: oneAccount(), Routes: []string{"POST /accounts/{accountId}/tokens"}}),
		op((*Server).getSystemSettings, Operation{Summary: "Show an account's settings.", Roles: staff, Scope: oneSettings(), Routes: []string{"GET /system/settings"}}),
		op((*Server).patchSystemSettings, Operation{Summary: "Change an account's settings.", Roles: staff, Scope: oneSettings(),
			Routes: []string{"PATCH /system/settings", "PATCHY /system/settings"}}),
	}
}
