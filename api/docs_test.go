package api

import (
	"cmp"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"ringflow/api/form"
	"ringflow/endpoints"
)

const docsFile = "../docs/api.md"

// docs/api.md is made of the registry: go test ./api -run Docs -update.
func TestDocs(t *testing.T) {
	want := docs()
	if *update {
		if err := os.MkdirAll("../docs", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(docsFile, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(docsFile)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s isn't what the registry says; make it anew with go test ./api -run Docs -update", docsFile)
	}
}

func docs() string {
	var b strings.Builder
	b.WriteString(docsHead)
	c := form.NewCodec(newRegistry(operations()).types()...)
	for _, o := range operations() {
		fmt.Fprintf(&b, "\n### %s\n\n%s\n\n", o.Name, o.Summary)
		for _, r := range o.Routes {
			fmt.Fprintf(&b, "- `%s`\n", r)
		}
		who := "every login"
		if len(o.Roles) > 0 {
			who = roleNames(o.Roles)
		}
		if o.Anonymous {
			who = "everybody"
		}
		fmt.Fprintf(&b, "\nWho: %s. Scope: %s.%s\n", who, o.Scope.name, keyNeeds(o))
		if members := memberNames(c, o.request); members != "" {
			fmt.Fprintf(&b, "Takes: %s.\n", members)
		}
		switch {
		case o.Media != "":
			fmt.Fprintf(&b, "Answers: `%s`.\n", o.Media)
		case o.response == reflect.TypeFor[nothing]():
			b.WriteString("Answers: 204.\n")
		default:
			fmt.Fprintf(&b, "Answers: %s.\n", typeName(c, o.response))
		}
	}
	docsContract(&b)
	b.WriteString("\n## Types\n")
	var shapes []*form.Shape
	for _, s := range c.Shapes() {
		shapes = append(shapes, s)
	}
	slices.SortFunc(shapes, func(a, b *form.Shape) int { return cmp.Compare(a.Name, b.Name) })
	requests := map[string]bool{}
	for _, o := range operations() {
		requests[o.request.Name()] = true
	}
	for _, s := range shapes {
		if requests[s.Name] || strings.HasPrefix(s.Name, "ListResponseOf") {
			continue
		}
		fmt.Fprintf(&b, "\n**%s**: ", s.Name)
		for i, m := range s.Members {
			if i > 0 {
				b.WriteString(", ")
			}
			fmt.Fprintf(&b, "`%s` %s", m.JSON, typeName(c, m.Type))
		}
		b.WriteString("\n")
	}
	return b.String()
}

// docsContract tells of each documented operation what became of it here.
func docsContract(b *strings.Builder) {
	ops := operations()
	served, outside := newRegistry(ops), newRegistry(outOfScope(ops))
	b.WriteString("\n## The contract, operation by operation\n\nServed ones are proved by the tests in `api/contract_*_test.go`: by HTTP, in JSON and XML, when they work and when they refuse. The others answer 501 and say why.\n")
	section := ""
	known := map[*Operation]bool{}
	for _, o := range contract() {
		if o.section != section {
			section = o.section
			fmt.Fprintf(b, "\n### The contract: %s\n\n| Operation | Route | Here |\n|---|---|---|\n", strings.ToLower(section))
		}
		name, _ := strings.CutSuffix(o.name, "?")
		routes := "`/json/reply/" + name + "`"
		if len(o.routes) > 0 {
			routes = "`" + strings.Join(o.routes, "`<br>`") + "`"
		}
		here := "not served yet"
		if entry, is := o.state(served, outside); is {
			here, name = fmt.Sprintf("[served](#%s)", strings.ToLower(entry.Name)), entry.Name
			known[entry] = true
		} else if entry != nil {
			here = "out of scope: " + entry.Missing
		}
		fmt.Fprintf(b, "| %s | %s | %s |\n", name, routes, here)
	}
	b.WriteString("\n### Of our own\n\n| Operation | Route | Why |\n|---|---|---|\n")
	for _, o := range ops {
		if !known[o] {
			routes := "`/json/reply/" + o.Name + "`"
			if len(o.Routes) > 0 {
				routes = "`" + strings.Join(o.Routes, "`<br>`") + "`"
			}
			fmt.Fprintf(b, "| [%s](#%s) | %s | %s |\n", o.Name, strings.ToLower(o.Name), routes, additions[o.Name])
		}
	}
}

// keyNeeds is what an API key must have for o.
func keyNeeds(o *Operation) string {
	switch {
	case o.Anonymous:
		return ""
	case o.deletes():
		return fmt.Sprintf(" Keys: %s and %s.", o.needs(), endpoints.ScopeDelete)
	}
	return fmt.Sprintf(" Keys: %s.", o.needs())
}

func memberNames(c *form.Codec, t reflect.Type) string {
	var out []string
	paged := false
	for _, m := range c.Shape(t).Members {
		if _, isList := reflect.TypeFor[ListRequest]().FieldByName(m.Name); isList && len(m.Index) == 2 {
			paged = true
			continue
		}
		out = append(out, fmt.Sprintf("`%s` %s", m.JSON, typeName(c, m.Type)))
	}
	if paged {
		out = append(out, "and what every list takes")
	}
	return strings.Join(out, ", ")
}

// typeName is a type in the contract's words.
func typeName(c *form.Codec, t reflect.Type) string {
	switch {
	case t.Kind() == reflect.Pointer:
		return typeName(c, t.Elem())
	case t == form.RawType:
		return "JSON"
	case t == form.TimeType:
		return "date"
	case t == form.StructType:
		return "Struct"
	case t == form.ValueType:
		return "Value"
	case t.Kind() == reflect.Slice:
		return typeName(c, t.Elem()) + "[]"
	case c.Shape(t) != nil:
		if arg, ok := strings.CutPrefix(c.Shape(t).Name, "ListResponseOf"); ok {
			return "ListResponse of " + arg
		}
		return c.Shape(t).Name
	case form.IsEnum(t):
		names := reflect.Zero(t).Interface().(form.Enum).Members()
		return t.Name() + " (" + strings.Join(slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == "" }), " \\| ") + ")"
	case t.Kind() == reflect.Int64:
		return "int"
	}
	return t.Kind().String()
}

