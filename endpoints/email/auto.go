package email

import (
	"strings"

	"github.com/emersion/go-message/mail"

	"ringflow/endpoints"
)

// maxHops is how many servers a mail may have gone through before it looks like one that
// goes round; RFC 5321 6.3 would have at least 100, which no mail needs.
const maxHops = 30

// automatic tells why a mail is not to be answered, because a machine wrote it (RFC 3834) or
// it is our own that comes back; empty: a person wrote it. ours is the address that it came to.
func automatic(h *mail.Header, returnPath string, known bool, ours string) string {
	has := func(name string) string { return strings.ToLower(strings.TrimSpace(h.Get(name))) }
	if v := has("Auto-Submitted"); v != "" && v != "no" {
		return "Auto-Submitted"
	}
	switch v := has("Precedence"); v {
	case "bulk", "list", "junk", "auto_reply":
		return "Precedence"
	}
	for _, v := range strings.FieldsFunc(has("X-Auto-Response-Suppress"), func(r rune) bool { return r == ',' || r == ' ' || r == '\t' }) {
		if v == "all" || v == "oof" || v == "autoreply" { // others are about receipts
			return "X-Auto-Response-Suppress"
		}
	}
	for _, name := range []string{"X-Autoreply", "X-Autorespond", "X-Autoresponder", "List-Id", "List-Unsubscribe", "X-Failed-Recipients", "Feedback-Id"} {
		if h.Has(name) {
			return name
		}
	}
	if known && returnPath == "" {
		return "an empty return path"
	}
	if kind, _, _ := h.ContentType(); strings.EqualFold(kind, "multipart/report") {
		return "a report"
	}
	for f := h.FieldsByKey("X-Loop"); f.Next(); {
		if strings.EqualFold(strings.TrimSpace(f.Value()), ours) {
			return "X-Loop"
		}
	}
	if id := trimID(h.Get("Message-Id")); ownID(id, ours) {
		return "our own Message-ID"
	}
	from := sender(h)
	user, _, _ := strings.Cut(from, "@")
	switch {
	case strings.EqualFold(from, ours):
		return "our own address"
	case strings.EqualFold(user, "mailer-daemon") || strings.EqualFold(user, "postmaster"):
		return "a mail server"
	}
	hops := 0
	for f := h.FieldsByKey("Received"); f.Next(); {
		hops++
	}
	if hops > maxHops {
		return "too many servers on its way"
	}
	return ""
}

// sender is the address of who wrote a mail, in its normal form; empty: it isn't told.
func sender(h *mail.Header) string {
	all := people(h, "From")
	if len(all) == 0 {
		return ""
	}
	return endpoints.NormalEmail(all[0].Address)
}

// ownID tells whether a Message-ID is one of a mail that left from our address.
func ownID(id, ours string) bool {
	user, domain, _ := strings.Cut(id, "@")
	_, home, _ := strings.Cut(ours, "@")
	return endpoints.ValidID(user) && strings.EqualFold(domain, home)
}

// trimID is the id of a Message-ID field, without <>.
func trimID(s string) string {
	s = strings.TrimSpace(s)
	if _, inner, ok := strings.Cut(s, "<"); ok {
		s, _, _ = strings.Cut(inner, ">")
	}
	if s = strings.TrimSpace(s); len(s) > maxMessageID || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r == 0x7f || r == '<' || r == '>' }) {
		return ""
	}
	return s
}

// maxMessageID is as long as a line of a header may be (RFC 5322 2.1.1), less its name.
const maxMessageID = 900
