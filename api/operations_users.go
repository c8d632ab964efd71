package api

// usersOperations are the calls of logins and API keys.
func usersOperations() []*Operation {
	return []*Operation{
		op((*Server).listUsers, Operation{Summary: "List logins.", Roles: managers, Scope: accountList(), Routes: []string{"GET /users"}}),
		op((*Server).getUser, Operation{Summary: "Show a login.", Roles: managers, Scope: managedLogin(), Routes: []string{"GET /users/{userId}"}}),
		op((*Server).newUser, Operation{Summary: "Make a login of an account. With customerIds it has the role Customer; other roles are given by SystemAdministrators.", Roles: managers, Scope: accountOfNew(), Routes: []string{"POST /users"}}),
		op((*Server).patchUserLogin, Operation{Summary: "Change a login; without newPassword its password stays. Only SystemAdministrators change roles, and nobody his own rights.", Roles: managers, Scope: managedLogin(), Routes: []string{"PATCH /users/{userId}"}}),
		void((*Server).deleteUser, Operation{Summary: "Delete a login, with its API keys. The last SystemAdministrator stays.", Roles: managers, Scope: managedLogin(), Routes: []string{"DELETE /users/{userId}"}}),
		op((*Server).listApiKeys, Operation{Summary: "List the login's own API keys, and those of the logins that it manages.", Roles: readers, Scope: ownKeys(), Routes: []string{"GET /api-keys"}}),
		op((*Server).getApiKey, Operation{Summary: "Show an API key, without the key.", Roles: readers, Scope: oneKey(), Routes: []string{"GET /api-keys/{apiKeyId}"}}),
		op((*Server).newApiKey, Operation{Summary: "Make an API key with a part of the login's rights; key is shown this once.", Roles: readers, Scope: accountsOfKey(), Routes: []string{"POST /api-keys"}}),
		void((*Server).deleteApiKey, Operation{Summary: "Revoke an API key, at once.", Roles: readers, Scope: oneKey(), Routes: []string{"DELETE /api-keys/{apiKeyId}"}}),
	}
}

// globalOperations are the calls of the server's own settings, and of what
// accounts may call.
func globalOperations() []*Operation {
	return []*Operation{
		op((*Server).getGlobalSettings, Operation{Summary: "Show the settings of the whole server.", Roles: administrators, Scope: globalSettings(), Routes: []string{"GET /global/settings"}}),
		op((*Server).patchGlobalSettings, Operation{Summary: "Change the settings of the whole server.", Roles: administrators, Scope: globalSettings(), Routes: []string{"PATCH /global/settings"}}),
		op((*Server).listDialingPermissions, Operation{Summary: "List the countries, and which of them the account may call.", Roles: managers, Scope: oneAccount(), Routes: []string{"GET /system/dialing-permissions"}}),
		op((*Server).patchDialingPermissions, Operation{Summary: "Allow or forbid calls to a country; the account's allowedCountries change with it.", Roles: managers, Scope: oneAccount(), Routes: []string{"PATCH /system/dialing-permissions/{isoCode}"}}),
	}
}
