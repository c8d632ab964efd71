package sip

import (
	"errors"
	"strings"

	msg "github.com/emiago/sipgo/sip"
)

// address is the value of a From, To, Contact, Route or alike.
type address struct {
	name   string // as quoted on the wire; unquote for people
	text   string // the URI as it was
	uri    msg.Uri
	params params
}

var errAddress = errors.New("not an address")

// parseAddress reads name-addr or addr-spec (RFC 3261 25.1). sipgo's reader is
// not used: it ends at a `;` or `,` inside of quotes.
func parseAddress(v string) (address, error) {
	var a address
	v = strings.TrimSpace(v)
	rest := ""
	lt := -1
	if strings.HasPrefix(v, `"`) {
		end := closingQuote(v)
		if end < 0 {
			return a, errAddress
		}
		a.name = v[:end+1]
		tail := strings.TrimSpace(v[end+1:])
		if !strings.HasPrefix(tail, "<") {
			return a, errAddress
		}
		v, lt = tail, 0
	} else if lt = strings.IndexByte(v, '<'); lt >= 0 {
		if semi := strings.IndexByte(v, ';'); semi >= 0 && semi < lt {
			return a, errAddress
		}
		a.name = strings.TrimSpace(v[:lt])
		if strings.IndexByte(a.name, '"') >= 0 {
			return a, errAddress
		}
	}
	if lt >= 0 {
		gt := strings.IndexByte(v[lt:], '>')
		if gt < 0 {
			return a, errAddress
		}
		a.text, rest = v[lt+1:lt+gt], strings.TrimSpace(v[lt+gt+1:])
		if rest != "" && rest[0] != ';' {
			return a, errAddress
		}
	} else {
		// Without brackets every parameter is the header's, and neither
		// comma nor question mark may stand in the URI (RFC 3261 20.10).
		a.text = v
		if i := strings.IndexByte(v, ';'); i >= 0 {
			a.text, rest = strings.TrimSpace(v[:i]), v[i:]
		}
		if strings.ContainsAny(a.text, "?,") {
			return a, errAddress
		}
	}
	if a.text == "*" {
		a.uri = msg.Uri{Wildcard: true, Host: "*"}
	} else if err := parseURI(a.text, &a.uri); err != nil {
		return a, err
	}
	if rest != "" {
		a.params = parseParams(cut(rest[1:], ';'))
	}
	return a, nil
}

// closingQuote is the index of the quote that ends the one at v[0]; -1: none.
func closingQuote(v string) int {
	for i := 1; i < len(v); i++ {
		switch v[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return -1
}

// parseURI is sipgo's ParseUri with what it lets pass refused.
func parseURI(text string, uri *msg.Uri) error {
	for i := 0; i < len(text); i++ {
		if c := text[i]; c <= ' ' || c == '<' || c == '>' || c == '"' || c == 0x7f {
			return errAddress
		}
	}
	if err := msg.ParseUri(text, uri); err != nil {
		return err
	}
	if uri.Scheme == "" || uri.Wildcard {
		return errAddress
	}
	if (uri.Scheme == "sip" || uri.Scheme == "sips") && (uri.Host == "" || uri.Port < 0 || uri.Port > 65535) {
		return errAddress
	}
	for i := range uri.UriParams {
		uri.UriParams[i].K = strings.ToLower(uri.UriParams[i].K)
	}
	return nil
}

// party is the address for people and flows.
func (a *address) party() Party {
	p := Party{Name: strings.TrimSpace(unquote(a.name)), Host: a.uri.Host, User: unescape(a.uri.User), URI: a.text}
	if a.uri.Scheme != "sip" && a.uri.Scheme != "sips" {
		number, _, _ := strings.Cut(a.uri.Raw(), ";")
		p.User = unescape(number)
	}
	return p
}

func (a *address) tag() string {
	t, _ := a.params.get("tag")
	return t
}
