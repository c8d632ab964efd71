package api

import (
	"slices"

	"ringflow/endpoints"
)

// texting are the channels of texts between phone numbers.
var texting = []endpoints.Channel{endpoints.SIPText, endpoints.SMPP, endpoints.Twilio, endpoints.HTTPText}

// notified are the channels of a type of notification; of none, all that are shown as such.
func notified(t NotificationTypes) []endpoints.Channel {
	switch t {
	case "":
		return append([]endpoints.Channel{endpoints.Email}, texting...)
	case "Email":
		return []endpoints.Channel{endpoints.Email}
	case "Sms":
		return texting
	}
	return nil
}

func notificationType(c endpoints.Channel) NotificationTypes {
	if slices.Contains(texting, c) {
		return "Sms"
	}
	return "Email"
}

// notice is what an outbound message says.
type notice struct {
	text     string
	files    []string // ids
	endpoint string   // who sends it; empty: the server
}

// noticeOf reads what a message says, be it a mail of the system or one that an endpoint sends.
func noticeOf(m *endpoints.Outbound) (n notice, err error) {
	if !slices.Contains(notified(""), m.Channel) || m.Secret {
		return n, nil
	}
	if p, ok := m.Post(); ok {
		n.text, n.endpoint = p.Text, p.EndpointID
		for _, f := range p.Files {
			n.files = append(n.files, f.FileID)
		}
		return n, nil
	}
	mail, err := m.Mail()
	n.text = mail.Text
	for _, f := range mail.Attach {
		n.files = append(n.files, f.FileID)
	}
	return n, err
}
