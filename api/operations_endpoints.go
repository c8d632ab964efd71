package api

// endpointsOperations are the calls of endpoints of every type.
func endpointsOperations() []*Operation {
	return []*Operation{
		op((*Server).listEndpoints, Operation{Summary: "List endpoints.", Roles: staff, Scope: accountList(), Routes: []string{"GET /endpoints"}}),
		op((*Server).getEndpoint, Operation{Summary: "Show an endpoint.", Roles: staff, Scope: oneEndpoint(), Routes: []string{"GET /endpoints/{endpointId}"}}),
		op((*Server).patchEndpoint, Operation{Summary: "Change an endpoint.", Roles: staff, Scope: oneEndpoint(), Routes: []string{"PATCH /endpoints/{endpointId}"}}),
		void((*Server).deleteEndpoint, Operation{Summary: "Delete an endpoint, and a user's login and places in teams with it.", Roles: staff, Scope: oneEndpoint(), Routes: []string{"DELETE /endpoints/{endpointId}"}}),
		op((*Server).newUserEndpoint, Operation{Summary: "Make a user; the answer shows sipUserName and, this once, sipPassword.", Roles: staff, Scope: accountOfNew(), Routes: []string{"POST /endpoints/users"}}),
		op((*Server).buyPhoneNumber, Operation{Summary: "Register a phone number.", Roles: staff, Scope: accountOfNew(), Routes: []string{"POST /endpoints/phone-numbers"}}),
		op((*Server).newSipTrunk, Operation{Summary: "Make a trunk.", Roles: staff, Scope: accountOfNew(), Routes: []string{"POST /endpoints/sip-trunk"}}),
		op((*Server).newTeam, Operation{Summary: "Make a team of users, in the order in which they are rung.", Roles: staff, Scope: accountOfNew(), Routes: []string{"POST /endpoints/team"}}),
		op((*Server).newEmail, Operation{Summary: "Make an e-mail endpoint; its address is there once on the server.", Roles: staff, Scope: accountOfNew(), Routes: []string{"POST /endpoints/email"}}),
		op((*Server).newSlackBot, Operation{Summary: "Make a Slack bot; its tokens and signing secret are sealed and shown to nobody.", Roles: staff, Scope: accountOfNew(), Routes: []string{"POST /endpoints/slack-bot"}}),
		op((*Server).newSkypeBot, Operation{Summary: "Make a Skype bot, which is any bot of the Bot Framework; its password and secret are sealed and shown to nobody.", Roles: staff, Scope: accountOfNew(), Routes: []string{"POST /endpoints/skype-bot"}}),
		op((*Server).setPhoneNumberIsFax, Operation{Summary: "Make a phone number a fax number, or a phone number again. Calls to it run its flow either way.", Roles: staff, Scope: oneEndpoint(), Routes: []string{"PATCH /phone-numbers/{endpointId}/fax"}}),
		op((*Server).searchPhoneNumbers, Operation{Summary: "List the account's numbers that have neither flow nor customer, 100 at most: those that can be given to somebody. No carrier is asked; postalCode, region and distance narrow nothing.", Roles: staff, Scope: accountOfNew(), Routes: []string{"GET /endpoints/phone-numbers/search"}}),
		void((*Server).syncPhoneNumbers, Operation{Summary: "Let calls know of the account's numbers as they are stored now. There is no carrier to ask.", Roles: managers, Scope: accountOfNew(), Routes: []string{"POST /phone-numbers/sync"}}),
		op((*Server).verifyCallerId, Operation{Summary: "Tell which number outside calls of an endpoint show, and whether that is a number of the account: others are never shown.", Roles: staff, Scope: oneEndpoint(), Routes: []string{"POST /endpoints/verify-caller-id"}}),
		op((*Server).listDuplicateEndpoints, Operation{Summary: "List the values that more than one endpoint has in a field, 100 values with 100 endpoints each at most.", Roles: staff, Scope: accountOfNew(), Routes: []string{"GET /endpoints/duplicates"}}),
		op((*Server).getEndpointAppConfig, Operation{Summary: "Show what an app of a user needs: the one named by id or e-mail address, else the caller's own. A phone user asks for his own only.", Roles: readers, Scope: appEndpoint(), Routes: []string{"GET /endpoints/app/config"}}),
		op((*Server).newSipPassword, Operation{Summary: "Make a new SIP password for a user, shown this once.", Roles: staff, Scope: oneEndpoint(), Routes: []string{"PATCH /endpoints/sip/{endpointId}/password"}}),
		op((*Server).getUniqueEndpointValue, Operation{Summary: "Make up digits that no endpoint of the account has in a field yet; length counts the prefix, too.", Scope: oneAccount(), Routes: []string{"GET /values/endpoint/unique"}}),
	}
}