const docsHead = `# The REST API

Made of the registry of operations by ` + "`go test ./api -run Docs -update`" + `; don't edit it.

## In short

- **Log in** with HTTP Basic on every call, or once by ` + "`POST /auth/credentials`" + ` with ` + "`{\"userName\": …, \"password\": …, \"rememberMe\": true}`" + `, which gives the cookies
  ` + "`ss-id`, `ss-pid` and `ss-opt`" + ` (also taken as headers ` + "`X-ss-id` and `X-ss-pid`" + `). Ten wrong passwords from one source, and it gets one try each half minute (429).
  They outlive the server, and end with the password, after 12 h (rememberMe: ` + "`ss-pid`" + ` 30 days) without use. Who manages a login gets a one-time token for it by ` + "`GET /auth/token`" + `: it logs in
  (` + "`POST /auth/token`, `accessToken`" + `) or sets a new password (` + "`POST /auth/recover`" + `).
  Who guesses at one login from many addresses is slowed down, too; addresses from which its password has come are not.
- **API keys** are for programs: ` + "`POST /api-keys` with `name`, `scopes`" + ` and, for some of the login's accounts only, ` + "`accountIds`" + `; ` + "`expires`" + ` if it shall end. The answer's ` + "`key`" + ` (rf_…) is shown this once
  and kept as a hash; it works as ` + "`Authorization: Bearer rf_…`" + `. Scopes: ` + "`read`" + ` (what only shows), ` + "`calls`" + ` (make, steer and end calls, messages), ` + "`configure`" + ` (make and change),
  ` + "`delete`" + ` (with it, also delete), ` + "`administer`" + ` (accounts, logins, the server); each operation below says what it needs. A key has a part of its maker's rights, as these are when it is used, and ends with his
  login. A SystemAdministrator's key for some accounts is a Manager of these. Keys make neither keys nor one-time tokens.
- **Rights** of a login: its roles, and in all but SystemAdministrators ` + "`managerAccess`" + ` (ReadOnly; ReadWrite: deletes nothing; ReadWriteDelete) bounds what a Manager or Customer may. ` + "`dashboardPermissions`" + ` open
  parts of the dashboard to a phone user: to see, and with ` + "`managerAccess`" + ` to change. A login of the role Customer belongs to ` + "`customerIds`" + `: in every operation it sees these, what is below them and
  their things, and nothing else; of the account it reads the settings and changes nothing, and what it makes is its customer's. One without any sees nothing.
- **The log** of who changed what, from where, is ` + "`GET /log-entries`" + ` (or ` + "`ListLogEntries`" + `): the operation, the thing, the names of the members that were given, never values; ` + "`customerIds=_`" + ` is what is of no
  customer. An entry is on disk before the answer goes out. They stay for ` + "`logRetentionDays`" + ` of ` + "`/global/settings`" + ` (400), the newest 1,000,000 in all.
- **Other sites'** pages may call this API from a browser only if ` + "`http.cors`" + ` of the configuration lists their origin, and never with our cookies.
- **The server's own machine**: the token in ` + "`data/local.json`" + ` works as ` + "`Authorization: Bearer …`" + ` from the server's own machine.
- **Formats**: JSON, XML, CSV, JSV and JSONL, by suffix (` + "`/flows.xml`" + `), by ` + "`?format=xml`" + `, by ` + "`Accept`" + `, in this order; JSON if nobody says. A ` + "`format`" + ` that there isn't is refused with 400, an
  ` + "`Accept`" + ` that names none of them gets JSON. Bodies are read by
  their ` + "`Content-Type`" + `: JSON, XML, JSV, forms, multipart. Every operation also answers any verb on ` + "`/{format}/reply/{Operation}`, `/{format}/oneway/{Operation}` and `/api/{Operation}`" + `.
- **Requests** are bound from body, form, query and path, names in any case; lists come joined by commas or under repeated names. Enumerations are taken by name in
  any case or by number. Dates are ISO 8601 or ` + "`/Date(ms)/`" + `, UTC without a zone. What isn't known is ignored.
- **Answers** leave nulls out (XML says ` + "`i:nil`" + `). Void operations answer 204. In XML and JSV a flow's ` + "`nodes`, `parameters`, `exits` and `ui`" + ` are JSON as text, so that a graph keeps its meaning; values (of a Struct, of fields) are elements.
- **Errors** are ` + "`{\"responseStatus\": {\"errorCode\", \"message\", \"errors\": [{\"errorCode\", \"fieldName\", \"message\"}]}}`" + `: 400 a bad value, 401 no login, 403 not this role, 404 no such thing
  (or another account's), 405 not this verb, 409 taken, 413 too large, 429 slow down, 503 with ` + "`Retry-After`" + ` draining, full, or without its database. Nothing that a far end does is an error: it stands in the session.
- **Lists** take ` + "`page`" + ` (from 0), ` + "`countPerPage`" + ` (25; 1,000 at most), ` + "`all` (10,000 at most), `specificIds`, `sortField`, `sortOrder`" + ` (Ascend, Descend) and ` + "`simplifiedPaging`" + `, and answer
  ` + "`items`, `totalCount`, `totalPages` and `hasMorePages`" + `; totals are exact to 10,000, which stands for all above, too. Without ` + "`accountIds`" + ` they show all accounts of the login.
  ` + "`customerIds` and `parentCustomerIds`" + ` mean all below them, too, with ` + "`shallowParent`" + ` only what is directly theirs; customers asked for with ` + "`shallowParent`" + ` alone are those at the top. A telephone number is looked for as it is kept, however it is written: ` + "`(800) 555-0100`" + ` finds +18005550100.
- **Fields**: the definitions stand in ` + "`systemFields`, `customerFields` and `endpointFields`" + ` of ` + "`/system/settings`" + `; a list that is given replaces the whole one, ids that are given are kept. What a Password
  field holds is never shown; a field or ` + "`data`" + ` that is written back without it keeps it, an empty value (` + "`{}`" + `) clears it. Flows can read it: who may change flows can make it heard.
- **Tags** are defined in ` + "`tags` of `/system/settings`" + ` (id, name, color) and given by ` + "`tagIds`" + `; things show ` + "`tags`" + ` in the settings' order. A list's ` + "`tagIds`" + ` asks for things that have all of them.
- **Kept as given**: ` + "`billingSettings`, `appSettings` and `integrationData`" + ` are JSON objects of up to 64 KB that nothing here looks at but ` + "`GET /endpoints/app/config`" + `; ` + "`{}`" + ` takes one away. So are ` + "`twilioAccountSid`, `trustHubProfileSid`, `addressSid`, `disableSms`, `useExternal10DlcCampaign`" + ` and
  ` + "`defaultSipRegion`; a `twilioAuthToken`, an `assistantSettings` or a `pushCredentialSid`" + ` is taken and not kept. ` + "`emailAccounts`" + ` are the addresses that an account writes from. Their ` + "`smtp`" + ` (host, port, tls, userName, password) takes their mail, else the server's own does; their ` + "`imap`" + ` (the same, and folder, moveTo, intervalInSeconds) is asked for mail to the e-mail endpoint of the same address. A password is never shown; left out, it stays while host, port, tls and userName do.
- **Accounts** may stand below others (` + "`parentAccountId`" + `); that gives no login any rights. ` + "`maxPhoneNumbers`" + ` counts fax numbers, too; 0 is no limit. ` + "`POST /accounts/{accountId}/check`" + ` tells what keeps calls from working; ` + "`…/tokens`" + ` logs everybody of the account out but administrators.
- **Endpoints without calls**: messages come by e-mail addresses, Slack and Skype bots, which run their flows as docs/messages.md tells. A fax number is a phone number that says so: its flow takes its calls. A user's ` + "`managerAccess` and `dashboardPermissions`" + ` are given to its login, too.
  ` + "`dataFilters`" + ` compare texts and find nothing that a Password field holds. ` + "`accessToken`" + ` of an app's configuration is a one-time token of the user's login, made when ` + "`deviceType`" + ` is given.
- **Schedules**: ` + "`dateTime`" + ` of ` + "`test-schedule`" + ` without a zone is what the clock shows in the schedule's zone; without ` + "`dateTime`" + ` it is now, by the account's test clock if that is on.
- **Edits at once**: an answer with one entity has an ` + "`ETag`" + ` (its revision, a dash, a hash of the answer). A PATCH, a DELETE or another change with ` + "`If-Match`" + ` is made to that very revision, or refused with 412; without it, members that others
  change at the same moment are kept. A conversation's revision counts messages that came and went and what was read, not how far its last message has come (the hash does); an API key's the uses that are noted,
  a report's how far it is. A session's counts all that is shown of it but its log and legs, which only grow: of a call that goes on who is in it, who holds it, how it stands in a queue,
  as far as somebody has looked; a line in its log takes no ` + "`If-Match`" + `. What has no ` + "`ETag`" + ` (DELETE /sessions, tags, …) refuses an ` + "`If-Match`" + ` that names one. ` + "`If-None-Match`" + ` on a GET is answered with 304 while nothing has changed; who doesn't send it never gets a 3xx.
- **Repeats**: with ` + "`Idempotency-Key`" + ` (1 to 255 printable ASCII characters, of the login's own) what is posted is done once: the same request gets the first answer again for 24 hours (` + "`Idempotent-Replayed: true`" + `), over restarts; another one
  under the key 422; while the first still runs 409. What was refused has done nothing, and its key is free. After a failure of the server in between, a call is answered with its session, or placed if there is none; anything else is 409 ` + "`IdempotencyKeyLost`" + `: look
  whether it was made. A login has 50,000 keys and 256 MB of answers in 24 hours.
- **Webhooks** tell a program what happened: ` + "`POST /webhooks`" + ` with ` + "`url`" + ` and, for some only, ` + "`events`" + ` (session.started, session.answered, session.ended, file.created, agent.changed, message.received, message.changed: an outgoing message was kept, or has a new state). Each event is a POST of
  ` + "`{\"id\", \"type\", \"date\", \"accountId\", \"data\"}`" + `, kept in the same moment as what it tells of, and tried until a 2xx, for a day at most; 410 ends it. It is signed as the Standard Webhooks specification has it:
  ` + "`webhook-signature`" + ` is ` + "`v1,`" + ` and, in base64, the HMAC-SHA256 of ` + "`webhook-id.webhook-timestamp.body`" + ` by the key that stands in base64 behind ` + "`whsec_`" + ` in ` + "`secret`" + `, shown once. The same event may come twice, under
  the same ` + "`webhook-id`" + `. Private addresses are asked only if ` + "`flow.httpAllow`" + ` of the configuration lists them. ` + "`GET /webhooks/{id}/deliveries`" + ` shows what was sent, waits or was given up; ` + "`…/replay`" + ` sends it again, the same to
  the letter (` + "`id`" + ` is in it) under a ` + "`webhook-id`" + ` of its own, so that who has seen the first takes this one, too.
  ` + "`statusCallback`" + ` of ` + "`POST /sessions/outgoing`" + ` is told of that call alone, in the same form: of session.started, session.ringing, session.answered, session.detected (who answered, as ` + "`machineDetection`" + `) and session.ended, or of
  ` + "`statusCallbackEvents`" + ` only. It is signed by ` + "`statusCallbackSecret`" + `, given or, if not, made and shown in the answer.
- **Packages**: ` + "`GET /packages`" + ` gives flows with all that they start and the definitions of the fields that they use (of system fields not the values); flows that name files, users or other things of the account are refused, with a list of them.
  ` + "`POST /packages`" + ` makes them elsewhere, all or nothing: links between the flows are kept, tags, customer, description and roles are not, fields that are missing are made, and a flow whose name is taken gets a number behind it; the answer tells which.
- **Versions**: each save of a flow is a version, and live for the next call. With ` + "`draft: true`" + ` saves wait for ` + "`POST /flows/{flowId}/publish`" + `: ` + "`version`" + ` is then what was saved last and is shown, ` + "`liveVersion`" + ` what
  calls run. A flow that is born with drafts has an empty first version.
- **Events**: ` + "`GET /events`" + ` streams what happens, as server-sent events or, where the request is an upgrade, over a WebSocket (from our own pages and those of ` + "`http.cors`" + `): ` + "`{id, type, date, accountId, data}`" + ` of
  ` + "`session.started`, `session.log` (a line of its log), `session.answered`, `session.held`, `session.parked`, `session.resumed`, `session.ended`, `agent.changed`, `message.received`, `message.changed` (with `messageId` and `state`; `GET /messages/{messageId}` shows it)" + ` and ` + "`registration.changed`" + ` (phones of a user that come, go
  or answer no more; no refreshes), of the accounts and customers that the login may see; ` + "`accountIds`, `customerIds`, `types` and `sessionId`" + ` choose. Who comes back with ` + "`Last-Event-ID`" + ` (or ` + "`lastEventId`" + `) is told what it
  missed, of the latest 4,096 events of the server. A ` + "`gap`" + ` stands where something is missing: before the first event if not all is kept, or the server has started again; in the stream if a
  listener was too slow (more than 256 waited), with ` + "`lost`" + ` (how many; not told of a choice of customers) and ` + "`after`" + `, the ` + "`lastEventId`" + ` by which they may be asked for again. A login has 20 streams, the server 200; more is 503.
  A stream ends within a minute of the right to it; what a listener sends over a WebSocket ends it, too.
- **Messages**: ` + "`POST /sessions/{sessionId}/messages`" + ` writes to the other party of a chat, or into its room; ` + "`POST /messages` with `endpointId`, `toAddress`, `text`, `fileIds`" + ` (of stored files) and, of a mail, ` + "`subject`" + ` from a phone number, an
  e-mail address, a bot (which only answers) or a user. A user's login writes from its own endpoint (the default: to users of the account, and by the number that its calls show to phone numbers) and in chats that it takes part in; it sees the messages
  of its own endpoint, a room of a chat among them as ` + "`room:…`, to which it answers by `toAddress`" + `. The answer is in the store, and ` + "`state`" + ` tells how it gets on: Queued, Sent (the carrier has it), Delivered, Failed (` + "`error`" + ` says why). What is known beforehand is refused with 400
  or 403: who wants no texts, no carrier or trunk to that number, a destination that calls may not go to either. With an ` + "`Idempotency-Key`" + ` a message is written once, also over a failure of the server. ` + "`conversationId`" + ` is the endpoint's id, a dot, and the other address;
  ` + "`PATCH /conversations/{conversationId}` with `isUnread: false`" + ` marks all of it as read. ` + "`DELETE /messages/{messageId}`" + ` takes text, subject, names and files out and keeps the rest; a redacted session takes its messages' out, and their address. Lists give 1,000 at most with ` + "`all`" + `.
- **Who wants no texts** of a number (STOP) stands at ` + "`/endpoints/{endpointId}/text-stops`" + `: GET lists, POST with ` + "`address`" + ` adds, DELETE on ` + "`…/{address}`" + ` lets texts go there again.
- **Chats**: ` + "`POST /sessions` with `channel: \"Chat\"`, `destination`" + ` and, for a text, ` + "`callerId`" + ` opens one from our side, for people: no flow runs in it. ` + "`POST /sessions/{sessionId}/members` with `member`" + ` (a user's id, name or e-mail address, or a cell phone's number) makes it a room, ` + "`DELETE …/members/{memberId}`" + ` (` + "`callSid`" + `
  of ` + "`members`" + `) takes somebody out, ` + "`DELETE /sessions/{sessionId}`" + ` closes it. ` + "`GET /sessions/{sessionId}/transcript`" + ` of a chat has a line for each message (date, from, body, mediaUri, mediaContentType; further files are lines of their own), with ` + "`includeHistorical`" + ` those of the same party
  of six months before, or since ` + "`historicalCutOffDate`" + `.
- **Web chat**: visitors write without a login by ` + "`POST /chat/endpoint/message`" + `, to endpoints with ` + "`webChat: true`" + ` only: ` + "`body` (4 KB), `sender`" + ` (8 to 128 characters that name the visitor; one that nobody guesses, because who knows it writes as him), ` + "`displayName`" + `; ` + "`attachmentUri`" + ` is shown behind the text and never fetched.
  20 at once from one address, then one each 3 s. Answers are read by logins; a page that shows them to the visitor, too, uses a bot's Direct Line.
- **Limits**: a body 1 MB, a flow 8 MB, a story 256 KB, an upload 64 MB, 50 levels deep. Stories and explorations: 25 s each, and one for two processors at once; what is more waits for 2 s, and is answered with 503.

Different from the product whose contract this is, on purpose: ` + "`POST /sessions/outgoing`" + ` answers 200 with the session, ` + "`GET /sessions/{id}`" + ` carries the log,
SystemAdministrator and Manager may end sessions, what is deleted by ` + "`DELETE /sessions`" + ` takes its recordings along, there is no JSONP, flows have ` + "`validate`, `test`, `explore`" + ` and versions, a login of the role Customer sees its ` + "`customerIds`" + ` only, and without any nothing, and a session's log can be followed with ` + "`GET /sessions/{id}/events`" + `.

## Operations
`
