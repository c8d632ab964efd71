package api

import (
	"strings"
	"testing"

	"ringflow/api/form"
	"ringflow/endpoints"
)

// specified is an operation that the contract documents, in its order.
type specified struct {
	section string
	name    string // of the DTO; with ? the contract doesn't tell it, and ours is what we chose
	routes  []string
	who     string // SA, M, C, U, CCD; any: every login; anon: everybody
}

// documented are the sections of the contract: name, who, routes.
var documented = []struct{ section, operations string }{
	{"Logins", `
		Authenticate anon GET /auth, POST /auth, DELETE /auth, GET /auth/{provider}, POST /auth/{provider}, DELETE /auth/{provider}
		GetAuthStatus anon GET /auth/status
		Logout? any GET /auth/logout, POST /auth/logout
		RequestAuthToken SA,M GET /auth/token
		ForgotPassword anon POST /auth/forgot-password
		RecoverPassword anon POST /auth/recover
		ListUsers SA,M GET /users
		NewUser SA,M POST /users
		PatchUser SA,M PATCH /users/{userId}
		DeleteUser SA,M DELETE /users/{userId}`},
	{"Accounts", `
		ListAccounts any GET /accounts
		GetAccount any GET /accounts/{accountId}
		NewAccount SA POST /accounts
		PatchAccount SA PATCH /accounts/{accountId}
		CheckAccount? SA POST /accounts/{accountId}/check
		RegenerateTokens? SA POST /accounts/{accountId}/tokens
		DeleteAccount SA DELETE /accounts/{accountId}`},
	{"Customers and schedules", `
		ListCustomers SA,M,C GET /customers
		GetCustomer SA,M,C GET /customers/{customerId}
		NewCustomer SA,M,C POST /customers
		PatchCustomer SA,M,C PATCH /customers/{customerId}
		DeleteCustomer SA,M,C DELETE /customers/{customerId}
		SetCustomerStagingMode SA,M,C POST /customers/{customerId}/staging
		GetInheritedSchedule SA,M,C GET /customers/{customerId}/inherited-schedule, GET /endpoints/{endpointId}/inherited-schedule
		TestSchedule SA,M,C POST /customers/{customerId}/test-schedule, POST /endpoints/{endpointId}/test-schedule`},
	{"Endpoints", `
		ListEndpoints SA,M,C GET /endpoints
		GetEndpoint SA,M,C GET /endpoints/{endpointId}
		PatchEndpoint SA,M,C PATCH /endpoints/{endpointId}
		DeleteEndpoint SA,M,C DELETE /endpoints/{endpointId}
		BuyPhoneNumber SA,M,C POST /endpoints/phone-numbers
		SearchPhoneNumbers? SA,M,C GET /endpoints/phone-numbers/search
		NewUserEndpoint? SA,M,C POST /endpoints/users
		NewTeam? SA,M,C POST /endpoints/team
		NewEmail? SA,M,C POST /endpoints/email
		NewSipTrunk? SA,M,C POST /endpoints/sip-trunk
		NewAssistant? SA,M,C POST /endpoints/assistant
		SetPhoneNumberIsFax SA,M,C PATCH /phone-numbers/{endpointId}/fax
		SyncPhoneNumbers? SA,M POST /phone-numbers/sync
		NewSipPassword? SA,M,C PATCH /endpoints/sip/{endpointId}/password
		VerifyCallerId? SA,M,C POST /endpoints/verify-caller-id
		ListDuplicateEndpoints? SA,M,C GET /endpoints/duplicates
		GetUniqueEndpointValue any GET /values/endpoint/unique
		GetEndpointAppConfig SA,M,C GET /endpoints/app/config
		CogitoProvision? SA,M POST /endpoints/cogito/provision`},
	{"Flows", `
		ListFlows SA,M,C GET /flows
		GetFlow SA,M,C GET /flows/{flowId}
		NewFlow SA,M,C POST /flows
		PatchFlow SA,M,C PATCH /flows/{flowId}
		CopyFlow SA,M,C POST /flows/{flowId}/copy
		DeleteFlow SA,M,C DELETE /flows/{flowId}
		GetAvailableNodes? SA,M,C GET /flows/available-nodes
		GetParameterFieldNames SA,M,C GET /flows/parameters
		NewFlowMessage anon ALL /flows/message
		StartFlow? anon ALL /flows/start
		ExportPackage SA,M,C GET /packages
		ImportPackage SA,M,C POST /packages`},
	{"Files", `
		ListFiles SA,M,C GET /files
		GetFile SA,M,C GET /files/{fileId}
		NewFile SA,M,C POST /files
		PatchFile SA,M,C PATCH /files/{fileId}
		DeleteFile SA,M,C DELETE /files/{fileId}
		UploadFile U POST /app/files
		GetMyFiles U GET /app/files
		AppUploadFile any POST /app/file
		AppGetFiles any GET /portal/files`},
	{"Sessions and calls", `
		NewOutgoingSession SA,M POST /sessions/outgoing
		NewOutgoingSessionCallback anon ALL /sessions/outgoing/callback
		ListSessions any GET /sessions
		GetSession any GET /sessions/{sessionId}
		PatchSession any PATCH /sessions/{sessionId}
		NewSession U POST /sessions
		EndSession U DELETE /sessions/{sessionId}
		DeleteSessions SA,M DELETE /sessions
		GetMySessions U GET /sessions/my
		GetActiveSessions U GET /sessions/active
		HoldSession U POST /sessions/{sessionId}/hold
		RedirectSession U POST /sessions/{sessionId}/redirect
		RejectSession? U POST /sessions/{sessionId}/reject
		RecordSession? U POST /sessions/{sessionId}/record
		AddSessionLog? U POST /sessions/{sessionId}/log
		AddConferenceMember any POST /sessions/{sessionId}/conference/members
		NewConference? any POST /sessions/{sessionId}/conference
		PatchConferenceMember? any PATCH /sessions/{sessionId}/conference/members/{callSid}
		InviteChatMember any POST /sessions/{sessionId}/members
		DeleteChatMember any DELETE /sessions/{sessionId}/members/{memberId}
		SendMessage U POST /sessions/{sessionId}/messages, POST /messages, PUT /messages
		GetTranscript? any GET /sessions/{sessionId}/transcript
		GetActiveCalls SA,M,CCD GET /calls/active
		ListCalls SA,M GET /billing/calls`},
	{"Messages and notifications", `
		ListMessages any GET /messages
		ListConversations any GET /conversations
		SendEndpointMessage anon ALL /chat/endpoint/message
		ListNotifications SA,M,C GET /notifications
		ResendNotification SA,M,C POST /notifications/{notificationId}/resend`},
	{"System", `
		GetSystemSettings SA,M,C GET /system/settings
		PatchSystemSettings SA,M,C PATCHY /system/settings, PATCH /system/settings
		ListLogEntries SA,M
		GetGlobalSettings? SA GET /global/settings
		PatchGlobalSettings? SA PATCH /global/settings
		ListDialingPermissions? SA,M GET /system/dialing-permissions
		PatchDialingPermissions SA,M PATCH /system/dialing-permissions/{isoCode}`},
	{"Reports", `
		ListReports? SA,M GET /reports
		GetReport? SA,M GET /reports/{reportId}.xlsx
		DeleteReport? SA,M DELETE /reports/{reportId}
		AgentStateReport SA,M ALL /reports/agent-state
		BillingReport? SA,M ALL /reports/billing
		CallCenterReport? SA,M ALL /reports/call-center
		CallCenterAbandonReport? SA,M ALL /reports/call-center-abandon
		CallCenterDetailReport? SA,M ALL /reports/call-center-detail
		CallHistoryReport? SA,M ALL /reports/call-history
		CallOutcomeReport? SA,M ALL /reports/call-outcome
		CdrReport? SA,M ALL /reports/cdr
		MetricReport? SA,M ALL /reports/metric
		SyncPhoneNumbersReport? SA,M ALL /reports/sync-phone-numbers
		EndpointsReport SA,M`},
	{"Integrations, AI sessions, portal, callbacks", `
		ListIntegrations? any GET /integrations
		NewIntegration? any POST /integrations
		GetIntegration? any GET /integrations/{integrationId}
		PatchIntegration? any PATCH /integrations/{integrationId}
		DeleteIntegration? any DELETE /integrations/{integrationId}
		GetIntegrationLog? any GET /integrations/{integrationId}/log
		GetIntegrationContacts? any GET /integrations/{integrationId}/contacts
		GetIntegrationCustomers? any GET /integrations/{integrationId}/customers
		SyncIntegration? any POST /integrations/{integrationId}/sync
		MapIntegrationCustomer? any POST /integrations/{integrationId}/customers/{customerId}/map
		MapIntegrationUser? any POST /integrations/{integrationId}/users/{userId}/map
		ListAISessions? SA GET /ai/sessions
		NewAISession? SA POST /ai/sessions
		GetAISession? SA GET /ai/sessions/{sessionId}
		PatchAISession? SA PATCH /ai/sessions/{sessionId}
		DeleteAISession SA DELETE /ai/sessions/{sessionId}
		ApplyAISession? SA POST /ai/sessions/{sessionId}/apply
		DeleteAISessionActions? SA DELETE /ai/sessions/{sessionId}/actions
		DeleteAISessionAction? SA DELETE /ai/sessions/{sessionId}/actions/{actionId}
		GetAIUsage? SA GET /ai/usage
		AppGetHomeInformation any GET /portal/home
		AppGetFlows any GET /portal/flows
		AppGetCallHistory any GET /portal/call-history
		AppGetSystemSettings any ALL /portal/system-settings
		AppNewAssistant any POST /portal/assistants
		ListSettingsObjects U GET /app/settings-objects
		LiveAnswerCallback anon ALL /nodes/live-answer/callback
		NotUsedRequest anon ALL /not-used`},
}

