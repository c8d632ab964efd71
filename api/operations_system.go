package api

// systemOperations are the calls of accounts and their settings.
func systemOperations() []*Operation {
	return []*Operation{
		op((*Server).listAccounts, Operation{Summary: "List accounts.", Scope: accountList(), Routes: []string{"GET /accounts"}}),
		op((*Server).getAccount, Operation{Summary: "Show an account.", Scope: oneAccount(), Routes: []string{"GET /accounts/{accountId}"}}),
		op((*Server).getSystemSettings, Operation{Summary: "Show an account's settings.", Roles: staff, Scope: oneSettings(), Routes: []string{"GET /system/settings"}}),
		op((*Server).patchSystemSettings, Operation{Summary: "Change an account's settings.", Roles: staff, Scope: oneSettings(),
			Routes: []string{"PATCH /system/settings", "PATCHY /system/settings"}}),
	}
}
