package api

import (
	"net/http"
	"reflect"
	"slices"
	"strings"
)

// headerNote is a header beside those that every operation knows.
type headerNote struct {
	Name, About string
	answers     []answerNote // what it may be answered with
}

type answerNote struct{ status, about string }

var (
	ifMatchNote = headerNote{"If-Match", "The ETag that the change is made to; * is whatever there is. Of another one the change is refused.",
		[]answerNote{{"412", "It was changed since: If-Match names another revision."}}}
	ifNoneMatchNote = headerNote{"If-None-Match", "The ETag that the client has.", []answerNote{{"304", "Nothing has changed: If-None-Match names what would be answered."}}}
	repeatNote      = headerNote{"Idempotency-Key", "1 to 255 printable ASCII characters: the same request with the same key is carried out once, and gets the first answer for 24 hours.",
		[]answerNote{{"409", "A conflict; or the first request with this Idempotency-Key isn't answered yet, or was lost."}, {"422", "The Idempotency-Key was used for another request."}}}
	tagNote    = headerNote{Name: "ETag", About: "The entity's revision, for If-Match and If-None-Match."}
	replayNote = headerNote{Name: "Idempotent-Replayed", About: "true: this is the answer of the first request with the Idempotency-Key."}
)

// conditional tells whether a change may be bound to a revision; see Handler's edit.
func (o *Operation) conditional() bool {
	if !o.writes() || o.Name == "AddSessionLog" { // a log only grows
		return false
	}
	return slices.Contains([]string{"flow", "endpoint", "customer", "file", "login", "webhook", "endpoint or customer",
		"message", "conversation", "API key", "report", "session"}, o.Scope.name) || o.part() == "system" || o.part() == "global" ||
		slices.ContainsFunc(o.Routes, func(r string) bool { return strings.Contains(r, "{accountId}") })
}

// tagged tells whether an answer is one entity that has revisions.
func (o *Operation) tagged() bool {
	if o.Name == "GetFlowVersion" || o.Name == "GetAuthStatus" { // one never changes, the other is of a session
		return false
	}
	switch o.response {
	case reflect.TypeFor[*FlowInfo](), reflect.TypeFor[*EndpointInfo](), reflect.TypeFor[*CustomerInfo](), reflect.TypeFor[*FileInfo](),
		reflect.TypeFor[*AccountInfo](), reflect.TypeFor[*SystemSettingsInfo](), reflect.TypeFor[*UserInfo](), reflect.TypeFor[*WebhookInfo](),
		reflect.TypeFor[*MessageInfo](), reflect.TypeFor[*ConversationInfo](), reflect.TypeFor[*ApiKeyInfo](), reflect.TypeFor[*ReportInfo](), reflect.TypeFor[*GlobalSettings](), reflect.TypeFor[*SessionInfo]():
		return true
	}
	return o.Name == "GetReport"
}

// takes are the headers that a request by this verb may have, gives those of its answer.
func (o *Operation) takes(verb string) (out []headerNote) {
	if o.conditional() {
		out = append(out, ifMatchNote)
	}
	if o.tagged() && verb == http.MethodGet {
		out = append(out, ifNoneMatchNote)
	}
	if o.repeatable() {
		out = append(out, repeatNote)
	}
	return out
}

func (o *Operation) gives() (out []headerNote) {
	if o.tagged() {
		out = append(out, tagNote)
	}
	if o.repeatable() {
		out = append(out, replayNote)
	}
	return out
}

// openHeaders puts o's headers into its description.
func (o *Operation) openHeaders(verb string, parameters []any, responses object) []any {
	text := object{"type": "string"}
	for _, n := range o.takes(verb) {
		schema := text
		if n.Name == repeatNote.Name {
			schema = object{"type": "string", "minLength": 1, "maxLength": maxRepeatKey, "pattern": "^[ -~]+$"}
		}
		parameters = append(parameters, object{"name": n.Name, "in": "header", "schema": schema, "description": n.About})
		for _, a := range n.answers {
			answer := object{"description": a.about}
			if a.status != "304" {
				answer["content"] = object{"application/json": object{"schema": ref("ErrorResponse")}, "application/xml": object{"schema": ref("ErrorResponse")}}
			}
			responses[a.status] = answer
		}
	}
	for _, status := range []string{"200", "204"} {
		done, ok := responses[status].(object)
		if !ok {
			continue
		}
		headers := object{}
		for _, n := range o.gives() {
			headers[n.Name] = object{"description": n.About, "schema": text}
		}
		if len(headers) > 0 {
			done["headers"] = headers
		}
	}
	return parameters
}
