package api

// webhooksOperations are the calls of webhooks.
func webhooksOperations() []*Operation {
	return []*Operation{
		op((*Server).listWebhooks, Operation{Summary: "List webhooks.", Roles: managers, Scope: accountList(), Routes: []string{"GET /webhooks"}}),
		op((*Server).getWebhook, Operation{Summary: "Show a webhook.", Roles: managers, Scope: oneWebhook(), Routes: []string{"GET /webhooks/{webhookId}"}}),
		op((*Server).newWebhook, Operation{Summary: "Let an account's events be sent to an address; see [Webhooks](#in-short). The answer shows, this once, the secret that they are signed by.", Roles: managers, Scope: accountOfNew(), Routes: []string{"POST /webhooks"}}),
		op((*Server).patchWebhook, Operation{Summary: "Change a webhook; newSecret makes another secret, shown this once.", Roles: managers, Scope: oneWebhook(), Routes: []string{"PATCH /webhooks/{webhookId}"}}),
		void((*Server).deleteWebhook, Operation{Summary: "Delete a webhook; what waits for it is given up.", Roles: managers, Scope: oneWebhook(), Routes: []string{"DELETE /webhooks/{webhookId}"}}),
		op((*Server).testWebhook, Operation{Summary: "Send a webhook an event of type webhook.test.", Roles: managers, Scope: oneWebhook(), Routes: []string{"POST /webhooks/{webhookId}/test"}}),
		op((*Server).listWebhookDeliveries, Operation{Summary: "List the events that were sent to a webhook, wait, or were given up; what is older than 30 days is gone.", Roles: managers, Scope: oneWebhook(), Routes: []string{"GET /webhooks/{webhookId}/deliveries"}}),
		op((*Server).replayWebhookDelivery, Operation{Summary: "Send an event to a webhook once more.", Roles: managers, Scope: oneWebhook(), Routes: []string{"POST /webhooks/{webhookId}/deliveries/{deliveryId}/replay"}}),
	}
}
