package api

import (
	"net/http"
	"strings"
)

// outside are operations of the contract that this server doesn't serve, for a
// reason. They answer 501: a client that needs one learns at once that it
// isn't there, and why.
var outside = []struct {
	why   string
	names string // DTO and its routes, one operation a line
}{
	{"assistants and AI sessions are not part of this server", `
		NewAssistant POST /endpoints/assistant
		AppNewAssistant POST /portal/assistants
		CogitoProvision POST /endpoints/cogito/provision
		ListAISessions GET /ai/sessions
		NewAISession POST /ai/sessions
		GetAISession GET /ai/sessions/{sessionId}
		PatchAISession PATCH /ai/sessions/{sessionId}
		DeleteAISession DELETE /ai/sessions/{sessionId}
		ApplyAISession POST /ai/sessions/{sessionId}/apply
		DeleteAISessionActions DELETE /ai/sessions/{sessionId}/actions
		DeleteAISessionAction DELETE /ai/sessions/{sessionId}/actions/{actionId}
		GetAIUsage GET /ai/usage`},
	{"there is no carrier account that bills: what calls cost is between you and the carriers of your trunks", `
		BillingReport ALL /reports/billing`},
	{"numbers come by your trunks; register them with POST /endpoints/phone-numbers", `
		SyncPhoneNumbersReport ALL /reports/sync-phone-numbers`},
	{"no other office systems are connected", `
		ListIntegrations GET /integrations
		NewIntegration POST /integrations
		GetIntegration GET /integrations/{integrationId}
		PatchIntegration PATCH /integrations/{integrationId}
		DeleteIntegration DELETE /integrations/{integrationId}
		GetIntegrationLog GET /integrations/{integrationId}/log
		GetIntegrationContacts GET /integrations/{integrationId}/contacts
		GetIntegrationCustomers GET /integrations/{integrationId}/customers
		SyncIntegration POST /integrations/{integrationId}/sync
		MapIntegrationCustomer POST /integrations/{integrationId}/customers/{customerId}/map
		MapIntegrationUser POST /integrations/{integrationId}/users/{userId}/map`},
	{"the customers' portal is a product of its own; its lists are those of /flows, /sessions and /system/settings", `
		AppGetHomeInformation GET /portal/home
		AppGetFlows GET /portal/flows
		AppGetCallHistory GET /portal/call-history
		AppGetSystemSettings ALL /portal/system-settings
		ListSettingsObjects GET /app/settings-objects`},
	{"it is the webhook of a carrier that this server isn't built on; calls come and go by SIP", `
		NewFlowMessage ALL /flows/message
		StartFlow ALL /flows/start
		NewOutgoingSessionCallback ALL /sessions/outgoing/callback
		LiveAnswerCallback ALL /nodes/live-answer/callback`},
	{"it does nothing in the original, too", `
		NotUsedRequest ALL /not-used`},
}

// NotServed is the request of an operation that isn't served: whatever it is.
type NotServed struct {
	_ struct{} `ns:"Voice.Api"`
}

// outOfScope are the entries of those operations. Every login learns the same:
// that they aren't there. What served has by now isn't among them.
func outOfScope(served []*Operation) []*Operation {
	known := map[string]bool{}
	for _, o := range served {
		known[o.Name] = true
		for _, route := range o.Routes {
			known[route] = true
		}
	}
	var out []*Operation
	for _, group := range outside {
		for line := range strings.Lines(strings.TrimSpace(group.names)) {
			name, route, _ := strings.Cut(strings.TrimSpace(line), " ")
			if !known[name] && !known[route] {
				out = append(out, void(func(*Server, *Request, *NotServed) error { return nil }, Operation{Name: name, Summary: "Not served: " + group.why + ".", Missing: group.why, Scope: noAccount(), Routes: strings.Split(route, ", ")}))
			}
		}
	}
	return out
}

// notServed is the answer of an operation that isn't.
func (o *Operation) notServed() error {
	return fail(http.StatusNotImplemented, "NotImplementedException", "%s isn't served here: %s", o.Name, o.Missing)
}