// contract is all that is documented.
func contract() []specified {
	var out []specified
	for _, s := range documented {
		for line := range strings.Lines(strings.TrimSpace(s.operations)) {
			name, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
			who, routes, _ := strings.Cut(rest, " ")
			o := specified{section: s.section, name: name, who: who}
			if routes != "" {
				o.routes = strings.Split(routes, ", ")
			}
			out = append(out, o)
		}
	}
	return out
}

// state of a documented operation with us: the entry that serves it, or the one
// that says why nothing does. Neither: it isn't known at all.
func (o specified) state(served, outside *registry) (entry *Operation, is bool) {
	name, _ := strings.CutSuffix(o.name, "?")
	for _, g := range []*registry{served, outside} {
		if len(o.routes) == 0 {
			if entry = g.byName[strings.ToLower(name)]; entry != nil {
				return entry, g == served
			}
			continue
		}
		verb, path, _ := strings.Cut(o.routes[0], " ")
		if verb == "ALL" {
			verb = "POST"
		}
		path, _ = form.CutSuffix(strings.Trim(path, "/"))
		if entry, _, _ = g.routes.find(verb, strings.Split(path, "/")); entry != nil && entry.serves(path) {
			return entry, g == served
		}
	}
	return nil, false
}

// serves tells whether one of the routes is this path, whatever its variables are called.
func (o *Operation) serves(path string) bool {
	blank := func(path string) string {
		parts := strings.Split(strings.ToLower(strings.Trim(path, "/")), "/")
		for i, p := range parts {
			if strings.HasPrefix(p, "{") {
				parts[i] = "{}"
			}
		}
		return strings.Join(parts, "/")
	}
	for _, r := range o.Routes {
		if _, p, _ := strings.Cut(r, " "); blank(p) == blank(path) {
			return true
		}
	}
	return false
}

