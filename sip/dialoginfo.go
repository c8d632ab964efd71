package sip

import (
	"encoding/xml"
	"strings"
)

const dialogInfoType = "application/dialog-info+xml"

// DialogInfo is what a lamp shows of a user: his calls (RFC 4235), written in full each time.
// Without any he is idle.
type DialogInfo struct {
	Entity string // his URI, such as sip:bob@example.com
	Calls  []CallState
}

// CallState is one call, as the phone of the watched user sees it.
type CallState struct {
	// Dialog is the phone's: Leg.Dialog().Theirs(). Who is told it can take the call
	// by an INVITE with Replaces, if we let him. Zero: it is not told.
	Dialog        DialogID
	Incoming      bool   // somebody calls him
	State         string // "trying", "early" (it rings), "confirmed"
	Held          bool   // he holds the call
	Local, Remote Party
}

// ContentType is the document's.
func (d *DialogInfo) ContentType() string { return dialogInfoType }

// Encode writes the document. An idle user has one dialog that is over: phones that
// keep what they were told would else keep the lamp lit.
func (d *DialogInfo) Encode(version uint32) []byte {
	var b strings.Builder
	b.WriteString("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<dialog-info xmlns=\"urn:ietf:params:xml:ns:dialog-info\"")
	attribute(&b, "version", itoa(int(version)))
	attribute(&b, "state", "full")
	attribute(&b, "entity", d.Entity)
	b.WriteString(">\r\n")
	for i := range d.Calls {
		d.Calls[i].encode(&b, i)
	}
	if len(d.Calls) == 0 {
		b.WriteString("<dialog id=\"idle\"><state>terminated</state></dialog>\r\n")
	}
	b.WriteString("</dialog-info>\r\n")
	return []byte(b.String())
}

func (c *CallState) encode(b *strings.Builder, n int) {
	b.WriteString("<dialog")
	id := c.Dialog
	attribute(b, "id", or(id.LocalTag, "call"+itoa(n)))
	if id.CallID != "" {
		attribute(b, "call-id", id.CallID)
		attribute(b, "local-tag", id.LocalTag)
		if id.RemoteTag != "" {
			attribute(b, "remote-tag", id.RemoteTag)
		}
	}
	direction := "initiator"
	if c.Incoming {
		direction = "recipient"
	}
	attribute(b, "direction", direction)
	b.WriteString("><state>")
	xml.EscapeText(b, []byte(c.State))
	b.WriteString("</state>")
	end(b, "local", c.Local, c.State == "confirmed", c.Held)
	end(b, "remote", c.Remote, false, false)
	b.WriteString("</dialog>\r\n")
}

// end writes one end of the call. "+sip.rendering" of a phone that holds is "no"
// (RFC 4235 4.1.6.2, 5.4).
func end(b *strings.Builder, name string, p Party, rendering, held bool) {
	uri := partyURI(p)
	if uri == "" {
		uri = "sip:anonymous@anonymous.invalid"
	}
	b.WriteString("<" + name + "><identity")
	if p.Name != "" {
		attribute(b, "display", p.Name)
	}
	b.WriteString(">")
	xml.EscapeText(b, []byte(uri))
	b.WriteString("</identity><target")
	attribute(b, "uri", uri)
	if rendering {
		value := "yes"
		if held {
			value = "no"
		}
		b.WriteString("><param pname=\"+sip.rendering\" pvalue=\"" + value + "\"/></target>")
	} else {
		b.WriteString("/>")
	}
	b.WriteString("</" + name + ">")
}

func attribute(b *strings.Builder, name, value string) {
	b.WriteString(" " + name + "=\"")
	xml.EscapeText(b, []byte(value))
	b.WriteString("\"")
}
