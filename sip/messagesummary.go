package sip

import "strings"

const messageSummaryType = "application/simple-message-summary"

// MessageSummary is what waits in a voicemail box (RFC 3842).
type MessageSummary struct {
	Account  string // URI of the box, such as sip:alice@example.com; may be empty
	New, Old int
}

// ContentType is the document's.
func (m *MessageSummary) ContentType() string { return messageSummaryType }

// Encode writes the document; it has no version. None of the messages is urgent.
func (m *MessageSummary) Encode(uint32) []byte {
	var b strings.Builder
	waiting := "no"
	if m.New > 0 {
		waiting = "yes"
	}
	b.WriteString("Messages-Waiting: " + waiting + "\r\n")
	if a := uriText(m.Account); a != "" {
		b.WriteString("Message-Account: " + a + "\r\n")
	}
	b.WriteString("Voice-Message: " + itoa(max(0, m.New)) + "/" + itoa(max(0, m.Old)) + " (0/0)\r\n")
	return []byte(b.String())
}