var shortRoles = map[string]endpoints.Role{
	"SA": endpoints.SystemAdministrator, "M": endpoints.Manager, "C": endpoints.CustomerRole, "U": endpoints.UserRole, "CCD": endpoints.CallCenterDashboard,
}

// awaited is what is neither served nor refused yet; nothing of it may stay.
const awaited = false

// Every documented operation is served as documented, or said to be missing.
func TestContractTable(t *testing.T) {
	ops := operations()
	served, outside := newRegistry(ops), newRegistry(outOfScope(ops))
	there := map[*Operation]bool{}
	for _, o := range contract() {
		entry, is := o.state(served, outside)
		if entry == nil {
			if awaited {
				t.Logf("%s %v: not served yet", o.name, o.routes)
			} else {
				t.Errorf("%s %v is neither served nor in outofscope.go", o.name, o.routes)
			}
			continue
		}
		there[entry] = true
		if name, chosen := strings.CutSuffix(o.name, "?"); !chosen && entry.Name != name {
			t.Errorf("%v is called %s, documented as %s", o.routes, entry.Name, name)
		}
		for _, route := range o.routes {
			verb, path, _ := strings.Cut(route, " ")
			verbs := []string{verb}
			if verb == "ALL" {
				verbs = []string{"GET", "POST", "PUT", "PATCH", "DELETE"}
			}
			path, _ = form.CutSuffix(strings.Trim(path, "/"))
			for _, v := range verbs {
				g := outside
				if is {
					g = served
				}
				if got, _, _ := g.routes.find(v, strings.Split(path, "/")); got != entry {
					t.Errorf("%s %s isn't %s's", v, path, entry.Name)
				}
			}
		}
		if !is {
			continue
		}
		for who := range strings.SplitSeq(o.who, ",") {
			role, named := shortRoles[who]
			if who == "anon" && !entry.Anonymous || who == "any" && !entry.Anonymous && len(entry.Roles) > 0 || named && !entry.Anonymous && !entry.allowed([]endpoints.Role{role}) {
				if awaited {
					t.Logf("%s is documented for %s", entry.Name, who)
				} else {
					t.Errorf("%s is documented for %s", entry.Name, who)
				}
			}
		}
	}
	for _, o := range outside.ops {
		if !there[o] {
			t.Errorf("%s is out of scope of what? It isn't documented", o.Name)
		}
	}
	for _, o := range ops {
		if !there[o] && additions[o.Name] == "" {
			t.Errorf("%s is neither documented nor told in additions why we serve it", o.Name)
		}
	}
}

