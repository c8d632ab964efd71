package email

import (
	"bufio"
	"io"
	"strings"

	"github.com/emersion/go-message/textproto"
)

// bounce is what a delivery status notification (RFC 3464) tells.
type bounce struct {
	MessageID string // of the mail that it is about
	Failed    bool
	Why       string
}

// maxStatus bounds how much of a notification is looked at.
const maxStatus = 64 << 10

// readStatus reads the message/delivery-status part: first about the mail, then a block
// for each recipient.
func readStatus(r io.Reader) *bounce {
	b := &bounce{}
	in := bufio.NewReader(io.LimitReader(r, maxStatus))
	for range 1 + maxRecipients {
		h, err := textproto.ReadHeader(in)
		if action := strings.ToLower(strings.TrimSpace(h.Get("Action"))); action == "failed" && !b.Failed {
			b.Failed = true
			why := h.Get("Diagnostic-Code")
			if why == "" {
				why = h.Get("Status")
			}
			b.Why = strings.TrimSpace(cut(why, 300))
		}
		if err != nil {
			break
		}
	}
	return b
}

// readMessageID is the Message-ID of the mail that came back.
func readMessageID(r io.Reader) string {
	h, _ := textproto.ReadHeader(bufio.NewReader(io.LimitReader(r, maxStatus))) // cut off or not, what is there counts
	return trimID(h.Get("Message-Id"))
}

// cut is s with at most n bytes.
func cut(s string, n int) string {
	if len(s) > n {
		s = strings.ToValidUTF8(s[:n], "")
	}
	return s
}