// additions are operations of our own, and why there are any.
var additions = map[string]string{
	"WatchEvents":           "what happens is told, not asked for again and again",
	"GetUser":               "a login is shown by its id, as everything else is",
	"ListApiKeys":           "programs log in by keys, not by people's passwords",
	"GetApiKey":             "a key is shown by its id, as everything else is",
	"NewApiKey":             "programs log in by keys, not by people's passwords",
	"DeleteApiKey":          "a key that leaked is revoked",
	"ListWebhooks":          "programs are told what happened, and need not ask",
	"GetWebhook":            "programs are told what happened, and need not ask",
	"NewWebhook":            "programs are told what happened, and need not ask",
	"PatchWebhook":          "programs are told what happened, and need not ask",
	"DeleteWebhook":         "programs are told what happened, and need not ask",
	"TestWebhook":           "who sets a webhook up wants to see it work",
	"ListWebhookDeliveries": "what was not taken is seen",
	"ReplayWebhookDelivery": "what was not taken is sent again",
	"NewSlackBot":           "Slack bots are endpoints",
	"NewSkypeBot":           "Skype bots are endpoints",
	"PublishFlow":           "flows have drafts",
	"ListFlowVersions":      "every save of a flow is a version",
	"GetFlowVersion":        "every save of a flow is a version",
	"RestoreFlowVersion":    "every save of a flow is a version",
	"ValidateFlow":          "an editor asks before it saves",
	"TestFlow":              "stories are played without a phone",
	"ExploreFlow":           "what could hurt a caller is found before one calls",
	"GetFileContent":        "where FileInfo's uri leads",
	"MonitorSession":        "supervisors listen, whisper and barge in",
	"WatchSession":          "a call's log is followed as it is written",
	"GetHealth":             "for what looks after the server",
	"GetReadiness":          "for what looks after the server",
	"GetMetrics":            "for what looks after the server",
	"DiffFlowVersions":      "who publishes or rolls back wants to see what changes",

	// Messages.
	"GetMessage":        "a webhook or an event names a message, and it is shown",
	"PatchMessage":      "who has read a message says so",
	"DeleteMessage":     "somebody asks that what he wrote be forgotten",
	"GetConversation":   "a conversation is shown by its id, as everything else is",
	"PatchConversation": "who has read a conversation says so",
	"ListTextStops":     "who wants no texts is seen",
	"NewTextStop":       "who wants no texts says so by voice, too",
	"DeleteTextStop":    "who wants texts again says so by voice, too",

	// Live calls.
	"DeleteConferenceMember": "who was added can be taken out",
	"RedactSession":          "a caller asks that his call be forgotten",
	"GetOpenAPI":             "the API describes itself",
	"GetDocs":                "the API describes itself",
	"GetMetadata":            "the API describes itself, as the original does",
	"GetTypeScript":          "the API describes itself, as the original does",
}
